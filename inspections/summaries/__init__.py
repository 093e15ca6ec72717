"""Rows about how organisations were graded."""

from .evidence import EvidenceSpan, evidence_span
from .headline import (
    GradeCount,
    HeadlineGrading,
    RegionGrades,
    forces_of,
    grade_counts,
    grades_by_region,
    gradings_before,
    headline_gradings,
    when_inspected,
)
from .inspection import (
    CommentsClock,
    OrganisationGradings,
    comments_clock,
    gradings_by_organisation,
    gradings_of_successors,
)
from .scales import ScaleGrade, grades_by_scale

__all__ = [
    "CommentsClock",
    "EvidenceSpan",
    "GradeCount",
    "HeadlineGrading",
    "OrganisationGradings",
    "RegionGrades",
    "ScaleGrade",
    "comments_clock",
    "evidence_span",
    "forces_of",
    "grade_counts",
    "grades_by_region",
    "grades_by_scale",
    "gradings_before",
    "gradings_by_organisation",
    "gradings_of_successors",
    "headline_gradings",
    "when_inspected",
]
