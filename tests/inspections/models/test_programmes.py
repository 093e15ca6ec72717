"""Programmes, their questions, and what grades mean."""

import pytest

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
