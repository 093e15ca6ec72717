"""CSV as people send it: in any of the usual encodings, with any of the usual delimiters."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice

from .cells import SheetError
from .marks import MAX_CELLS

DELIMITERS = ",;\t"
SAMPLE = 30
MAX_FIELD = 1_000_000


def find_encoding(data: bytes) -> str:
    """The encoding of a file: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = [] if b"\0" in data else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise SheetError("This file is no text. Save it as CSV in UTF-8, and send that.")


def lines_of(data: bytes, encoding: str) -> TextIOWrapper:
    """The lines of a file, one after the other."""
    return TextIOWrapper(BytesIO(data), encoding, newline="")


def find_delimiter(data: bytes, encoding: str) -> str:
    """The delimiter that divides most of the first lines, and them most alike.

    The line of headings is among them: it has none of the ";" that lists in cells have.
    """
    return max(DELIMITERS, key=lambda delimiter: evenness(lines_of(data, encoding), delimiter))


def evenness(lines: TextIOWrapper, delimiter: str) -> tuple[int, int]:
    """How many lines a delimiter divides, and how many fields those have that are most alike."""
    try:
        records = list(islice(csv.reader(lines, delimiter=delimiter), SAMPLE))
    except csv.Error:
        return 0, 0
    widths = Counter(len(record) for record in records if len(record) > 1)
    alike = max((width * count for width, count in widths.items()), default=0)
    return widths.total(), alike


def read_records(data: bytes) -> Iterator[list[str]]:
    """All records, blank lines among them, so that each has the number a spreadsheet shows."""
    csv.field_size_limit(MAX_FIELD)
    encoding = find_encoding(data)
    delimiter = find_delimiter(data, encoding)
    reader = csv.reader(lines_of(data, encoding), delimiter=delimiter, strict=True)
    cells = 0
    try:
        for record in reader:
            yield record
            cells += max(1, len(record))
            if cells > MAX_CELLS:
                raise SheetError(f"This file has more than {MAX_CELLS:,} cells: split it.")
    except csv.Error as error:
        raise SheetError(
            f"Line {reader.line_num} of this file cannot be read as CSV ({error}). "
            "A text with quotation marks needs them doubled, and one around it at each end."
        ) from error
