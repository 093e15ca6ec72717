"""Rows about the scales of grades."""

from typing import NamedTuple

from ..choices import Grade, Scale
from ..models import GradeMeaning


class ScaleGrade(NamedTuple):
    """A grade on a scale: its place among the steps, and its meaning if one is recorded."""

    grade: Grade
    steps: list[bool]
    meaning: str


def grades_by_scale() -> list[tuple[Scale, list[ScaleGrade]]]:
    """Each scale with its grades, best first; the scale in use comes first."""
    meanings = {(row.scale, row.grade): row.meaning for row in GradeMeaning.objects.all()}
    return [
        (
            scale,
            [
                ScaleGrade(
                    grade,
                    [step == grade for step in scale.grades],
                    meanings.get((scale, grade), ""),
                )
                for grade in reversed(scale.grades)
            ],
        )
        for scale in Scale
    ]


def scale_grades(scale: Scale) -> list[ScaleGrade]:
    """The grades of one scale, best first."""
    return dict(grades_by_scale())[scale]
