"""Gradings: how a grade is known, corrections, and sources that differ."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from inspections.choices import Certainty, Grade
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database

pytestmark = pytest.mark.django_db


def test_a_grade_that_was_worked_out_says_how():
    assert_refused(
        factories.grading.prepare(
            inspection=factories.inspection.make(),
            organisation=factories.force.make(),
            question=factories.question.make(),
            certainty=Certainty.INFERRED,
        ),
        "an_inferred_grade_says_how",
    )


@pytest.mark.parametrize(
    "correction",
    [
        {"first_grade": Grade.GOOD},
        {"corrected_on": date(2025, 8, 8)},
        {"correction_reason": "The force had given wrong data."},
        {"first_grade": Grade.ADEQUATE, "correction_reason": "The same again."},
    ],
)
def test_a_corrected_grade_says_from_what_and_why(correction):
    grading = factories.grading.make(grade=Grade.ADEQUATE)
    for name, value in correction.items():
        setattr(grading, name, value)
    assert_refused(grading, "a_corrected_grade_says_from_what_and_why")


def test_a_grade_as_first_published_is_on_the_same_scale():
    question = factories.question.make(programme__scale="four")
    inspection = factories.inspection.make(programme=question.programme)
    grading = factories.grading.make(inspection=inspection, question=question, grade=Grade.GOOD)
    grading.first_grade, grading.correction_reason = Grade.ADEQUATE, "Wrong data."
    with pytest.raises(ValidationError, match="scale does not have this grade"):
        grading.full_clean()


def test_a_source_that_gives_another_grade_is_told_apart():
    cited = factories.grading_citation.make(grading__grade=Grade.GOOD)
    assert cited.grading.conflicting == []
    cited.grade_given = 9
    assert_refused_by_database(cited, "grade_given_is_on_a_scale")
    cited.grade_given = Grade.INADEQUATE
    cited.save()
    assert cited.grading.conflicting == [cited]
