"""Sheets as an XLSX file."""

import datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from .cells import Value, column_letters
from .formulas import NOT_IN_XML, defuse
from .layout import CHOICES, NOT_A_DATE, NOT_IN_LIST, ROWS, Layout, Rule, as_written, is_wrapped

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
NUMBER_FORMATS = {"text": "@", "date": "yyyy-mm-dd", "number": "0"}


def write(layouts: list[Layout], active: int) -> bytes:
    """A workbook of these sheets, opened at one of them."""
    file = BytesIO()
    book = Workbook(file, OPTIONS)
    for layout in layouts:
        write_sheet(book, layout)
    book.worksheets()[active].activate()
    book.close()
    return file.getvalue()


def write_sheet(book: Workbook, layout: Layout) -> None:
    """A sheet."""
    sheet = book.add_worksheet(layout.name)
    if layout.frozen:
        sheet.freeze_panes(layout.frozen, 0)
    cell_formats = [book.add_format({"num_format": NUMBER_FORMATS[r.kind]}) for r in layout.rules]
    for column, width in enumerate(layout.widths):
        own = cell_formats[column] if column < len(cell_formats) else None
        sheet.set_column(column, column, width, own)
    for column, rule in enumerate(layout.rules):
        add_validation(sheet, layout.frozen, column, rule)
    formats: dict[tuple[bool, bool, bool, str], Format] = {}
    for number, values in enumerate(layout.rows):
        wrap = is_wrapped(values)
        for column, value in enumerate(values):
            framed = (number, column) in layout.framed
            if value is None and not framed:
                continue
            key = number in layout.bold, framed, wrap, date_format(value)
            if key not in formats:
                formats[key] = book.add_format(properties(*key))
            write_cell(sheet, number, column, as_written(value), formats[key])


def date_format(value: Value) -> str:
    """The format in which a date is shown; empty for what is none."""
    if isinstance(value, datetime.datetime):
        return "yyyy-mm-dd hh:mm"
    return "yyyy-mm-dd" if isinstance(value, datetime.date) else ""


def properties(bold: bool, framed: bool, wrap: bool, dates: str) -> dict[str, object]:
    """How a cell looks."""
    look: dict[str, object] = {"bold": bold, "text_wrap": wrap and not dates, "valign": "top"}
    if dates:
        look["num_format"] = dates
    if bold:
        look["bottom"] = 1
    if framed:
        look["border"] = 2
    return look


def write_cell(sheet: Worksheet, row: int, column: int, value: Value, look: Format) -> None:
    """A cell of the value's own type; a text is never a formula."""
    match value:
        case None:
            sheet.write_blank(row, column, None, look)
        case bool():
            sheet.write_boolean(row, column, value, look)
        case int() | float():
            sheet.write_number(row, column, value, look)
        case datetime.date():
            sheet.write_datetime(row, column, value, look)
        case _:
            sheet.write_string(row, column, defuse(NOT_IN_XML.sub("\ufffd", value)), look)


def add_validation(sheet: Worksheet, first: int, column: int, rule: Rule) -> None:
    """A drop-down, or what a date must be."""
    if rule.choices:
        letters, top, bottom = column_letters(rule.choices[0]), *rule.choices[1:]
        options = {
            "validate": "list",
            "source": f"={CHOICES}!${letters}${top + 1}:${letters}${bottom + 1}",
            "show_error": rule.strict,
        }
        title, sentence = NOT_IN_LIST
    elif rule.kind == "date":
        options = {
            "validate": "date",
            "criteria": ">=",
            "value": datetime.date(1901, 1, 1),
        }
        title, sentence = NOT_A_DATE
    else:
        return
    options |= {"error_title": title, "error_message": sentence}
    sheet.data_validation(first, column, first + ROWS - 1, column, options)
