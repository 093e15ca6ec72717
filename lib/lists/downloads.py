"""A list as CSV, XLSX or JSON: all its rows, in the order and with the columns of its page."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any, NamedTuple

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.timezone import localdate, localtime
from openpyxl import Workbook

from ..sheets.formulas import NOT_IN_XML, defuse
from .filtersets import FilterSet
from .tables import ListTable

NOTE = (
    "Compiled from public sources, each row with its own; "
    "press paraphrase and what forces claim are marked as such. "
    "Not an official publication of any inspectorate or force."
)
CHUNK = 500


class About(NamedTuple):
    """What a file says about itself, above its rows."""

    title: str
    address: str
    filters: str
    as_at: str
    rows: int
    note: str


def about(title: str, address: str, filterset: FilterSet, at: datetime) -> About:
    """What a file of these rows says about itself."""
    return about_rows(
        title, address, filterset.words(), filterset.count, filterset.synthetic_count, at
    )


def about_rows(
    title: str, address: str, words: str, count: int, synthetic: int, at: datetime
) -> About:
    """What a file says about itself: `words` is how its rows were chosen, some may be made up."""
    note = (
        f"{synthetic} of the rows are made up, for places that do not exist. {NOTE}"
        if synthetic
        else NOTE
    )
    return About(title, address, words, localtime(at).isoformat(timespec="minutes"), count, note)


def plain(value: object) -> str | int:
    """A cell for any format: a whole number or a text."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return NOT_IN_XML.sub("\ufffd", re.sub(r"\r\n?", "\n", str(value)))


def head(about: About) -> list[list[str | int]]:
    """The lines above the columns of a sheet."""
    return [
        [name.replace("_", " ").capitalize(), defuse(value)]
        for name, value in about._asdict().items()
    ]


class Echo:
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(about: About, table: ListTable) -> Iterator[str]:
    """The table as the lines of a CSV file."""
    # The mark at the start tells Excel that the text is UTF-8.
    yield "\ufeff"
    write = csv.writer(Echo()).writerow
    for line in head(about):
        yield write(line)
    yield write([])
    yield write([defuse(label) for _, label in table.plain_columns()])
    for row in table.plain_rows(CHUNK):
        yield write([defuse(plain(cell)) for cell in row])


def json_text(about: About, table: ListTable) -> Iterator[str]:
    """The table as pieces of a JSON text."""
    columns = [{"name": name, "label": label} for name, label in table.plain_columns()]
    names = [column["name"] for column in columns]

    def text(value: dict | list) -> str:
        return json.dumps(value, ensure_ascii=False)

    yield f'{{"about": {text(about._asdict())},\n"columns": {text(columns)},\n"rows": ['
    separator = "\n"
    for row in table.plain_rows(CHUNK):
        yield separator + text(dict(zip(names, map(plain, row), strict=True)))
        separator = ",\n"
    yield "\n]}\n"


def xlsx_file(about: About, table: ListTable) -> BytesIO:
    """The table as an Excel file."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.freeze_panes = "B9"
    for line in [*head(about), [], [defuse(label) for _, label in table.plain_columns()]]:
        sheet.append(line)
    for row in table.plain_rows(CHUNK):
        sheet.append([defuse(plain(cell)) for cell in row])
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
FORMATS = tuple(CONTENT_TYPES)


def dataset(request: HttpRequest, name: str, description: str) -> dict[str, Any]:
    """The rows of a page as a dataset, with its files, in the words of schema.org."""
    address = request.build_absolute_uri(request.path)
    return {
        "@type": "Dataset",
        "name": name,
        "description": description,
        "url": address,
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": content_type.partition(";")[0],
                "contentUrl": f"{address}?format={ending}",
            }
            for ending, content_type in CONTENT_TYPES.items()
        ],
    }


def respond(
    request: HttpRequest,
    file_format: str,
    name: str,
    about: About,
    table: ListTable,
    at: datetime,
) -> HttpResponse | StreamingHttpResponse:
    """The response with the table as a file; only headers for a HEAD request."""
    if request.method == "HEAD":
        # Not a plain response: it would be said to have no bytes, which is not true of the file.
        response = StreamingHttpResponse(())
    elif file_format == "xlsx":
        response = FileResponse(xlsx_file(about, table))
    else:
        response = StreamingHttpResponse(
            {"csv": csv_lines, "json": json_text}[file_format](about, table)
        )
    response.headers["Content-Type"] = CONTENT_TYPES[file_format]
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{name}-{localdate(at).isoformat()}.{file_format}"'
    )
    return response
