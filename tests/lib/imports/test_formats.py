"""One sheet, as CSV, as Excel keeps it and as LibreOffice keeps it, is one import."""

import csv
import io
from datetime import date

import pytest

from tests.lib.sheets.workbooks import ods, ods_blank, ods_row, ods_table, ods_text, ods_value
from tests.sheets import SentFile, previewed, xlsx_file

pytestmark = pytest.mark.django_db

ROWS = [
    ["source", "publisher", "title", "kind", "published_on", "what_was_read"],
    ["made-up-1", "Nobody & Co", "Page  one", "press", date(2025, 6, 12), "All of it."],
    ["007", "Nobody", "Page two", "Press", "12.06.2025", ""],
    ["2023-011", "Nobody\u00a0else", "Page three", "no such kind", "2025-03", "N/A"],
    ["made-up-4", "", "Page four", "press", "06/12/25", ""],
]


def as_csv():
    text = io.StringIO()
    csv.writer(text).writerows(ROWS)
    return SentFile("sources.csv", text.getvalue().encode())


def as_xlsx():
    return xlsx_file("sources", {"sources": ROWS})


def as_ods():
    def cell(value):
        if isinstance(value, date):
            return ods_value("date", value.isoformat(), f"{value:%d/%m/%y}")
        return ods_text(value.replace("&", "&amp;")) if value else ods_blank()

    rows = [ods_row(*map(cell, row)) for row in ROWS]
    return SentFile("sources.ods", ods(ods_table(*rows, name="sources")))


def told(file):
    """All that a preview says, but for the name of the file."""
    preview = previewed(file)
    (kind,) = preview.kinds
    columns = [column for column in kind.resource.columns if column.column_name in ROWS[0]]
    created = [
        [column.widget.render(record.values[column.column_name]) for column in columns]
        for record in kind.created
    ]
    problems = [problem._replace(file="") for problem in preview.problems]
    return created, problems, preview.left_out


def test_a_sheet_in_three_formats_gives_the_same_preview():
    created, problems, _ = told(as_csv())
    assert created == [
        ["made-up-1", "Nobody & Co", "Page one", "press", "2025-06-12", "All of it."],
        ["007", "Nobody", "Page two", "press", "2025-06-12", ""],
    ]
    assert [problem.address for problem in problems] == [
        f"sources!{cell}" for cell in ("D4", "F4", "B5", "E5")
    ]
    assert told(as_xlsx()) == told(as_ods()) == told(as_csv())
