"""What was found, what organisations responded and do, and what the inspectorate confirmed."""

from .conditions import IS_COMPLETE, IS_OPEN, IS_UNDATED, is_overdue
from .confirmations import (
    Confirmation,
    ConfirmationCitation,
)
from .findings import (
    Finding,
    FindingCitation,
)
from .plans import (
    Action,
    ActionCitation,
    Plan,
)
from .proposals import (
    DueDateChange,
    OwnerChange,
    Proposal,
)
from .responses import (
    FindingResponse,
    Response,
    ResponseCitation,
)
from .themes import Theme
from .updates import (
    Evidence,
    ProgressUpdate,
)

__all__ = [
    "IS_COMPLETE",
    "IS_OPEN",
    "IS_UNDATED",
    "Action",
    "ActionCitation",
    "Confirmation",
    "ConfirmationCitation",
    "DueDateChange",
    "Evidence",
    "Finding",
    "FindingCitation",
    "FindingResponse",
    "OwnerChange",
    "Plan",
    "ProgressUpdate",
    "Proposal",
    "Response",
    "ResponseCitation",
    "Theme",
    "is_overdue",
]
