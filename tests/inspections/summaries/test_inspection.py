"""How one inspection graded whom."""

import pytest
from django.utils import timezone

from inspections import summaries
from inspections.choices import Grade, MissingReason
from inspections.summaries.inspection import gradings_and_fieldwork
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspection():
    return factories.inspection.make()


@pytest.fixture
def question(inspection):
    return factories.question.make(programme=inspection.programme)


def test_gradings_stand_by_organisation_the_unit_first(inspection, question):
    force = factories.force.make(short_name="A force", region=inspection.region)
    unit = factories.unit.make(short_name="Unit", region=inspection.region)
    for organisation, grade in ((force, Grade.GOOD), (unit, Grade.INADEQUATE)):
        factories.grading.make(
            inspection=inspection, organisation=organisation, question=question, grade=grade
        )
    rows = summaries.gradings_by_organisation(inspection, [question], timezone.now())
    assert [(row.organisation, row.gradings[0].grade) for row in rows] == [
        (unit, Grade.INADEQUATE),
        (force, Grade.GOOD),
    ]


def test_an_organisation_that_had_fieldwork_but_no_grade_says_why_there_is_no_grade(
    inspection, question
):
    fieldwork = factories.fieldwork.make(inspection=inspection)
    (row,) = summaries.gradings_by_organisation(inspection, [question], timezone.now())
    assert row.fieldwork == fieldwork
    assert (row.gradings[0].grade, row.gradings[0].missing_reason) == (
        None,
        MissingReason.NOT_FOUND,
    )


def test_gradings_follow_the_order_of_the_questions(inspection, question):
    second = factories.question.make(programme=inspection.programme)
    grading = factories.grading.make(inspection=inspection, question=second)
    (row,) = summaries.gradings_by_organisation(inspection, [question, second], timezone.now())
    assert [held.pk for held in row.gradings] == [None, grading.pk]


@pytest.mark.parametrize("organisations", [1, 6])
def test_gradings_and_fieldwork_take_four_queries_however_many_the_organisations(
    inspection, question, organisations, django_assert_num_queries
):
    for _ in range(organisations):
        grading = factories.grading.make(inspection=inspection, question=question)
        factories.grading_citation.make(grading=grading)
        factories.fieldwork.make(inspection=inspection, organisation=grading.organisation)
    with django_assert_num_queries(4):
        gradings, fieldwork = gradings_and_fieldwork.__wrapped__(timezone.now(), inspection.pk)
        assert all(grading.fieldwork and grading.organisation.region for grading in gradings)
        assert all(
            citation.source.publisher for row in gradings for citation in row.citations.all()
        )
        assert len(fieldwork) == len(gradings) == organisations
