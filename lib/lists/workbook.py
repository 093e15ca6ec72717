"""A workbook whose rows are written as they come, none of them held: an XLSX file in a stream.

XlsxWriter makes all of it but the rows. Its own way to hold few of them writes them to a file
first, so that a reader would wait for the last one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook

from ..sheets.cells import column_letters
from .columns import Column

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# The number that XlsxWriter gives to the first format that is used after the standard one.
DATE_STYLE = 1
SHEET = "xl/worksheets/sheet{}.xml"
STAMP = datetime(2000, 1, 1)
ROWS_END = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
WIDTHS = {
    "date": 12,
    "partial_date": 12,
    "moment": 21,
    "integer": 9,
    "boolean": 9,
    "code": 24,
    "text": 36,
}
Batches = Iterable[Sequence[str]]
SPEED = 3  # of 9 levels of compression: the next ones take longer and save little


class Buffer:
    """A file that keeps what is written to it until it is taken."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do: it holds all that was written."""

    def take(self) -> bytes:
        """What was written since it was last taken."""
        taken = b"".join(self.parts)
        self.parts.clear()
        return taken


class Sheet(NamedTuple):
    """A sheet of so many rows, which come in batches and are XML already."""

    name: str
    columns: Sequence[Column]
    rows: int
    batches: Batches


def skeleton(about: Mapping[str, Any], sheets: Sequence[Sheet]) -> ZipFile:
    """The workbook without its rows: the lines of names, and what the file says of itself."""
    file = BytesIO()
    book = Workbook(file, OPTIONS)
    book.set_properties({"created": STAMP})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    date._get_xf_index()  # it is the first to be used, also where the first sheet has no dates
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for sheet in sheets:
        rows = book.add_worksheet(sheet.name)
        rows.freeze_panes(1, 1)
        for place, column in enumerate(sheet.columns):
            look = date if column.kind in ("date", "partial_date") else None
            rows.set_column(place, place, WIDTHS[column.kind], look)
            rows.write_string(0, place, column.name, bold)
    notes = book.add_worksheet("About")
    notes.set_column(0, 0, 32)
    notes.set_column(1, 1, 100, wrapped)
    notes.set_column(2, 2, 14)
    line = 0
    for name, value in about.items():
        notes.write_string(line, 0, name, bold)
        write = notes.write_number if isinstance(value, int) else notes.write_string
        if value is not None:
            write(line, 1, value)
        line += 1
    for row, (name, meaning, kind) in enumerate(
        [("column", "meaning", "type"), *column_rows(sheets)], start=line + 1
    ):
        look = bold if name == "column" else None
        notes.write_string(row, 0, name, bold)
        notes.write_string(row, 1, meaning, look)
        notes.write_string(row, 2, kind, look)
    book.close()
    return ZipFile(file)


def column_rows(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str, str]]:
    """The name of each column, what it means and what its values are."""
    for sheet in sheets:
        for column in sheet.columns:
            name = f"{sheet.name}: {column.name}" if len(sheets) > 1 else column.name
            yield name, column.meaning, kind_in_words(column)


def kind_in_words(column: Column) -> str:
    """What a column's values are."""
    kind = column.kind.replace("_", " ")
    return f"list of {kind}s" if column.is_list else kind


def pieces(
    about: Mapping[str, Any], columns: Sequence[Column], batches: Batches
) -> Iterator[bytes]:
    """A workbook of one sheet, piece by piece, with rows that are XML already."""
    return pieces_of_sheets(about, [Sheet("Rows", columns, about["rows"], batches)])


def pieces_of_sheets(about: Mapping[str, Any], sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """A workbook, piece by piece; the rows of its sheets are asked for one sheet after another."""
    buffer, made = Buffer(), skeleton(about, sheets)
    by_part = {SHEET.format(number): sheet for number, sheet in enumerate(sheets, start=1)}
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=SPEED) as book:
        for part in made.infolist():
            content = made.read(part)
            # Stamped alike, so that the same rows make the same file.
            info = ZipInfo(part.filename)
            info.compress_type = ZIP_DEFLATED
            if part.filename not in by_part:
                book.writestr(info, content)
                continue
            sheet = by_part[part.filename]
            whole = f"A1:{column_letters(len(sheet.columns) - 1)}{sheet.rows + 1}"
            start, end = content.split(ROWS_END)
            with book.open(info, "w") as file:
                file.write(DIMENSION.sub(f'<dimension ref="{whole}"/>'.encode(), start))
                for lines in sheet.batches:
                    file.write("".join(lines).encode())
                    yield buffer.take()
                file.write(ROWS_END + end)
    yield buffer.take()
