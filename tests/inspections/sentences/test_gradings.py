from datetime import date

from findings.summaries import InspectionRow
from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from inspections import sentences
from inspections.choices import Grade, MissingReason
from inspections.models import Grading, Inspection, Programme, Question
from inspections.summaries import HeadlineGrading, grades_by_region


def said(parts):
    return "".join(part.text for part in parts)


def headline_gradings(region, *grades):
    """The unit's grade, then those of the forces."""
    question = Question(programme=Programme(name="Made up", scale="five"), name="Made up")
    inspection = Inspection(pk=1, published_on=date(2025, 6, 12))
    return [
        HeadlineGrading(
            organisation := Organisation(
                name=f"Body {n}",
                short_name=f"Body {n}",
                slug=f"body-{n}",
                region=region,
                kind=OrganisationKind.FORCE if n else OrganisationKind.UNIT,
            ),
            Grading(
                organisation=organisation,
                question=question,
                inspection=inspection,
                grade=grade,
                missing_reason="" if grade else MissingReason.NOT_FOUND,
            ),
        )
        for n, grade in enumerate(grades)
    ]


def test_one_inspection_of_a_region_tells_the_unit_from_its_forces():
    region = Region(pk=1, name="South West", slug="south-west")
    rows = grades_by_region(
        headline_gradings(
            region, Grade.ADEQUATE, *[Grade.REQUIRES_IMPROVEMENT] * 4, Grade.INADEQUATE
        )
    )
    assert sentences.inspection_grades(rows) == (
        "The regional unit is adequate. Four of its five forces require improvement and one is "
        "inadequate. The region itself is not graded."
    )


def test_an_organisation_without_a_grade_is_told_with_the_reason():
    region = Region(pk=1, name="South West", slug="south-west")
    rows = grades_by_region(headline_gradings(region, None, Grade.GOOD, None, None))
    assert sentences.inspection_grades(rows) == (
        "The regional unit has no grade here (not found in our sources). One of its three "
        "forces is good"
        " and two have no grade here (not found in our sources). The region itself is not graded."
    )


def test_one_of_several_questions_is_named_before_its_grades():
    region = Region(pk=1, name="South West", slug="south-west")
    rows = grades_by_region(headline_gradings(region, Grade.ADEQUATE, Grade.GOOD))
    assert sentences.inspection_grades(rows, "Tackling crime").startswith(
        "On “Tackling crime”: the regional unit is adequate."
    )


def test_an_inspection_without_gradings_says_that_none_was_found():
    assert sentences.inspection_grades([]) == "No force’s grade was found in our sources."


def test_inspections_are_told_with_the_newest():
    region = Region(pk=1, name="South West", slug="south-west")
    newest = Inspection(
        title="A made-up inspection", slug="made-up", region=region, published_on=date(2025, 6, 12)
    )
    older = Inspection(
        title="An older one", slug="older", region=region, published_on=date(2023, 6, 12)
    )
    rows = [InspectionRow(inspection, 6, 6, 0) for inspection in (newest, older)]
    assert said(sentences.inspections_by_date(rows)) == (
        "Two inspections of one programme. The newest, A made-up inspection, was published on 12 "
        "June 2025."
    )
    assert said(sentences.inspections_by_date([])) == "No inspection is published here yet."
