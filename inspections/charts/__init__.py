"""Figures of how organisations were graded, drawn from the rows of summaries."""

from .grades import grade_by_organisation, grades_by_programme, grades_by_region
from .through_time import grades_through_time

__all__ = [
    "grade_by_organisation",
    "grades_by_programme",
    "grades_by_region",
    "grades_through_time",
]
