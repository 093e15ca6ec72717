"""Findings, responses and plans as they were published by a day.

- A finding counts from its inspection's publication.
- A response counts from the day it was given, or where that is not known, from its inspection's
  publication. A confirmation counts from its own day.
- An action counts from its earliest dated source, at the latest from the day it was entered here,
  and not before its plan was public here. A plan counts from its first action, or where it has
  none, from the day it was entered here.
- What is approved here (progress, a due date, an owner) counts from its approval. Before the first,
  an action is as that one found it.
- Evidence counts from the approval of its update; that of an action, from the day it was public
  here.
"""

# ruff: noqa: S608  nothing but names and words of our own is put into the SQL

from inspections.as_at import (
    LATER_INSPECTIONS,
    UNDER_EMBARGO,
    WITH_ITS_INSPECTION,
    citations_of,
    end,
    is_later,
    register_citations,
)
from inspections.models import Source
from lib.as_at.tables import DAY, MOMENT, register
from lib.audit.as_at import had_value, recorded, value_then

from .choices import ProposalState
from .models import (
    Action,
    Confirmation,
    DueDateChange,
    Evidence,
    Finding,
    OwnerChange,
    Plan,
    ProgressUpdate,
    Response,
)

WITH_ITS_FINDING = "row.finding_id IN (SELECT id FROM as_at.findings_finding)"
IS_APPROVED = f"row.state = '{ProposalState.PUBLISHED}' AND row.published_at <= {MOMENT}"
ACTION = "findings_action"


def approved(table: str) -> str:
    """The approved proposals of an action: `proposal`."""
    return (
        f"FROM {table} proposal WHERE proposal.action_id = row.id"
        f" AND proposal.state = '{ProposalState.PUBLISHED}'"
    )


def last_approved(table: str, column: str, besides: str = "") -> str:
    """What the last proposal that had been approved says."""
    return (
        f"(SELECT proposal.{column} {approved(table)} AND proposal.published_at <= {MOMENT}"
        f"{besides} ORDER BY proposal.published_at DESC, proposal.id DESC LIMIT 1)"
    )


def first_later(table: str, column: str) -> str:
    """What the first proposal that was approved later says."""
    return (
        f"(SELECT proposal.{column} {approved(table)} AND proposal.published_at > {MOMENT}"
        " ORDER BY proposal.published_at, proposal.id LIMIT 1)"
    )


def by_approval(table: str, says: str, found: str, now: str) -> str:
    """A column as last approved, or as the first approval later found it, or as it is now.

    With no approval at all, it has not changed.
    """
    return (
        f"CASE WHEN EXISTS (SELECT {approved(table)} AND proposal.published_at <= {MOMENT})"
        f" THEN {says}"
        f" WHEN EXISTS (SELECT {approved(table)}) THEN {found} ELSE {now} END"
    )


UPDATES, DATES, OWNERS = (
    model._meta.db_table for model in (ProgressUpdate, DueDateChange, OwnerChange)
)
MOVED = (
    " AND proposal.was_on IS DISTINCT FROM proposal.due_on AND (proposal.was_on IS NOT NULL"
    f" OR EXISTS (SELECT FROM {DATES} earlier WHERE earlier.action_id = row.id"
    f" AND earlier.state = '{ProposalState.PUBLISHED}'"
    " AND (earlier.published_at, earlier.id) < (proposal.published_at, proposal.id)"
    " AND COALESCE(earlier.was_on, earlier.due_on) IS NOT NULL))"
)
FIRST_DATES = " AND COALESCE(proposal.was_on, proposal.due_on) IS NOT NULL"

register(Finding, WITH_ITS_INSPECTION)
register(Finding.themes.through, WITH_ITS_FINDING)
register(Finding.organisations.through, WITH_ITS_FINDING)
register(
    Response,
    f"(NOT {is_later('row.said_on', 'row.said_precision')}"
    f" AND (row.inspection_id IN {LATER_INSPECTIONS}) IS NOT TRUE"
    f" AND (row.finding_id IS NULL OR {WITH_ITS_FINDING})"
    f" OR row.inspection_id IN {UNDER_EMBARGO}"
    f" OR row.finding_id IN (SELECT id FROM findings_finding"
    f" WHERE inspection_id IN {UNDER_EMBARGO}))",
)
register(Confirmation, f"NOT {is_later('row.confirmed_on')}")
for citation in citations_of(Source):
    if citation._meta.app_label == "findings":
        register_citations(citation)


def was_public(plan: str) -> str:
    """The condition that a plan was no draft later than the day; `plan` is the SQL for its key."""
    return f"NOT {had_value('findings_plan', 'is_draft', 'true', plan)}"


READ_BY_THEN = (
    "EXISTS (SELECT FROM findings_actioncitation citation"
    " JOIN inspections_source source ON source.id = citation.source_id"
    " WHERE citation.action_id = row.id AND"
    f" {end('source.published_on', 'source.published_precision')} <= {DAY})"
)
register(
    Action,
    f"({READ_BY_THEN} OR {recorded(ACTION)}) AND {was_public('row.plan_id')}",
    {
        "status": by_approval(
            UPDATES,
            last_approved(UPDATES, "status"),
            first_later(UPDATES, "moved_from"),
            "row.status",
        ),
        "superseded_by_id": by_approval(
            UPDATES, last_approved(UPDATES, "superseded_by_id"), "NULL", "row.superseded_by_id"
        ),
        "owner_role": by_approval(
            OWNERS,
            last_approved(OWNERS, "owner_role"),
            first_later(OWNERS, "was_role"),
            "row.owner_role",
        ),
        "due_on": by_approval(
            DATES, last_approved(DATES, "due_on"), first_later(DATES, "was_on"), "row.due_on"
        ),
        "due_set_by": by_approval(
            DATES,
            last_approved(DATES, "set_by"),
            f"CASE WHEN {first_later(DATES, 'was_on')} IS NULL THEN ''"
            f" ELSE {value_then(ACTION, 'due_set_by', 'row.due_set_by')} END",
            "row.due_set_by",
        ),
        "first_due_on": by_approval(
            DATES,
            f"CASE WHEN {last_approved(DATES, 'id', FIRST_DATES)} IS NOT NULL"
            " THEN row.first_due_on END",
            f"CASE WHEN {first_later(DATES, 'was_on')} IS NOT NULL THEN row.first_due_on END",
            "row.first_due_on",
        ),
        "due_moved_because": (
            f"COALESCE({last_approved(DATES, 'reason', MOVED)},"
            f" {value_then(ACTION, 'due_moved_because', 'row.due_moved_because')})"
        ),
    },
)
register(Action.findings.through, WITH_ITS_FINDING)
register(
    Plan,
    "(row.is_draft OR (EXISTS (SELECT FROM as_at.findings_action action"
    f" WHERE action.plan_id = row.id) OR {recorded('findings_plan')})"
    f" AND {was_public('row.id')})",
)
register(ProgressUpdate, IS_APPROVED)
register(DueDateChange, IS_APPROVED)
register(OwnerChange, IS_APPROVED)
register(
    Evidence,
    f"(row.update_id IS NOT NULL OR {recorded('findings_evidence')}"
    f" AND NOT {had_value('findings_evidence', 'is_public', 'false')})",
)
