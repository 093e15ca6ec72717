"""CSV as people send it: in any of the usual encodings, with any of the usual delimiters."""

import codecs
import csv
from collections import Counter
from io import StringIO
from itertools import islice

from .cells import SheetError
from .marks import MAX_CELLS

DELIMITERS = ",;\t"
SAMPLE = 30
MAX_FIELD = 1_000_000


def decode(data: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SheetError("This file is no text. Save it as CSV in UTF-8, and send that.")


def find_delimiter(text: str) -> str:
    """The delimiter by which most of the first lines have most fields alike."""
    return max(DELIMITERS, key=lambda delimiter: evenness(text, delimiter))


def evenness(text: str, delimiter: str) -> int:
    """How many fields stand in lines with the commonest number of fields, if more than one."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = Counter(len(fields) for fields in islice(reader, SAMPLE))
    except csv.Error:
        return 0
    return max((width * lines for width, lines in widths.items() if width > 1), default=0)


def read_records(data: bytes) -> list[list[str]]:
    """All records, blank lines among them, so that each has the number a spreadsheet shows."""
    text = decode(data)
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(StringIO(text, newline=""), delimiter=find_delimiter(text), strict=True)
    records: list[list[str]] = []
    cells = 0
    try:
        for record in reader:
            records.append(record)
            cells += len(record)
            if cells > MAX_CELLS:
                raise SheetError(f"This file has more than {MAX_CELLS:,} cells: split it.")
    except csv.Error as error:
        raise SheetError(
            f"Line {reader.line_num} of this file cannot be read as CSV ({error}). "
            "A text with quotation marks needs them doubled, and one around it at each end."
        ) from error
    return records
