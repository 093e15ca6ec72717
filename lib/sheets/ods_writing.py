"""Sheets as an ODS file."""

import datetime
from io import BytesIO

from odf import number as numbers
from odf.config import (
    ConfigItem,
    ConfigItemMapEntry,
    ConfigItemMapIndexed,
    ConfigItemMapNamed,
    ConfigItemSet,
)
from odf.element import Element
from odf.opendocument import OpenDocument, OpenDocumentSpreadsheet
from odf.style import ParagraphProperties, Style, TableCellProperties, TableColumnProperties
from odf.style import TextProperties as LetterProperties
from odf.table import (
    ContentValidation,
    ContentValidations,
    ErrorMessage,
    Table,
    TableCell,
    TableColumn,
    TableRow,
)
from odf.teletype import addTextToElement
from odf.text import P

from .cells import Value, column_letters
from .formulas import NOT_IN_XML, defuse
from .layout import CHOICES, NOT_A_DATE, NOT_IN_LIST, ROWS, Layout, Rule, as_written, is_wrapped

# A letter's breadth, about.
BREADTH = 0.21
KIND_STYLES = {"text": "as-text", "date": "as-date", "number": "as-number"}


def write(layouts: list[Layout], active: int) -> bytes:
    """A workbook of these sheets, opened at one of them."""
    document = OpenDocumentSpreadsheet()
    add_styles(document)
    validations = ContentValidations()
    for layout in layouts:
        for column, rule in enumerate(layout.rules):
            if rule.choices or rule.kind == "date":
                validations.addElement(validation(layout, column, rule))
    if validations.hasChildNodes():
        document.spreadsheet.addElement(validations)
    for layout in layouts:
        document.spreadsheet.addElement(make_table(document, layout))
    document.settings.addElement(view_settings(layouts, layouts[active].name))
    file = BytesIO()
    document.write(file)
    return file.getvalue()


def add_styles(document: OpenDocument) -> None:
    """The styles of cells: texts, dates, whole numbers, headings."""
    dates = numbers.DateStyle(name="iso-date")
    dates.addElement(numbers.Year(style="long"))
    dates.addElement(numbers.Text(text="-"))
    dates.addElement(numbers.Month(style="long"))
    dates.addElement(numbers.Text(text="-"))
    dates.addElement(numbers.Day(style="long"))
    texts = numbers.TextStyle(name="plain-text")
    texts.addElement(numbers.TextContent())
    whole = numbers.NumberStyle(name="whole-number")
    whole.addElement(numbers.Number(decimalplaces="0", minintegerdigits="1"))
    for data_style in (dates, texts, whole):
        document.automaticstyles.addElement(data_style)
    for name, data_style in (("as-date", dates), ("as-text", texts), ("as-number", whole)):
        style = Style(name=name, family="table-cell", datastylename=data_style)
        style.addElement(TableCellProperties(wrapoption="wrap", verticalalign="top"))
        document.automaticstyles.addElement(style)
    note = Style(name="as-note", family="table-cell", datastylename=texts)
    document.automaticstyles.addElement(note)
    heading = Style(name="heading", family="table-cell", datastylename=texts)
    heading.addElement(TableCellProperties(wrapoption="wrap", borderbottom="0.75pt solid"))
    heading.addElement(ParagraphProperties(textalign="start"))
    heading.addElement(LetterProperties(fontweight="bold"))
    document.automaticstyles.addElement(heading)


def validation_name(layout: Layout, column: int) -> str:
    """The name of a column's validation."""
    return f"{layout.name}-{column_letters(column)}"


def validation(layout: Layout, column: int, rule: Rule) -> Element:
    """A drop-down, or what a date must be."""
    if rule.choices:
        letters, top, bottom = column_letters(rule.choices[0]), *rule.choices[1:]
        area = f"[${CHOICES}.${letters}${top + 1}:.${letters}${bottom + 1}]"
        condition = f"of:cell-content-is-in-list({area})"
        title, sentence = NOT_IN_LIST
    else:
        condition = "of:cell-content-is-date() and cell-content()>=DATE(1901;1;1)"
        title, sentence = NOT_A_DATE
    made = ContentValidation(
        name=validation_name(layout, column),
        condition=condition,
        allowemptycell="true",
        displaylist="unsorted",
        basecelladdress=f"'{layout.name}'.{column_letters(column)}{layout.frozen + 1}",
    )
    shown = "true" if rule.strict else "false"
    message = ErrorMessage(title=title, display=shown, messagetype="stop")
    message.addElement(P(text=sentence))
    made.addElement(message)
    return made


