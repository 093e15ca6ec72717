"""A list as data: all its rows, in the order of its page, as CSV, XLSX or JSON.

PostgreSQL writes the lines (`formats`), and they are passed on as they are read: of no file more
than a few hundred rows are held at once. A file that cannot be finished is broken off, so that no
part of one passes for the whole.
"""

import json
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.text import get_text_list
from django.utils.timezone import localtime

from lib.as_at.days import in_words
from lib.as_at.reading import day_read
from lib.parameters import printable
from lib.sentences import plural

from .columns import SEPARATOR, Column, Download, Many
from .filtersets import FilterSet
from .formats import FORMATS, Format
from .postings import AnyOf

NOTE = (
    "Compiled from public sources, each row with its own; "
    "press paraphrase and what forces claim are marked as such. "
    "Not an official publication of any inspectorate or force."
)
METADATA, METADATA_TYPE = "csvm", "application/csvm+json"
ALL_FORMATS = (*FORMATS, METADATA)
# PostgreSQL is asked for so many rows; for few at first, so that a file begins soon.
FIRST_BATCH, BATCH = 100, 4_000
PIECE = 250  # rows that are passed on at once
# What stands in a query for the ids of a batch, and for the line of its first row in a sheet.
IDS, LINE = [0], [1]
# Each takes a thread and a connection while it lasts, and pages need some too.
MOST_AT_ONCE = 2  # in a process
RETRY_AFTER = 10  # seconds
# A sheet has room for twice as many, but few programs open it then.
MOST_XLSX_ROWS = 500_000
SLOTS = BoundedSemaphore(MOST_AT_ONCE)
# What both SQL and CSV on the Web call the types of values that are no text.
TYPES = {"date": "date", "integer": "integer", "boolean": "boolean"}


class About(NamedTuple):
    """What a file says of itself, beside its rows."""

    title: str
    address: str
    filters: str
    as_at: str
    rows: int
    licence: str | None
    note: str


def about(title: str, address: str, filterset: FilterSet, at: datetime) -> About:
    """What a file of these rows says of itself."""
    return about_rows(
        title, address, filterset.words(), filterset.count, filterset.synthetic_count, at
    )


def about_rows(
    title: str, address: str, words: str, count: int, synthetic: int, at: datetime
) -> About:
    """What a file says of itself: `words` is how its rows were chosen, some may be made up."""
    note = (
        f"{synthetic} of the rows {plural(synthetic, 'is', 'are')} made up, for places that do not "
        f"exist. {NOTE}"
        if synthetic
        else NOTE
    )
    if day := day_read():
        note = f"As published by {in_words(day)}, read from the record as it stands now. {note}"
    as_at = localtime(at).isoformat(timespec="seconds")
    return About(title, address, words, as_at, count, settings.DATA_LICENCE or None, note)


def format_errors(file_format: str, formats: Sequence[str], count: int) -> list[str]:
    """What is wrong with the format that an address asks for, for so many rows."""
    if file_format and file_format not in formats:
        known = get_text_list(sorted(formats), "or")
        return [f"There is no format “{printable(file_format)}”: take {known}."]
    if file_format == "xlsx" and count > MOST_XLSX_ROWS:
        return [f"A sheet cannot hold {count:,} rows: take csv or json, or filter them."]
    return []


class Incomplete(Exception):
    """A row of a file is not there."""


def lines_of(
    keys: Sequence[int],
    download: Download,
    form: Format,
    columns: Sequence[Column] | None = None,
) -> Iterator[list[str]]:
    """The lines of the rows with these keys, in pieces; with these columns, or with all.

    The database holds no more of a large list than a batch, and we no more than a piece. The
    response reads them all in the transaction in which it was made.
    """
    sql, params = batch_query(download)
    sql = form.query(download.columns if columns is None else columns, sql)
    start, size = 0, FIRST_BATCH
    while batch := list(keys[start : start + size]):
        # As one text: PostgreSQL would read a list of numbers one by one, wherever it stands.
        ids = f"{{{','.join(map(str, batch))}}}"
        given = {id(IDS): ids, id(LINE): start + 2}  # the line of names is the first
        missing = len(batch)
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, [given.get(id(param), param) for param in params])
            while rows := cursor.fetchmany(PIECE):
                missing -= len(rows)
                yield [line for (line,) in rows]
        if missing:
            raise Incomplete(f"Rows after row {start} are not there: {missing}.")
        start, size = start + size, BATCH


