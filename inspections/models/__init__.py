"""What was inspected, how it was graded, and where we read it."""

from .comments import PolicingBodyComment
from .gradings import (
    PLACED_ON,
    Grading,
    GradingCitation,
)
from .inspections import (
    Fieldwork,
    FieldworkCitation,
    Inspection,
    InspectionCitation,
)
from .lifetimes import (
    DID_NOT_EXIST_THEN,
    EXISTED_WHEN_INSPECTED,
    covered_by,
    current_or_inspected,
    with_last_inspected,
)
from .monitoring import (
    MonitoringEvent,
    MonitoringEventCitation,
)
from .programmes import (
    GradeMeaning,
    Programme,
    Question,
    Strand,
)
from .sources import (
    Citation,
    FactQuerySet,
    Source,
)

__all__ = [
    "DID_NOT_EXIST_THEN",
    "EXISTED_WHEN_INSPECTED",
    "PLACED_ON",
    "Citation",
    "FactQuerySet",
    "Fieldwork",
    "FieldworkCitation",
    "GradeMeaning",
    "Grading",
    "GradingCitation",
    "Inspection",
    "InspectionCitation",
    "MonitoringEvent",
    "MonitoringEventCitation",
    "PolicingBodyComment",
    "Programme",
    "Question",
    "Source",
    "Strand",
    "covered_by",
    "current_or_inspected",
    "with_last_inspected",
]
