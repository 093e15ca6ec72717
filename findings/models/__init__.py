from .findings import (
    Confirmation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    FindingResponse,
    Response,
    ResponseCitation,
    Theme,
)
from .plans import Action, ActionCitation, DueDateChange, Evidence, Plan, ProgressUpdate

__all__ = [
    "Action",
    "ActionCitation",
    "Confirmation",
    "ConfirmationCitation",
    "DueDateChange",
    "Evidence",
    "Finding",
    "FindingCitation",
    "FindingResponse",
    "Plan",
    "ProgressUpdate",
    "Response",
    "ResponseCitation",
    "Theme",
]
