"""What was found, what organisations responded and do, and what the inspectorate confirmed."""

from .confirmations import (
    Confirmation,
    ConfirmationCitation,
)
from .findings import (
    Finding,
    FindingCitation,
    FindingResponse,
    Response,
    ResponseCitation,
)
from .plans import (
    Action,
    ActionCitation,
    Plan,
)
from .themes import Theme
from .updates import (
    DueDateChange,
    Evidence,
    ProgressUpdate,
)

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
