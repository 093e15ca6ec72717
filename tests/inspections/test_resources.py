"""What import files say of sources, programmes, inspections and gradings."""

from datetime import date

import pytest

from inspections.choices import Grade
from inspections.models import Grading, GradingCitation, Inspection, MonitoringEvent, Source
from tests import factories
from tests.kept import kept
from tests.sheets import changes, csv_file, imported, previewed, refusals, xlsx_file

pytestmark = pytest.mark.django_db

GRADINGS = "inspection,organisation,question,grade,missing_reason,source,locator,attribution"
SOURCES = "source,publisher,title,kind,published_on"


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """An inspection of nowhere in a programme of five levels, with two questions."""
    with kept(django_db_blocker):
        programme = factories.programme.make(slug="made-up", name="Made up", short_name="MU")
        factories.question.make(
            programme=programme,
            slug="crime",
            name="Investigating crime",
            also_written="Investigations\nSolving crime",
        )
        factories.question.make(programme=programme, slug="public", name="Responding to the public")
        factories.source.make(slug="made-up")
        yield factories.inspection.make(
            slug="made-up",
            programme=programme,
            region__name="Nowhere",
            published_on=date(2025, 6, 12),
        )


@pytest.fixture
def inspection(made, db):
    return Inspection.objects.get(pk=made.pk)


def grading(organisation="Wiltshire", question="crime", grade="Good", reason="", place="p. 1"):
    return ["made-up", organisation, question, grade, reason, "made-up", place, "press"]


def gradings(*rows):
    return csv_file("gradings", GRADINGS, *rows)


# Grades


@pytest.mark.parametrize(
    "word", ["Requires improvement", "REQUIRES IMPROVEMENT", " requires  improvement"]
)
def test_a_grade_is_a_word_in_any_case(inspection, word):
    imported(gradings(grading(grade=word)))
    assert Grading.objects.get(inspection=inspection).grade == Grade.REQUIRES_IMPROVEMENT


@pytest.mark.parametrize("word", ["2", "RI", "Improvement required"])
def test_another_word_is_no_grade_and_those_that_are_one_are_named(inspection, word):
    (problem,) = previewed(gradings(grading(grade=word))).problems
    assert problem.address == "gradings!D2"
    assert problem.mend == (
        "Write Inadequate, Requires improvement, Adequate, Good or Outstanding."
    )


def test_a_grade_is_one_of_its_programme_s_scale(inspection):
    type(inspection.programme).objects.filter(pk=inspection.programme_id).update(scale="four")
    assert refusals(gradings(grading(grade="Adequate"))) == [
        ("D2", "This programme's scale does not have this grade.")
    ]


def test_a_question_goes_by_any_of_its_wordings(inspection):
    for name in ("crime", "Investigating crime", "INVESTIGATIONS", "Solving  crime"):
        assert previewed(gradings(grading(question=name))).is_clean, name
    (problem,) = previewed(gradings(grading(question="Investigating crimes"))).problems
    assert (problem.rule, problem.mend) == (
        "MU asks no such question.",
        "Did you mean Investigating crime?",
    )


def test_a_word_for_nothing_needs_a_reason_and_a_reason_is_one_of_a_list(inspection):
    for word in ("N/A", "nan", "None", "Not recorded", "01/01/1900"):
        ((place, rule),) = refusals(gradings(grading(grade=word, reason="not_graded")))
        assert (place, "stands for nothing" in rule) == ("D2", True)
    imported(gradings(grading(grade="", reason="Not graded")))
    assert Grading.objects.get(inspection=inspection).missing_reason == "not_graded"


def test_a_grade_that_no_source_gives_needs_none(inspection):
    row = ["made-up", "Wiltshire", "crime", "", "not_found", "", "", ""]
    assert previewed(gradings(row)).is_clean
    row[4] = "not_graded"
    assert refusals(gradings(row)) == [("F2", "This row does not say where it was read.")]


