"""A workbook with twenty-five errors of different kinds: all are found, each in its cell."""

import pytest
from django.utils import timezone

from lib.audit.models import Change
from lib.imports.undo import undo_run
from tests import factories, sheets

pytestmark = pytest.mark.django_db

# By sheet: the rows, and by address what is wrong there and what mends it.
SHEETS = {
    "Sources": [
        ["source", "publisher", "title", "address", "kind", "published_on", "what_was_read"],
        ["planted-1", "Nobody", "One", None, "press", "12 June 2025", None],
        ["planted-2", "Nobody", "Two", None, "newspaper", "2025-06-12", None],
        ["planted-3", "Nobody", "Three", None, "press", "12/06/25", None],
        ["planted-4", "Nobody", "Four", None, "press", "2025", None],
        ["planted-5", "Nobody", "Five", "www.example.org/five", "press", "2025-06", None],
        [2023, "Nobody", "Six", None, "press", "2024", None],
        ["planted-1", "Nobody", "Seven", None, "press", "12.06.2025", None],
        ["planted-8", None, "Eight", None, "press", "2025-06-12", None],
        ["planted-9", "Nobody", "Nine", None, "press", "2025-06-12", "#N/A"],
    ],
    "Inspections": [
        ["inspection", "programme", "region", "title", "published_on"],
        ["planted-five", "soc", "south-west", "Planted, five levels", "2025-06-12"],
        ["planted-four", "made-up-four", "South Wesst", "Planted, four levels", "2016-03-01"],
        ["planted-third", "soc", "eastern", "Planted, a third", "12 June"],
    ],
    "Gradings": [
        [
            *("inspection", "organisation", "question", "grade", "missing_reason"),
            *("carried_forward", "note", "source", "locator", "attribution"),
        ],
        [
            *("planted-five", "Gloucestershir", "tackling-soc", "good", None),
            *(None, None, "planted-1", "p. 1", "press"),
        ],
        [
            *("planted-five", "WM", "tackling-soc", "good", None),
            *(None, None, "planted-1", "p. 2", "press"),
        ],
        [
            *("planted-four", "Wiltshire Police", "four", "Adequate", None),
            *(None, None, "planted-1", "p. 3", "press"),
        ],
        [
            *("planted-five", "Wiltshire Police", "tackling-soc", "N/A", "not_graded"),
            *(None, None, "planted-1", "p. 4", "press"),
        ],
        [
            *("planted-five", "Dorset", "tackling-soc", "GOOD", "not graded"),
            *(None, None, "planted-1", "p. 5", "press"),
        ],
        [
            *("planted-five", "Devon & Cornwall", "tackling crime", "Good", None),
            *(None, None, "planted-1", "p. 6", "press"),
        ],
        [
            *("planted-five", "SWROCU", "tackling-soc", "Good", None),
            *("yess", None, "planted-1", "p. 7", "press"),
        ],
        [
            *("planted-five", "Avon and Somerset", "tackling-soc", "Good", None),
            *(None, None, "planted-1", "p. 8", "press"),
        ],
        [
            *("planted-five", "Avon & Somerset", "tackling-soc", "Outstanding", None),
            *(None, None, "planted-1", "p. 9", "press"),
        ],
        [
            *("planted-five", "EMSOU", "tackling-soc", "Good", None),
            *(None, "=1+1", "planted-1", "p. 10", "press"),
        ],
        [
            *("planted-five", "Bedfordshire", "tackling-soc", "Good", None),
            *(None, None, "planted-unknown", "p. 11", "press"),
        ],
        [
            *("planted-five", "Norfolk", "tackling-soc", "Good", None),
            *(None, "Merged", "planted-1", "p. 12", "press"),
        ],
        [
            *("planted-five", "Suffolk", "tackling-soc", "Good", None),
            *(None, None, "planted-1", "p. 13", "press"),
        ],
    ],
    "Findings": [
        [
            *("reference", "inspection", "kind", "themes", "summary", "detial", "cause"),
            *("source", "locator", "attribution"),
        ],
        [
            *(
                "planted-f1",
                "planted-five",
                "weakness",
                "safegarding;workforce",
                "One.",
                "x1",
                None,
            ),
            *("planted-1", "p. 1", "press"),
        ],
        [
            *("planted-f2", "planted-five", "recommendation", "workforce", "Two.", "x2"),
            *("planted-f1", "planted-1", "p. 2", "press"),
        ],
        [
            *("planted-f3", "planted-five", "strength", None, "Three.", "x3", None),
            *(None, None, None),
        ],
    ],
    "Plans": [
        ["plan", "organisation", "name", "starts_on", "ends_on"],
        ["planted-plan", "wiltshire", "Planted plan", "06/13/2025", "2024-01-01"],
    ],
}
ERRORS = {
    "Sources!E3": ("This is none of the values of this column.", "press"),
    "Sources!F4": ("“12/06/25” has a year of two digits.", "2025-06-12"),
    "Sources!D6": ("Enter a valid URL.", "https://www.example.org/five"),
    "Sources!A7": ("2023 is a number in this file, not a text", "planted-6"),
    "Sources!A8": ("This row and row 2 are about the same.", "planted-7"),
    "Sources!B9": ("This cell must not be blank.", "Nobody"),
    "Sources!G10": ("The cell holds the error #N/A.", None),
    "Inspections!C3": ("There is no region with this name.", "South West"),
    "Inspections!E4": ("“12 June” may be a day or a year of two digits.", "12 June 2025"),
    "Gradings!B2": ("No force or unit has this name.", "Gloucestershire"),
    "Gradings!B3": ("This may be more than one force or unit.", "West Mercia"),
    "Gradings!D4": ("This programme's scale does not have this grade.", "Good"),
    "Gradings!D5": ("“N/A” stands for nothing.", None),
    "Gradings!E6": ("Give a grade, or the reason why there is none", None),
    "Gradings!C7": ("SOC asks no such question.", "Tackling serious and organised crime"),
    "Gradings!F8": ("“yess” is neither yes nor no.", "yes"),
    "Gradings!D10": ("Row 10 and row 9, which says “Good”, are about the same.", "good"),
    "Gradings!G11": ("The ", "Worked out."),
    "Gradings!H12": ("There is no source with this name.", "planted-2"),
    "Gradings!G14": ("The cell is merged into", "Split."),
    "Findings!D2": ("“safegarding”: There is no theme with this name.", "safeguarding;workforce"),
    "Findings!F1": ("No column is called “detial”. Did you mean “detail”?", "detail"),
    "Findings!G3": ("A recommendation belongs to a cause of concern.", None),
    "Findings!H4": ("This row does not say where it was read.", "planted-1"),
    "Plans!D2": ("“06/13/2025” in Plans!D2 is a date only with the month first", "13/06/2023"),
}


