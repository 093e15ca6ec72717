"""A workbook whose rows are written as they come, none of them held: an XLSX file in a stream.

XlsxWriter makes all of it but the rows. Its own way to hold few of them writes them to a file
first, so that a reader would wait for the last one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any
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
SHEET = "xl/worksheets/sheet1.xml"
ROWS_END = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
WIDTHS = {"date": 12, "partial_date": 12, "integer": 9, "boolean": 9, "code": 24, "text": 36}
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


def skeleton(about: Mapping[str, Any], columns: Sequence[Column]) -> ZipFile:
    """The workbook without its rows: the line of names, and what the file says of itself."""
    file = BytesIO()
    book = Workbook(file, OPTIONS)
    rows, notes = book.add_worksheet("Rows"), book.add_worksheet("About")
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    rows.freeze_panes(1, 1)
    for place, column in enumerate(columns):
        look = date if column.kind in ("date", "partial_date") else None
        rows.set_column(place, place, WIDTHS[column.kind], look)
        rows.write_string(0, place, column.name, bold)
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
        [("column", "meaning", "type"), *((c.name, c.meaning, kind_in_words(c)) for c in columns)],
        start=line + 1,
    ):
        look = bold if name == "column" else None
        notes.write_string(row, 0, name, bold)
        notes.write_string(row, 1, meaning, look)
        notes.write_string(row, 2, kind, look)
    book.close()
    return ZipFile(file)


def kind_in_words(column: Column) -> str:
    """What a column's values are."""
    kind = column.kind.replace("_", " ")
    return f"list of {kind}s" if column.is_list else kind


def pieces(
    about: Mapping[str, Any], columns: Sequence[Column], batches: Iterable[Sequence[str]]
) -> Iterator[bytes]:
    """The workbook, piece by piece, with rows that are XML already."""
    buffer, made = Buffer(), skeleton(about, columns)
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=SPEED) as book:
        for part in made.infolist():
            content = made.read(part)
            # Stamped alike, so that the same rows make the same file.
            info = ZipInfo(part.filename)
            info.compress_type = ZIP_DEFLATED
            if part.filename != SHEET:
                book.writestr(info, content)
                continue
            whole = f"A1:{column_letters(len(columns) - 1)}{about['rows'] + 1}"
            start, end = content.split(ROWS_END)
            with book.open(info, "w") as sheet:
                sheet.write(DIMENSION.sub(f'<dimension ref="{whole}"/>'.encode(), start))
                for lines in batches:
                    sheet.write("".join(lines).encode())
                    yield buffer.take()
                sheet.write(ROWS_END + end)
    yield buffer.take()