def test_two_sources_that_differ_stand_side_by_side(inspection):
    factories.source.make(slug="another")
    headings = f"{GRADINGS},grade_given,citation_note"
    file = csv_file(
        "gradings",
        headings,
        [*grading(), "", ""],
        ["made-up", "Wiltshire", "crime", "", "", "another", "p. 9", "press", "Adequate", "Older."],
    )
    imported(file)
    citations = GradingCitation.objects.filter(grading__inspection=inspection)
    assert list(citations.values_list("source__slug", "grade_given", "note")) == [
        ("made-up", None, ""),
        ("another", Grade.ADEQUATE, "Older."),
    ]
    assert changes(previewed(file)) == {"gradings": (0, 0, 1)}


# Wide


WIDE = [
    ["organisation", "Investigating crime (MU, 12 June 2025)", "public (made-up, 2025-06-12)"],
    ["Wiltshire Police", "good", "Not graded"],
    ["Dorset", "", "OUTSTANDING"],
]


@pytest.fixture
def own_inspections(inspection):
    """Their own inspections of two forces, published on the same day."""
    for force in ("wiltshire", "dorset"):
        organisation = type(inspection.region)._meta.get_field("organisations").related_model
        organisation = organisation.objects.get(slug=force)
        factories.inspection.make(
            slug=f"made-up-{force}",
            programme=inspection.programme,
            region=organisation.region,
            organisation=organisation,
            published_on=date(2025, 6, 12),
        )


def wide(rows, *more):
    """The wide form as a workbook, with a source for all its rows."""
    head, *rows = rows
    return xlsx_file(
        "grades",
        {
            "Grades": [
                [*head, "source", "locator", "attribution"],
                *([*row, "made-up", "table 1", "press"] for row in rows),
                *more,
            ]
        },
    )


def test_a_row_for_each_force_and_a_column_for_each_question_is_a_form_of_gradings(
    own_inspections,
):
    imported(wide(WIDE))
    made = Grading.objects.filter(inspection__programme__slug="made-up").order_by("pk")
    rows = made.values_list(
        "inspection__slug", "organisation__slug", "question__slug", "grade", "missing_reason"
    )
    assert list(rows) == [
        ("made-up-wiltshire", "wiltshire", "crime", Grade.GOOD, ""),
        ("made-up-wiltshire", "wiltshire", "public", None, "not_graded"),
        ("made-up-dorset", "dorset", "public", Grade.OUTSTANDING, ""),
    ]
    assert changes(previewed(wide(WIDE))) == {"gradings": (0, 0, 3)}


def test_the_head_of_a_wide_sheet_may_have_two_rows_and_a_title(own_inspections):
    rows = [
        ["Grades of two forces"],
        ["", "MU, 12 June 2025", "", "", "", ""],
        ["organisation", "Investigating crime", "public", "source", "locator", "attribution"],
        ["Wiltshire Police", "good", "Not graded", "made-up", "table 1", "press"],
    ]

    def merge(book):
        book["Grades"].merge_cells("B2:C2")

    preview = previewed(xlsx_file("grades", {"Grades": rows}, merge))
    assert [str(problem) for problem in preview.problems] == []
    assert changes(preview) == {"gradings": (2, 0, 0)}


def test_errors_of_the_wide_form_stand_in_its_own_cells(own_inspections):
    head = WIDE[0]
    file = wide(
        [
            [*head[:2], "nothing (made-up, 2025-06-12)"],
            ["Wiltshir", "good", "good"],
            ["Dorset", "excellent", "good"],
            ["Kent", "good", ""],
        ]
    )
    preview = previewed(file)
    assert [(problem.address, problem.rule) for problem in preview.problems] == [
        ("Grades!A2", "No force or unit has this name."),
        ("Grades!B3", "This is none of the values of this column."),
        ("Grades!C3", "MU asks no such question."),
        ("Grades!B4", "No inspection of MU on this date is recorded for Kent."),
    ]


# Dates


