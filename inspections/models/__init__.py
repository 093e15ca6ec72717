"""What was inspected, how it was graded, and where we read it."""

from .comments import PolicingBodyComment
from .inspections import (
    Fieldwork,
    FieldworkCitation,
    Grading,
    GradingCitation,
    Inspection,
    InspectionCitation,
)
from .programmes import (
    GradeMeaning,
    Programme,
    Question,
)
from .sources import (
    Citation,
    FactQuerySet,
    Source,
)

__all__ = [
    "Citation",
    "FactQuerySet",
    "Fieldwork",
    "FieldworkCitation",
    "GradeMeaning",
    "Grading",
    "GradingCitation",
    "Inspection",
    "InspectionCitation",
    "PolicingBodyComment",
    "Programme",
    "Question",
    "Source",
]