@pytest.fixture(autouse=True)
def four_level_programme():
    programme = factories.programme.make(slug="made-up-four", scale="four")
    factories.question.make(programme=programme, slug="four")


def planted():
    """The workbook with all its errors."""

    def merge(book):
        book["Gradings"].merge_cells("G13:G14")

    return sheets.xlsx_file("planted", SHEETS, merge)


def mended():
    """The same with each error mended where it stands."""

    def mend(book):
        for address, (_, value) in ERRORS.items():
            sheet, _, cell = address.partition("!")
            book[sheet][cell] = value
        book["Findings"]["I4"], book["Findings"]["J4"] = "p. 3", "press"

    return sheets.xlsx_file("planted", SHEETS, mend)


def test_exactly_twenty_five_errors_are_found_each_with_its_cell():
    before = sheets.everything()
    preview = sheets.previewed(planted())
    found = {problem.address: problem for problem in preview.problems}
    assert set(found) == set(ERRORS)
    assert len(preview.problems) == len(ERRORS) == 25
    for address, (rule, _) in ERRORS.items():
        assert found[address].rule.startswith(rule), found[address]
    assert sheets.everything() == before


def test_mended_it_imports_again_it_changes_nothing_and_undone_all_is_as_before():
    before = sheets.everything()
    run = sheets.imported(mended())
    assert sheets.everything() != before
    again = sheets.previewed(mended())
    assert (again.is_clean, again.changes) == (True, 0)
    written = Change.objects.filter(run=run.pk).count()
    undo_run(run, None, timezone.now())
    assert sheets.everything() == before
    undone = Change.objects.filter(run=run.pk, reason__startswith="Undid import").exclude(
        table="imports_importrun"
    )
    assert undone.count() == written > 40