def make_table(document: OpenDocument, layout: Layout) -> Element:
    """A sheet."""
    table = Table(name=layout.name)
    for column, width in enumerate(layout.widths):
        style = Style(name=f"{layout.name}-{column}".replace(" ", "-"), family="table-column")
        style.addElement(TableColumnProperties(columnwidth=f"{width * BREADTH:.2f}cm"))
        document.automaticstyles.addElement(style)
        kind = layout.rules[column].kind if column < len(layout.rules) else "text"
        own = KIND_STYLES[kind]
        table.addElement(TableColumn(stylename=style, defaultcellstylename=own))
    for position, values in enumerate(layout.rows):
        row = TableRow()
        style = "as-text" if is_wrapped(values) else "as-note"
        if position in layout.bold:
            style = "heading"
        for value in values:
            row.addElement(make_cell(as_written(value), style))
        table.addElement(row)
    if layout.rules:
        table.addElement(empty_rows(layout))
    return table


def empty_rows(layout: Layout) -> Element:
    """The rows to be filled in, with their drop-downs."""
    row = TableRow(numberrowsrepeated=ROWS)
    for column, rule in enumerate(layout.rules):
        given = {"stylename": KIND_STYLES[rule.kind]}
        if rule.choices or rule.kind == "date":
            given["contentvalidationname"] = validation_name(layout, column)
        row.addElement(TableCell(**given))
    return row


def make_cell(value: Value, style: str) -> Element:
    """A cell of the value's own type; a text in a style of its own."""
    match value:
        case None:
            return TableCell()
        case bool():
            word = str(value).lower()
            cell = TableCell(valuetype="boolean", booleanvalue=word)
            cell.addElement(P(text=word.upper()))
        case int() | float():
            cell = TableCell(valuetype="float", value=value, stylename="as-number")
            cell.addElement(P(text=str(value)))
        case datetime.date():
            iso = value.isoformat()
            cell = TableCell(valuetype="date", datevalue=iso, stylename="as-date")
            cell.addElement(P(text=iso))
        case _:
            cell = TableCell(valuetype="string", stylename=style)
            for line in defuse(NOT_IN_XML.sub("\ufffd", value)).split("\n"):
                paragraph = P()
                # Two spaces would be read as one, and a tab as a space.
                addTextToElement(paragraph, line)
                cell.addElement(paragraph)
    return cell


def view_settings(layouts: list[Layout], active: str) -> Element:
    """What LibreOffice shows at first: the sheet to be filled in, its headings held fast."""
    settings = ConfigItemSet(name="ooo:view-settings")
    views = ConfigItemMapIndexed(name="Views")
    view = ConfigItemMapEntry()
    view.addElement(ConfigItem(name="ViewId", type="string", text="view1"))
    sheets = ConfigItemMapNamed(name="Tables")
    for layout in layouts:
        if layout.frozen:
            sheets.addElement(frozen_rows(layout))
    view.addElement(sheets)
    view.addElement(ConfigItem(name="ActiveTable", type="string", text=active))
    views.addElement(view)
    settings.addElement(views)
    return settings


def frozen_rows(layout: Layout) -> Element:
    """Rows at the top that stay in sight."""
    entry = ConfigItemMapEntry(name=layout.name)
    for name, kind, value in (
        ("VerticalSplitMode", "short", 2),
        ("VerticalSplitPosition", "int", layout.frozen),
        ("ActiveSplitRange", "short", 2),
        ("PositionTop", "int", 0),
        ("PositionBottom", "int", layout.frozen),
    ):
        entry.addElement(ConfigItem(name=name, type=kind, text=str(value)))
    return entry
