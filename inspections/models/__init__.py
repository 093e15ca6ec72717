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
from .lifetimes import (
    DID_NOT_EXIST_THEN,
    EXISTED_WHEN_INSPECTED,
    current_or_inspected,
    with_last_inspected,
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
    "DID_NOT_EXIST_THEN",
    "EXISTED_WHEN_INSPECTED",
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
    "current_or_inspected",
    "with_last_inspected",
]
