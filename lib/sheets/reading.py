"""A file becomes a book: sheets of rows that know where they stand."""

import datetime
import math
from pathlib import PurePath

from python_calamine import CalamineError, CalamineWorkbook

from . import ods, xlsx
from .archives import file_kind, pack, unpack, workbook_kind
from .cells import NOT_READ, Book, LeftOut, Row, Sheet, SheetError, Value, column_letters
from .csv_text import read_records
from .formulas import link_text, restore
from .marks import ERROR_TEXT, TIME, Marks, error_problem
from .tables import meta_of
from .values import clean_text

COVER_ROWS = 40
# Spaces of any kind, and signs without any width.
INVISIBLE = "".join(map(chr, [*range(33), *range(127, 161), *range(0x2000, 0x2010)]))
INVISIBLE += "\u00ad\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
FORMULA_TEXT = (
    "The cell holds a formula as text, and no value. Write the value; before a text that begins "
    "with “=” put an apostrophe."
)
NO_NUMBER = "The cell holds a number that is too large, or none at all. Write the value again."


def read_book(name: str, data: bytes) -> Book:
    """The sheets of a file, whatever its name says it is."""
    if not data.strip():
        raise SheetError("This file is empty.")
    if file_kind(data) == "csv":
        book = Book(name, [read_csv(PurePath(name).stem, data)])
    else:
        book = read_workbook(name, data)
    return take_out_covers(book)


def read_csv(name: str, data: bytes) -> Sheet:
    """A CSV file as a sheet; every value in it is a text."""
    sheet = Sheet(name)
    for number, record in enumerate(read_records(data), start=1):
        row = Row(name, number, [])
        for column, text in enumerate(record):
            row.values.append(text_value(row, column, text))
            # A formula is a text here, and its value is in no place.
            if text.startswith("="):
                row.problems[column] = FORMULA_TEXT
                show_link(row, column, text)
        add_row(sheet, row)
    return sheet


def read_workbook(name: str, data: bytes) -> Book:
    """An XLSX or ODS file: values by the library, all else by the marks in its XML."""
    parts = unpack(data)
    marks_of = {"xlsx": xlsx, "ods": ods}[workbook_kind(parts)].read_marks(parts)
    book = Book(name)
    try:
        with CalamineWorkbook.from_filelike(pack(parts)) as workbook:
            for sheet_name in workbook.sheet_names:
                marks = marks_of.get(sheet_name)
                if marks is None:
                    why = "It is a chart or a macro, not a sheet of rows."
                    book.left_out.append(LeftOut(sheet_name, "", why))
                elif not marks.visible:
                    why = "The sheet is hidden. Show it if it is to be read."
                    book.left_out.append(LeftOut(sheet_name, "", why))
                else:
                    book.sheets.append(make_sheet(marks, values_of(workbook, marks)))
    except CalamineError as damage:
        raise SheetError(f"This file is damaged: {damage}.") from damage
    if not book.sheets:
        raise SheetError(
            "This file shows no sheets. If it was saved as “Strict Open XML”, save it as an "
            "ordinary workbook (.xlsx); if all its sheets are hidden, show one."
        )
    return book


def values_of(workbook: CalamineWorkbook, marks: Marks) -> list[list]:
    """The library's values of a sheet, from A1 to the last row with a value or a mark."""
    rows: list[list] = []
    if marks.rows:
        rows = workbook.get_sheet_by_name(marks.name).to_python(skip_empty_area=False)
    lines = max((line for line, _ in marks.problems), default=-1) + 1
    return rows + [[] for _ in range(lines - len(rows))]


def make_sheet(marks: Marks, rows: list[list]) -> Sheet:
    """A sheet of the library's values and the marks beside them."""
    sheet = Sheet(marks.name, merged=marks.merged)
    for first, last in marks.hidden_rows:
        sheet.hidden.append(f"{marks.name}!{first + 1}:{last + 1}")
    for first, last in marks.hidden_columns:
        sheet.hidden.append(f"{marks.name}!{column_letters(first)}:{column_letters(last)}")
    problems: dict[int, dict[int, str]] = {}
    for (line, column), problem in marks.problems.items():
        problems.setdefault(line, {})[column] = problem
    for line, values in enumerate(rows):
        row = Row(marks.name, line + 1, values, problems.get(line, {}))
        row.formulas = frozenset(marks.formulas.get(line, ()))
        for column, value in enumerate(values):
            values[column] = as_value(row, column, value)
        for column in list(row.problems):
            if (line, column) in marks.unvalued:
                show_link(row, column, marks.unvalued[line, column])
        add_row(sheet, row)
    return sheet


def as_value(row: Row, column: int, value: object) -> Value:
    """A value of the library as one of ours; times of day become texts, with a problem."""
    if isinstance(value, str):
        return text_value(row, column, value)
    if isinstance(value, float) and not math.isfinite(value):
        row.problems.setdefault(column, NO_NUMBER)
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, datetime.time | datetime.timedelta):
        row.problems.setdefault(column, TIME)
        return str(value)
    return value


def text_value(row: Row, column: int, text: str) -> str | None:
    """A text, with a problem if it is what a spreadsheet shows for an error."""
    if text.startswith(("#", "Err:")) and ERROR_TEXT.fullmatch(text.strip()):
        row.problems.setdefault(column, error_problem(text.strip()))
    return text_or_none(text)


def text_or_none(text: str) -> str | None:
    """A text as it was before it was defused, or nothing where there is nothing to see."""
    return restore(text) if text.strip(INVISIBLE) else None


def show_link(row: Row, column: int, formula: str) -> None:
    """A link whose formula has no value still shows its text."""
    text = link_text(formula)
    if text:
        row.values.extend([None] * (column + 1 - len(row.values)))
        row.values[column] = text
        del row.problems[column]


def add_row(sheet: Sheet, row: Row) -> None:
    """Keep a row that holds anything."""
    if row.problems or any(value is not None for value in row.values):
        sheet.rows.append(row)


def take_out_covers(book: Book) -> Book:
    """Sheets that say they are no data, and the one that says what the others are."""
    meta: dict[str, str] = {}
    data = []
    for sheet in book.sheets:
        first = next((clean_text(value) for row in sheet.rows[:1] for value in row.values), "")
        cover = cover_of(sheet) if len(book.sheets) > 1 else {}
        meta |= cover
        if not cover and not first.startswith(NOT_READ):
            data.append(sheet)
            continue
        why = "It says what the file is." if cover else "It says that it is not read."
        book.left_out.append(LeftOut(sheet.name, sheet.rows[0].text, why))
    for sheet in data:
        sheet.meta = meta
    book.sheets = data
    return book


def cover_of(sheet: Sheet) -> dict[str, str]:
    """What a cover says: rows of two cells, among them a kind. Nothing of any other sheet."""
    if len(sheet.rows) > COVER_ROWS or any(len(list(row.filled())) > 2 for row in sheet.rows):
        return {}
    meta = meta_of(sheet.rows)
    return meta if "kind" in meta else {}
