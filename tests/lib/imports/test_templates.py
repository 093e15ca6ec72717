"""Templates, filled in by their own examples, import alike in either format."""

import io

import openpyxl
import pytest
from odf.opendocument import load
from odf.table import Table, TableRow

from lib.imports import kinds
from tests import accounts, sheets
from tests.sheets import previewed

pytestmark = pytest.mark.django_db


def filled_xlsx(data):
    """A template whose example was copied into its sheet, as Excel keeps it."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    example = [cell.value for cell in book["Example"][3]]
    for column, value in enumerate(example, start=1):
        book.worksheets[1].cell(2, column).value = value
    copy = io.BytesIO()
    book.save(copy)
    return copy.getvalue()


def filled_ods(data):
    """The same as LibreOffice keeps it."""
    document = load(io.BytesIO(data))
    by_name = {table.getAttribute("name"): table for table in document.getElementsByType(Table)}
    blank = list(by_name.values())[1]
    head, *rest = blank.getElementsByType(TableRow)
    example = by_name["Example"].getElementsByType(TableRow)[2]
    head.parentNode.insertBefore(example, rest[0] if rest else None)
    copy = io.BytesIO()
    document.write(copy)
    return copy.getvalue()


FILL = {"xlsx": filled_xlsx, "ods": filled_ods}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file_format", "names"), [("xlsx", kinds.names()), ("ods", ["sources", "themes"])]
)
def test_the_filled_examples_of_all_kinds_import_together(file_format, names):
    """In the format that is read more slowly, of two that have texts, choices and a date."""
    files = [
        sheets.SentFile(
            f"{kind.kind}.{file_format}", FILL[file_format](kind().template(file_format))
        )
        for kind in kinds.in_order()
        if kind.kind in names
    ]
    preview = previewed(*files, by=accounts.make("steward"))
    assert [str(problem) for problem in preview.problems] == []
    done = sheets.changes(preview)
    assert {kind: sum(counts) for kind, counts in done.items()} == dict.fromkeys(names, 1)


def test_every_column_says_what_it_takes_and_needed_ones_have_an_example():
    for kind in kinds.in_order():
        for column in kind().columns:
            assert column.help_text or column.widget.options() or column.example, column
            assert column.example or not column.required, (kind, column)


def test_a_file_with_a_sheet_for_each_of_several_kinds_is_read_as_each():
    for bundle in kinds.bundles().values():
        book = openpyxl.load_workbook(io.BytesIO(bundle.template("xlsx")))
        for sheet, kind in zip(book.worksheets, bundle.kinds, strict=False):
            for column, one in enumerate(kinds.find(kind)().columns, start=1):
                sheet.cell(2, column).value = one.example
        copy = io.BytesIO()
        book.save(copy)
        preview = previewed(sheets.SentFile("new.xlsx", copy.getvalue()))
        assert [str(problem) for problem in preview.problems] == []
        assert {kind.resource.kind for kind in preview.kinds} == set(bundle.kinds)
        assert sum(sum(counts) for counts in sheets.changes(preview).values()) == len(bundle.kinds)