@pytest.mark.parametrize(
    ("text", "on", "precision"),
    [
        ("2025-06-12", date(2025, 6, 12), "day"),
        ("12 June 2025", date(2025, 6, 12), "day"),
        ("12/06/2025", date(2025, 6, 12), "day"),
        ("12.06.2025", date(2025, 6, 12), "day"),
        (date(2025, 6, 12), date(2025, 6, 12), "day"),
        ("2025-03", date(2025, 3, 1), "month"),
        ("2024", date(2024, 1, 1), "year"),
        (2024, date(2024, 1, 1), "year"),
    ],
)
def test_a_date_is_as_exact_as_it_is_written(text, on, precision):
    rows = [SOURCES.split(","), ["dated", "Nobody", "Made up", "press", text]]
    imported(xlsx_file("sources", {"Sources": rows}))
    source = Source.objects.get(slug="dated")
    assert (source.published_on, source.published_precision) == (on, precision)


def test_one_value_that_fits_month_first_makes_the_whole_column_an_error_once():
    rows = [
        [f"made-up-{number}", "Nobody", "Made up", "press", text]
        for number, text in enumerate(["03/04/2025", "06/13/2025", "07/14/2025"])
    ]
    ((place, rule),) = refusals(csv_file("sources", SOURCES, *rows))
    assert place == "E3"
    assert "is a date only with the month first" in rule


def test_a_blank_date_is_none():
    imported(csv_file("sources", SOURCES, ["dated", "Nobody", "Made up", "press", ""]))
    assert Source.objects.get(slug="dated").published_on is None


def test_the_first_and_last_day_of_fieldwork_are_equally_exact(inspection):
    headings = "inspection,organisation,fieldwork_from,fieldwork_to,source,locator,attribution"
    row = ["made-up", "Wiltshire", "2024-06", "2024-07-01", "made-up", "p. 1", "press"]
    assert refusals(csv_file("fieldwork", headings, row)) == [
        ("D2", "The first and the last day are not equally exact.")
    ]


# Inspections, and what happened between them


def test_a_new_inspection_is_a_draft_and_one_that_is_public_stays_so(inspection):
    headings = "inspection,programme,title,published_on,public_at"
    rows = [
        ["made-up", "MU", inspection.title, "2025-06-12", ""],
        ["made-up-2", "Made up", "Made up 2", "2025-07", "2025-07-01 00:01"],
    ]
    public_at = inspection.public_at
    imported(csv_file("inspections", headings, *rows))
    inspection.refresh_from_db()
    assert inspection.public_at == public_at
    new = Inspection.objects.get(slug="made-up-2")
    assert (new.public_at, new.published_precision) == (None, "month")


def test_an_inspection_of_a_force_is_of_its_region(inspection):
    headings = "inspection,programme,region,organisation,title"
    row = ["made-up-2", "MU", "eastern", "Wiltshire", "Made up 2"]
    assert refusals(csv_file("inspections", headings, row)) == [
        ("C2", "This force or unit is in another region.")
    ]


def test_events_of_monitoring_are_told_apart_by_what_they_say(inspection):
    headings = "organisation,event,happened_on,summary,source,locator,attribution"
    rows = [
        ["Wiltshire", "engage_in", "2022-07", "Moved into Engage.", "made-up", "p. 1", "press"],
        ["Wiltshire", "Moved into Engage", "2022-07", "Said twice.", "made-up", "p. 2", "press"],
    ]
    imported(csv_file("monitoring", headings, *rows))
    assert MonitoringEvent.objects.filter(kind="engage_in", precision="month").count() >= 2
    assert changes(previewed(csv_file("monitoring", headings, *rows))) == {"monitoring": (0, 0, 2)}


def test_an_address_that_is_none_is_one_error():
    file = csv_file(
        "sources", f"{SOURCES},address", ["made-up", "Nobody", "Made up", "press", "", "example"]
    )
    assert refusals(file) == [("F2", "Enter a valid URL.")]
