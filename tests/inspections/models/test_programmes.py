"""Programmes, their questions, and what grades mean."""

import pytest
from django.core.exceptions import ValidationError

from inspections.choices import Grade, Scale
from inspections.models import (
    GradeMeaning,
    Question,
)
from tests import factories
from tests.refusals import assert_refused

pytestmark = pytest.mark.django_db


def test_a_question_is_asked_once_in_a_programme():
    asked = factories.question.make()
    assert_refused(
        factories.question.prepare(programme=asked.programme, slug=asked.slug),
        "question_is_asked_once_per_programme",
    )


def test_two_programmes_may_ask_the_same_question():
    asked = factories.question.make()
    factories.question.make(slug=asked.slug, position=asked.position).full_clean()


def test_two_questions_of_a_programme_share_no_place():
    asked = factories.question.make()
    assert_refused(
        factories.question.prepare(programme=asked.programme, position=asked.position),
        "one_question_per_position",
    )


def test_there_is_one_headline_question():
    assert Question.objects.filter(is_headline=True).count() == 1
    another = factories.question.prepare(programme=factories.programme.make(), is_headline=True)
    assert_refused(another, "one_headline_question")


def test_the_headline_question_is_graded():
    Question.objects.update(is_headline=False)
    ungraded = factories.question.prepare(
        programme=factories.programme.make(), is_headline=True, is_graded=False
    )
    assert_refused(ungraded, "headline_question_is_graded")


def test_a_grade_has_one_meaning_on_a_scale():
    GradeMeaning.objects.get_or_create(
        scale=Scale.FIVE, grade=Grade.GOOD, defaults={"meaning": "Good."}
    )
    assert_refused(
        GradeMeaning(scale=Scale.FIVE, grade=Grade.GOOD, meaning="Better."),
        "one_meaning_per_grade_of_a_scale",
    )
    GradeMeaning(scale=Scale.FOUR, grade=Grade.GOOD, meaning="Good.").full_clean()


def test_the_four_level_scale_has_no_adequate():
    assert Grade.ADEQUATE not in Scale.FOUR.grades
    assert_refused(
        GradeMeaning(scale=Scale.FOUR, grade=Grade.ADEQUATE, meaning="Fair."),
        "no_adequate_on_the_four_level_scale",
    )


def test_grades_are_in_order_worst_first():
    assert [grade.slug for grade in Scale.FIVE.grades] == [
        "inadequate",
        "requires-improvement",
        "adequate",
        "good",
        "outstanding",
    ]


def test_cycles_follow_one_another_and_never_in_a_circle():
    first = factories.programme.make(first_year=2014)
    assert_refused(
        factories.programme.prepare(first_year=14), "programme_first_year_is_of_our_time"
    )
    first.follows = first
    assert_refused(first, "programme_does_not_follow_itself")
    first.refresh_from_db()
    first.follows = factories.programme.make(follows=first)
    with pytest.raises(ValidationError, match="in a circle"):
        first.full_clean()


def test_only_a_cycle_that_follows_another_cannot_be_compared_with_it():
    assert_refused(
        factories.programme.prepare(not_comparable_because="The scale changed."),
        "only_a_programme_that_follows_another_is_not_comparable",
    )


def test_a_question_goes_by_its_name_and_the_wordings_of_sources():
    question = factories.question.prepare(
        name="Victims", also_written="Victim service\nVictims’ care"
    )
    assert question.wordings == ["Victims", "Victim service", "Victims’ care"]
