"""The grades of each scale, and what they mean."""

import pytest

from inspections import summaries
from inspections.choices import Grade, Scale
from inspections.models import GradeMeaning

pytestmark = pytest.mark.django_db


def test_each_scale_has_its_grades_best_first_and_only_one_has_adequate():
    scales = dict(summaries.grades_by_scale())
    assert [row.grade for row in scales[Scale.FIVE]] == sorted(Grade, reverse=True)
    assert Grade.ADEQUATE not in [row.grade for row in scales[Scale.FOUR]]
    assert [row.steps.index(True) for row in scales[Scale.FOUR]] == [3, 2, 1, 0]


def test_a_grade_without_a_recorded_meaning_has_none_made_up():
    GradeMeaning.objects.filter(scale=Scale.FIVE, grade=Grade.GOOD).delete()
    scales = dict(summaries.grades_by_scale())
    meanings = {row.grade: row.meaning for row in scales[Scale.FIVE]}
    assert meanings[Grade.GOOD] == ""
    assert meanings[Grade.INADEQUATE]
