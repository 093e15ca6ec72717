"""Sentences that sum up rows of findings and actions, and that tell what changed."""

from .changes import change, changes, corrections, counted_from
from .deadlines import deadline, deadlines_explained, deadlines_of, due_dates
from .overview import (
    actions_by_status,
    balance,
    complete_of,
    finding,
    findings_by_region,
    findings_by_theme,
    leaning,
    left_out,
    most_themes,
    plan,
    plans,
    report_responses,
    share,
    theme,
    theme_by_organisation,
    themes,
)

__all__ = [
    "actions_by_status",
    "balance",
    "change",
    "changes",
    "complete_of",
    "corrections",
    "counted_from",
    "deadline",
    "deadlines_explained",
    "deadlines_of",
    "due_dates",
    "finding",
    "findings_by_region",
    "findings_by_theme",
    "leaning",
    "left_out",
    "most_themes",
    "plan",
    "plans",
    "report_responses",
    "share",
    "theme",
    "theme_by_organisation",
    "themes",
]
