"""Inspections, fieldwork and gradings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from forces.models import Organisation
from inspections.choices import Grade, MissingReason, Precision, Scale
from inspections.models import (
    Grading,
    Inspection,
    Programme,
    Question,
)
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)
DAY = NOW.date()
EMBARGOED = [None, NOW + timedelta(microseconds=1), NOW + timedelta(days=1)]
PUBLIC = [NOW, NOW - timedelta(days=1)]


def test_an_inspection_does_not_supersede_itself():
    inspection = factories.inspection.make()
    inspection.supersedes = inspection
    assert_refused(inspection, "inspection_does_not_supersede_itself")


def test_an_inspection_is_superseded_once():
    old = factories.inspection.make()
    new = factories.inspection.make(supersedes=old)
    assert old.superseded_by == new
    with pytest.raises(ValidationError):
        factories.inspection.prepare(
            programme=new.programme, region=new.region, supersedes=old
        ).full_clean()


def test_an_inspection_knows_when_the_local_policing_body_s_comments_are_due():
    assert factories.inspection.make(published_on=date(2025, 6, 12)).comments_due_on == date(
        2025, 8, 6
    )


def test_inspections_stand_newest_first():
    days = [DAY - timedelta(days=400), DAY, DAY - timedelta(days=30)]
    made = [factories.inspection.make(published_on=day) for day in days]
    newest = Inspection.objects.filter(pk__in=[row.pk for row in made]).newest_first()
    assert [inspection.published_on for inspection in newest] == sorted(days, reverse=True)


@pytest.mark.parametrize(
    ("on", "begins_at"),
    [
        (date(2025, 6, 12), "2025-06-11T23:00:00+00:00"),  # summer time
        (date(2025, 12, 18), "2025-12-18T00:00:00+00:00"),
        (date(2025, 3, 30), "2025-03-30T00:00:00+00:00"),  # the day on which summer time begins
        (date(2025, 10, 26), "2025-10-25T23:00:00+00:00"),  # and on which it ends
    ],
)
def test_an_inspection_becomes_public_when_its_day_begins_here(on, begins_at):
    begins_at = datetime.fromisoformat(begins_at)
    inspection = factories.inspection.make(published_on=on, public_at=factories.midnight(on))
    assert inspection in Inspection.objects.published(begins_at)
    assert inspection not in Inspection.objects.published(begins_at - timedelta(microseconds=1))


def make_inspected(public_at):
    """An inspection with what an embargo must hide."""
    inspection = factories.inspection.make(public_at=public_at)
    return [
        inspection,
        factories.fieldwork.make(inspection=inspection),
        factories.grading.make(inspection=inspection),
    ]


@pytest.mark.parametrize("public_at", PUBLIC)
def test_what_is_public_shows(public_at):
    for row in make_inspected(public_at):
        assert row in type(row).objects.published(NOW)


@pytest.mark.parametrize("public_at", EMBARGOED)
def test_what_is_under_embargo_or_undecided_does_not_show(public_at):
    for row in make_inspected(public_at):
        assert row not in type(row).objects.published(NOW)


def test_an_organisation_has_fieldwork_once_in_an_inspection():
    fieldwork = factories.fieldwork.make()
    again = factories.fieldwork.prepare(
        inspection=fieldwork.inspection, organisation=fieldwork.organisation
    )
    assert_refused(again, "one_fieldwork_per_inspection_and_organisation")


def test_fieldwork_does_not_end_before_it_begins():
    fieldwork = factories.fieldwork.make(fieldwork_from=DAY, fieldwork_to=DAY)
    fieldwork.full_clean()
    fieldwork.fieldwork_to = DAY - timedelta(days=1)
    assert_refused(fieldwork, "fieldwork_ends_after_it_begins")


def test_fieldwork_is_told_no_more_exactly_than_its_source_gives_it():
    fieldwork = factories.fieldwork.make(
        fieldwork_from=date(2024, 6, 1), fieldwork_to=date(2024, 7, 31), precision=Precision.MONTH
    )
    assert fieldwork.period == "June to July 2024"


@pytest.fixture
def ungraded():
    """What a grading needs beside its grade."""
    inspection = factories.inspection.make()
    return {
        "inspection": inspection,
        "organisation": factories.force.make(),
        "question": factories.question.make(programme=inspection.programme),
    }


def test_an_organisation_is_graded_once_on_a_question_of_an_inspection(ungraded):
    Grading.objects.create(**ungraded, grade=Grade.GOOD)
    assert_refused(
        Grading(**ungraded, grade=Grade.ADEQUATE),
        "one_grading_per_inspection_organisation_and_question",
    )


def test_a_grading_holds_a_grade_or_a_reason(ungraded):
    Grading(**ungraded, grade=Grade.GOOD).full_clean()
    for reason in MissingReason:
        Grading(**ungraded, missing_reason=reason).full_clean()


def test_a_grading_never_holds_neither_a_grade_nor_a_reason(ungraded):
    assert_refused(Grading(**ungraded), "a_grade_or_a_reason_why_not")


def test_a_grading_never_holds_both_a_grade_and_a_reason(ungraded):
    both = Grading(**ungraded, grade=Grade.GOOD, missing_reason=MissingReason.WITHDRAWN)
    assert_refused(both, "a_grade_or_a_reason_why_not")


@pytest.mark.parametrize("grade", [0, 6])
def test_a_grade_is_on_a_scale(ungraded, grade):
    with pytest.raises(ValidationError):
        Grading(**ungraded, grade=grade).full_clean()
    assert_refused_by_database(Grading(**ungraded, grade=grade), "grade_is_on_a_scale")


def test_a_question_of_another_programme_cannot_be_graded(ungraded):
    ungraded["question"] = factories.question.make()
    with pytest.raises(ValidationError, match="another programme"):
        Grading(**ungraded, grade=Grade.GOOD).full_clean()


def test_a_grade_is_one_of_its_programme_s_scale(ungraded):
    Programme.objects.filter(pk=ungraded["inspection"].programme_id).update(scale=Scale.FOUR)
    ungraded["question"].refresh_from_db()
    Grading(**ungraded, grade=Grade.GOOD).full_clean()
    with pytest.raises(ValidationError, match="scale does not have this grade"):
        Grading(**ungraded, grade=Grade.ADEQUATE).full_clean()


def test_a_grading_is_told_in_a_word(ungraded):
    known = Grading(**ungraded, grade=Grade.REQUIRES_IMPROVEMENT)
    unknown = Grading(**ungraded, missing_reason=MissingReason.NOT_FOUND)
    assert (known.judgment, known.grade_slug) == ("Requires improvement", "requires-improvement")
    assert (unknown.judgment, unknown.grade_slug) == ("not found in our sources", "not-found")


@pytest.mark.parametrize(
    ("scale", "grade", "steps"),
    [
        (Scale.FIVE, Grade.INADEQUATE, [True, False, False, False, False]),
        (Scale.FIVE, Grade.ADEQUATE, [False, False, True, False, False]),
        (Scale.FOUR, Grade.GOOD, [False, False, True, False]),
        (Scale.FIVE, None, []),
    ],
)
def test_a_grade_fills_its_step_of_the_scale(ungraded, scale, grade, steps):
    ungraded["question"].programme.scale = scale
    assert Grading(**ungraded, grade=grade).steps == steps


def test_a_grading_to_display_knows_the_dates_of_its_evidence_in_one_query(
    django_assert_num_queries,
):
    grading = factories.grading.make()
    factories.fieldwork.make(inspection=grading.inspection)
    factories.fieldwork.make(
        inspection=grading.inspection,
        organisation=grading.organisation,
        fieldwork_from=date(2024, 3, 1),
        fieldwork_to=date(2024, 3, 31),
        precision=Precision.MONTH,
        caveat="Another source says April.",
    )
    with django_assert_num_queries(1):
        shown = Grading.objects.for_display().get(pk=grading.pk)
        assert shown.fieldwork == "March 2024"
        assert shown.fieldwork_caveat == "Another source says April."
        assert (shown.organisation, shown.question, shown.scale) == (
            grading.organisation,
            grading.question,
            Scale.FIVE,
        )
        assert shown.inspection.published_on == factories.PUBLISHED_ON


def test_a_grading_without_recorded_fieldwork_has_no_fieldwork_dates():
    grading = factories.grading.make()
    assert Grading.objects.for_display().get(pk=grading.pk).fieldwork == ""


@pytest.fixture
def organisation_through_time():
    """A body with three gradings on the headline question, the newest under embargo, and one on
    another question."""
    organisation = factories.force.make()
    headline = Question.objects.get(is_headline=True)
    for published_on, grade in [
        (2022, Grade.INADEQUATE),
        (2024, Grade.ADEQUATE),
        (2026, Grade.GOOD),
    ]:
        day = date(published_on, 5, 1)
        inspection = factories.inspection.make(
            programme=headline.programme, published_on=day, public_at=factories.midnight(day)
        )
        factories.grading.make(
            inspection=inspection, organisation=organisation, question=headline, grade=grade
        )
    factories.grading.make(
        inspection=factories.inspection.make(published_on=date(2025, 5, 1)),
        organisation=organisation,
        grade=Grade.OUTSTANDING,
    )
    return organisation


def test_the_headline_grading_of_an_organisation_is_its_newest_public_one_on_the_headline_question(
    organisation_through_time,
):
    another = factories.grading.make(
        question=Question.objects.get(is_headline=True), grade=Grade.GOOD
    ).organisation
    organisations = Organisation.objects.filter(pk__in=[organisation_through_time.pk, another.pk])
    gradings = (
        Grading.objects.published(NOW)
        .headline()
        .for_display()
        .filter(organisation__in=organisations)
    )
    assert {grading.organisation: grading.grade for grading in gradings} == {
        organisation_through_time: Grade.ADEQUATE,
        another: Grade.GOOD,
    }
    assert len(gradings) == 2


def test_gradings_of_an_organisation_stand_newest_first(organisation_through_time):
    gradings = organisation_through_time.gradings.published(NOW).newest_first()
    assert [grading.grade for grading in gradings] == [
        Grade.OUTSTANDING,
        Grade.ADEQUATE,
        Grade.INADEQUATE,
    ]


def test_an_organisation_that_was_graded_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.grading.make().organisation.delete()
