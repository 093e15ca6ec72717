"""Files as spreadsheet programs make them, made by the tests themselves."""

import zipfile
from io import BytesIO

import pytest
from xlsxwriter import Workbook

from lib.sheets.cells import SheetError
from lib.sheets.reading import read_book

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
OOXML = "http://schemas.openxmlformats.org"
STRICT = "http://purl.oclc.org/ooxml"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
    )
)
CALCEXT = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def zipped(parts: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def xlsx(fill, **options) -> bytes:
    """A workbook by XlsxWriter; `fill` is handed the book."""
    file = BytesIO()
    book = Workbook(file, options)
    fill(book)
    book.close()
    return file.getvalue()


def xlsx_of_rows(*rows, name="Sheet1") -> bytes:
    """A workbook with one sheet of these rows; dates are shown whole."""

    def fill(book):
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return xlsx(fill, default_date_format="dd/mm/yyyy", strings_to_formulas=False)


def raw_xlsx(sheet_data: str, *, prefix="", after="", namespace=OOXML) -> bytes:
    """A workbook with one sheet of raw XML, in the form that Excel writes."""
    parts = unzipped(xlsx_of_rows(["x"]))
    main = (
        f"{namespace}/spreadsheetml/2006/main"
        if namespace == OOXML
        else f"{STRICT}/spreadsheetml/main"
    )
    xmlns = f'xmlns:{prefix}="{main}"' if prefix else f'xmlns="{main}"'
    tag = f"{prefix}:" if prefix else ""
    parts["xl/worksheets/sheet1.xml"] = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<{tag}worksheet {xmlns}><{tag}sheetData>{sheet_data}</{tag}sheetData>{after}"
        f"</{tag}worksheet>"
    ).encode()
    return zipped(parts)


def ods(tables: str, styles: str = "", **more: str) -> bytes:
    """A workbook in the form that LibreOffice writes, of raw XML."""
    return zipped(
        {
            "mimetype": ODS_TYPE,
            "META-INF/manifest.xml": (
                '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
                'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
                "</manifest:manifest>"
            ),
            "content.xml": (
                f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMESPACES} '
                f'{CALCEXT} office:version="1.3">'
                f"<office:automatic-styles>{styles}</office:automatic-styles>"
                f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
                "</office:document-content>"
            ),
        }
        | more
    )


def ods_table(*rows: str, name="Sheet1", before="") -> str:
    """A sheet, with the empty rows that LibreOffice puts below all others."""
    blank = ods_row(ods_blank(16384), repeated=1_048_000)
    return (
        f'<table:table table:name="{name}" table:style-name="ta1">{before}{"".join(rows)}{blank}'
        "</table:table>"
    )


def ods_row(*cells: str, repeated=1, more="") -> str:
    """A row."""
    times = f' table:number-rows-repeated="{repeated}"' if repeated > 1 else ""
    return (
        f'<table:table-row table:style-name="ro1"{times} {more}>{"".join(cells)}</table:table-row>'
    )


def ods_text(text: str, more="") -> str:
    """A cell with a text, or with the XML of one."""
    paragraphs = text if text.startswith("<") else f"<text:p>{text}</text:p>"
    return (
        f'<table:table-cell office:value-type="string" calcext:value-type="string" {more}>'
        f"{paragraphs}</table:table-cell>"
    )


def ods_blank(repeated=1) -> str:
    """An empty cell, or several."""
    return f'<table:table-cell table:number-columns-repeated="{repeated}"/>'


def ods_value(kind: str, value: object, shown: str, more="") -> str:
    """A cell with a value of a type, and what it shows."""
    name = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(
        kind, "value"
    )
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}="{value}" {more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def sheet_of(data, name="file.xlsx"):
    (sheet,) = read_book(name, data).sheets
    return sheet


def cells_of(data, name="file.xlsx"):
    """All that is filled, by its address without the sheet."""
    return {
        cell.address.partition("!")[2]: cell.problem or cell.value
        for row in sheet_of(data, name).rows
        for cell in map(row.cell, range(row.width))
        if cell.problem or cell.value is not None
    }


def refusal(data, name="file.xlsx"):
    with pytest.raises(SheetError) as refused:
        read_book(name, data)
    return str(refused.value)