def batch_query(download: Download) -> tuple[str, list[Any]]:
    """The query for what the columns read of the rows with the ids `IDS`, in the order of these."""

    single = [one for one in download.parts if isinstance(one, Column) and not one.sql]
    # Numbered: a model's field may have a column's name.
    read = {f"column_{place}": one.expression for place, one in enumerate(single)}
    base = (
        download.rows.order_by()
        .filter(AnyOf(F("pk"), IDS))
        .annotate(**read)
        .values_list("pk", *read)
    )
    tables = [("base", base, single)]
    for place, many in enumerate(one for one in download.parts if isinstance(one, Many)):
        lists = {
            f"list_{at}": one.expression
            if one.is_aggregate
            else ArrayAgg(one.expression, order_by=many.order)
            for at, one in enumerate(many.columns)
        }
        grouped = many.rows.order_by().filter(AnyOf(F(many.key), IDS)).values(many.key)
        tables.append(
            (f"many_{place}", grouped.annotate(**lists).values_list(many.key, *lists), many.columns)
        )
    selected, joined, params = [], [], []
    for name, queryset, columns in tables:
        sql, values = queryset.query.sql_with_params()
        params += values
        aliases = ", ".join(f'"{one.name}"' for one in columns)
        selected += [f'{name}."{one.name}"' for one in columns]
        join = "JOIN" if name == "base" else "LEFT JOIN"
        joined.append(f"{join} ({sql}) AS {name} (pk, {aliases}) USING (pk)")
    return (
        f'SELECT {", ".join(selected)}, place - 1 + %s AS "#"'  # noqa: S608 our own names
        f" FROM unnest(%s::bigint[]) WITH ORDINALITY AS ids (pk, place) {' '.join(joined)}"
        " ORDER BY place"
    ), [LINE, IDS, *params]


def lines_of_records(
    records: Iterable[object], columns: Sequence[Column], form: Format, before: int = 0
) -> Iterator[list[str]]:
    """The lines of a file whose rows were put together in Python, in one batch.

    `before` is how many rows of the file stand before them.
    """
    read = [one for one in columns if not one.sql]
    types = ", ".join(
        f'"{one.name}" {TYPES.get(one.kind, "text")}{"[]" if one.is_list else ""}' for one in read
    )
    values = [{one.name: one.expression(record) for one in read} for record in records]
    rows = (
        'SELECT *, row_number() OVER () + %s AS "#"'  # noqa: S608 our own names
        f" FROM json_to_recordset(%s) AS record ({types})"
    )
    with connection.cursor() as cursor:
        cursor.execute(form.query(columns, rows), [before + 1, json.dumps(values, default=str)])
        yield [line for (line,) in cursor.fetchall()]


class Slot:
    """The pieces of a file, and the slot that it takes until they are read or nobody wants them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.release = weakref.finalize(self, SLOTS.release)
        self.release.atexit = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.pieces)

    def close(self) -> None:
        """End the query, if it has not ended."""
        try:
            self.pieces.close()
        finally:
            self.release()


def metadata(about: About, columns: Sequence[Column]) -> JsonResponse:
    """What the CSV file holds, as CSV on the Web says it."""

    def described(column: Column) -> dict[str, str]:
        # The first title is the heading; the type of a date that may be a year alone is no date.
        entry = {
            "name": column.name,
            "titles": column.name,
            "dc:description": column.meaning,
            "datatype": TYPES.get(column.kind, "string"),
        }
        return entry | ({"separator": SEPARATOR} if column.is_list else {})

    table = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": with_format(about.address, "csv"),
        "dc:title": about.title,
        "dc:description": about.note,
        "dc:source": about.address,
        "dc:modified": about.as_at,
        "dc:extent": f"{about.rows} {plural(about.rows, 'row')}; filters: {about.filters}",
        "dialect": {"header": True, "encoding": "utf-8"},
        "tableSchema": {"columns": [described(column) for column in columns]},
    }
    if about.licence:
        table["dc:license"] = about.licence
    return JsonResponse(table, content_type=METADATA_TYPE)


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
                "encodingFormat": one.content_type.partition(";")[0],
                "contentUrl": with_format(address, ending),
            }
            for ending, one in FORMATS.items()
        ],
    }


def busy(request: HttpRequest) -> HttpResponse:
    """The page that says to come again soon."""
    response = render(request, "tables/busy.html", status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response


def respond(
    request: HttpRequest,
    file_format: str,
    name: str,
    about: About,
    columns: Sequence[Column],
    lines: Callable[[Format], Iterator[list[str]]],
) -> HttpResponse | StreamingHttpResponse:
    """The response with rows as a file, whose lines a function gives; only headers for HEAD."""
    if file_format == METADATA:
        return metadata(about, columns)
    form = FORMATS[file_format]
    pieces: Iterable[bytes] = ()
    if request.method != "HEAD":
        if not SLOTS.acquire(blocking=False):
            return busy(request)
        pieces = Slot(form.pieces(about._asdict(), columns, lines(form)))
    # Not a plain response to HEAD: that would be said to have no bytes, which is not true.
    response = StreamingHttpResponse(pieces, content_type=form.content_type)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{name}-{about.as_at[:10]}.{file_format}"'
    )
    if file_format == "csv":
        described = with_format(about.address, METADATA)
        response.headers["Link"] = f'<{described}>; rel="describedby"; type="{METADATA_TYPE}"'
    return response


def with_format(address: str, file_format: str) -> str:
    """The address of a list as a file."""
    return f"{address}{'&' if '?' in address else '?'}format={file_format}"
