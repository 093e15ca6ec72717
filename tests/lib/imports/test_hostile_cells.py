"""Whatever stands in a cell, an import says what is wrong with it and never breaks."""

from datetime import date, datetime

import pytest

from lib.imports import kinds
from tests import accounts
from tests.sheets import SentFile, csv_file, previewed, xlsx_file

pytestmark = pytest.mark.django_db

JUNK = [
    *(-3, 7.5, 1e300, 10**12, True, date(1850, 1, 1), datetime(2025, 1, 1, 12, 30)),
    *("x" * 5_000, "–", "'; drop table", "%s %(x)s", "{}", "ſ", "İ", "Ａ", "\u202ex", "none", "-x"),
    *(
        "../..",
        "x;y;;z",
        ";",
        "x,y",
        "2025-13-45",
        "31/02/2025",
        "0",
        "99999",
        "1.0",
        "soc",
        "=1+1",
    ),
    *("Wiltshire", "good", "F1", "soc-south-west-2025", "hmicfrs-south-west-2025", "workforce"),
]


def rows_of(resource, junk):
    """The example of a kind, with each sort of junk in each of its columns."""
    example = [column.example for column in resource.columns]
    for position in range(len(example)):
        for cell in junk:
            yield [*example[:position], cell, *example[position + 1 :]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", kinds.names())
def test_no_cell_breaks_an_import(kind):
    resource = kinds.find(kind)()
    # CSV has texts alone; in a workbook one is read more slowly, and is no other.
    texts = [cell for cell in JUNK if isinstance(cell, str)]
    typed = [cell for cell in JUNK if not isinstance(cell, str)]
    headings = [column.column_name for column in resource.columns]
    steward = accounts.make("steward")
    for file in (
        csv_file(kind, ",".join(headings), *rows_of(resource, texts)),
        xlsx_file(kind, {kind: [headings, *rows_of(resource, typed)]}),
    ):
        preview = previewed(file, by=steward, kind=kind)
        assert preview.problems
        assert [problem for problem in preview.problems if not problem.rule] == []
        assert [problem for problem in preview.problems if not problem.address] == []


def test_a_text_is_no_longer_than_search_takes():
    rows = [["theme", "name", "definition"], ["made-up", "Made up", "x" * 20_001]]
    file = csv_file("themes", ",".join(rows[0]), rows[1])
    (problem,) = previewed(file).problems
    assert problem.rule == "This text is longer than 20,000 letters."


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\xff\xfe", b'"', b"source", b"source,source\n1,2", b"PK\x03\x04", b"\r\n" * 9],
)
def test_no_file_breaks_an_import(data):
    preview = previewed(SentFile("junk.csv", data))
    assert not preview.is_clean
    assert preview.changes == 0
