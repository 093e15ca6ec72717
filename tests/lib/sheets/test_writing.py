"""Templates and error copies: what is written can be read, and says what it is."""

import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from lib.sheets.reading import read_book
from lib.sheets.tables import find_table
from lib.sheets.writing import TemplateColumn, write_template, write_with_errors

from .workbooks import ods, ods_row, ods_table, ods_text, unzipped, xlsx_of_rows

DAY = datetime.date(2025, 6, 12)
COLUMNS = [
    TemplateColumn("Force", "Its name", "Devon", required=True),
    TemplateColumn("Grade", "As HMICFRS gives it", "Good", choices=("Good", "Adequate")),
    TemplateColumn("Themes", "By “;”", "a; b", choices=("a", "b"), several=True),
    TemplateColumn("Published", "The day", DAY, kind="date"),
    TemplateColumn("Number", "A number", 7, kind="number"),
]
EARLY = {"Force": "=Old force", "Published": datetime.date(1829, 9, 29)}


def template(file_format, columns=COLUMNS):
    return write_template("gradings", "1", "Gradings", columns, file_format)


@pytest.fixture(params=["xlsx", "ods"])
def file_format(request):
    return request.param


def test_an_empty_template_has_a_kind_a_version_and_no_rows(file_format):
    book = read_book("a", template(file_format))
    assert [item.address for item in book.left_out] == ["Cover", "Example", "Help", "Choices"]
    (sheet,) = book.sheets
    table = find_table(sheet, [column.label for column in COLUMNS])
    assert (sheet.name, sheet.meta) == ("Gradings", {"kind": "gradings", "version": "1"})
    assert ([heading.name for heading in table.headings], table.rows) == (
        [column.label for column in COLUMNS],
        [],
    )


def test_the_example_reads_as_it_was_given_once_its_note_is_gone(file_format, monkeypatch):
    monkeypatch.setattr("lib.sheets.reading.NOT_READ", "no such note")
    early = [column._replace(example=EARLY.get(column.label)) for column in COLUMNS]
    for columns, values in (
        (COLUMNS, ["Devon", "Good", "a; b", DAY, 7]),
        (early, ["=Old force", None, None, "1829-09-29", None]),
    ):
        book = read_book("a", template(file_format, columns))
        (example,) = (sheet for sheet in book.sheets if sheet.name == "Example")
        (row,) = find_table(example, [column.label for column in columns]).rows
        assert [row.cell(column).value for column in range(5)] == values


def test_an_xlsx_template_has_drop_downs_typed_columns_and_fast_headings():
    book = load_workbook(BytesIO(template("xlsx")))
    sheet = book.active
    assert (sheet.title, sheet.freeze_panes) == ("Gradings", "A2")
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["B2:B2001"].formula1 == "Choices!$A$3:$A$4"
    assert [cell.value for cell in book["Choices"]["A"][2:]] == ["Good", "Adequate"]
    assert (rules["B2:B2001"].showErrorMessage, rules["C2:C2001"].showErrorMessage) == (True, False)
    assert rules["D2:D2001"].type == "date"
    formats = [sheet.column_dimensions[letter].number_format for letter in "ADE"]
    assert formats == ["@", "yyyy-mm-dd", "0"]


def test_an_ods_template_has_drop_downs_typed_columns_and_fast_headings():
    parts = unzipped(template("ods"))
    assert next(iter(parts)) == "mimetype"
    content, settings = (parts[name].decode() for name in ("content.xml", "settings.xml"))
    assert 'table:condition="of:cell-content-is-in-list([$Choices.$A$3:.$A$4])"' in content
    assert 'table:content-validation-name="Gradings-B"' in content
    assert 'table:default-cell-style-name="as-date"' in content
    assert 'config:name="ActiveTable" config:type="string">Gradings<' in settings
    assert "VerticalSplitPosition" in settings
    # A word of a list may stand beside another, so it is not refused there.
    assert content.count('table:display="false"') == 1


def test_a_copy_with_errors_keeps_each_cell_in_its_place():
    data = xlsx_of_rows(
        ["A title"],
        [],
        ["Force", "Officer", "Grade"],
        ["=cmd()", "Jo Bloggs", "Goood"],
        ["Devon", "Al Other", DAY],
        name="Rows",
    )
    book = read_book("a.xlsx", data)
    table = find_table(book.sheets[0], {"force", "grade"}, leave_out={"officer"})
    errors = [
        ("Rows!C4", "“Goood” is no grade."),
        ("Rows!A4", "No force is called so."),
        ("Rows!C3", "A heading."),
        ("Other!A1", "No such sheet."),
        ("Rows", "No rows."),
    ]
    copy = load_workbook(BytesIO(write_with_errors(book, errors, [table])))
    sheet = copy["Rows"]
    assert [sheet[place].value for place in ("A1", "A3", "C4", "C5")] == [
        "A title",
        "Force",
        "Goood",
        datetime.datetime(2025, 6, 12),
    ]
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("'=cmd()", "s")
    assert sheet["D4"].value == "A: No force is called so.\nC: “Goood” is no grade."
    assert sheet["D3"].value == "Errors (this column is not read)\nC: A heading."
    assert (sheet["D5"].value, sheet["C4"].border.left.style) == (None, "medium")
    assert [[cell.value for cell in row] for row in copy["Errors"].iter_rows(min_row=3)] == [
        ["Other!A1", "No such sheet."],
        ["Rows", "No rows."],
    ]
    assert not any("Jo Bloggs" in str(cell.value) for row in sheet for cell in row)


def test_a_copy_with_errors_is_read_again_as_the_file_it_was():
    book = read_book("a.xlsx", xlsx_of_rows(["Force", "Grade"], ["=x", "Goood"], [], ["Devon", 1]))
    copy = read_book("b.xlsx", write_with_errors(book, [("Sheet1!B2", "No."), ("x", "No.")]))
    tables = [find_table(b.sheets[0], {"force", "grade"}) for b in (book, copy)]
    first, second = ([(r.number, r.values[:2]) for r in table.rows] for table in tables)
    assert first == second
    assert tables[1].problems == []
    assert [item.address for item in copy.left_out] == ["Errors"]


def test_what_a_spreadsheet_cannot_hold_does_not_spoil_the_copy():
    book = read_book("a.csv", ("Force,Grade\nDevon," + "x" * 40_000 + "\n").encode())
    copy = load_workbook(BytesIO(write_with_errors(book, [])))
    assert len(copy["a"]["B2"].value) == 32_001


@pytest.mark.parametrize(
    ("names", "copied"),
    [
        (["a very long name of a file, as of CSV"], ["a very long name of a file, as"]),
        (["a[b]:*?/\\c", "'"], ["a b c", "Sheet 2"]),
        (["Sheet", "sheet", "Errors"], ["Sheet", "sheet 2", "Errors"]),
    ],
)
def test_a_sheet_is_copied_whatever_its_name_is(names, copied):
    tables = [ods_table(ods_row(ods_text("Force")), name=name) for name in names]
    book = read_book("a.ods", ods("".join(tables)))
    copy = load_workbook(
        BytesIO(write_with_errors(book, [(f"{names[0]}!A1", "No."), ("x", "No.")]))
    )
    errors = "Errors 3" if "Errors" in copied else "Errors"
    assert copy.sheetnames == [*copied, errors]
    assert copy[copied[0]]["B1"].value.endswith("A: No.")
