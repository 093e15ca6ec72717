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
from lib.audit.as_at import had_value, value_then, was_recorded

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


def from_proposal(table: str, says: str, when: str, order: str) -> str:
    """What one of an action's approved proposals says, in an array, as it may be null."""
    return (
        f"(SELECT ARRAY[{says}] FROM {table} proposal WHERE proposal.action_id = row.id"
        f" AND proposal.state = '{ProposalState.PUBLISHED}' AND {when}"
        f" ORDER BY proposal.published_at {order}, proposal.id {order} LIMIT 1)"
    )


def by_approval(table: str, says: str, found: str, now: str, besides: str = "TRUE") -> str:
    """A column as last approved, or as the first approval later found it, or as it is now.

    With no approval at all, it has not changed.
    """
    last = from_proposal(table, says, f"proposal.published_at <= {MOMENT} AND {besides}", "DESC")
    later = from_proposal(table, found, f"proposal.published_at > {MOMENT}", "ASC")
    return f"(COALESCE({last}, {later}, ARRAY[{now}]))[1]"


UPDATES, DATES, OWNERS = (
    model._meta.db_table for model in (ProgressUpdate, DueDateChange, OwnerChange)
)
# Not the first date of an action.
MOVES = (
    "proposal.was_on IS DISTINCT FROM proposal.due_on AND (proposal.was_on IS NOT NULL"
    f" OR EXISTS (SELECT FROM {DATES} earlier WHERE earlier.action_id = row.id"
    f" AND earlier.state = '{ProposalState.PUBLISHED}'"
    " AND (earlier.published_at, earlier.id) < (proposal.published_at, proposal.id)))"
)

register(Finding, WITH_ITS_INSPECTION)
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


# Told apart from a join by "IS TRUE": the sources are read once, not for each citation.
BY_THEN = (
    "(citation.source_id IN (SELECT source.id FROM inspections_source source WHERE"
    f" {end('source.published_on', 'source.published_precision')} <= {DAY})) IS TRUE"
)
CITATIONS = "findings_actioncitation citation"
READ = f"EXISTS (SELECT FROM {CITATIONS} WHERE citation.action_id = row.id AND {BY_THEN})"
READ_OF = (
    f"EXISTS (SELECT FROM findings_action action JOIN {CITATIONS}"
    f" ON citation.action_id = action.id WHERE action.plan_id = row.id AND {BY_THEN})"
)
register(
    Action,
    f"({READ} OR {was_recorded(ACTION)}) AND {was_public('row.plan_id')}",
    {
        "status": by_approval(UPDATES, "proposal.status", "proposal.moved_from", "row.status"),
        "superseded_by_id": by_approval(
            UPDATES, "proposal.superseded_by_id", "NULL::bigint", "row.superseded_by_id"
        ),
        "owner_role": by_approval(
            OWNERS, "proposal.owner_role", "proposal.was_role", "row.owner_role"
        ),
        "due_on": by_approval(DATES, "proposal.due_on", "proposal.was_on", "row.due_on"),
        "due_set_by": by_approval(
            DATES,
            "proposal.set_by::text",
            "CASE WHEN proposal.was_on IS NULL THEN ''"
            f" ELSE {value_then(ACTION, 'due_set_by', 'row.due_set_by')} END",
            "row.due_set_by::text",
        ),
        "first_due_on": by_approval(
            DATES,
            "row.first_due_on",
            "CASE WHEN proposal.was_on IS NOT NULL THEN row.first_due_on END",
            "row.first_due_on",
        ),
        "due_moved_because": by_approval(
            DATES,
            "proposal.reason",
            value_then(ACTION, "due_moved_because", "row.due_moved_because"),
            "row.due_moved_because",
            besides=MOVES,
        ),
    },
)
register(Action.findings.through, WITH_ITS_FINDING)
register(
    Plan,
    f"(row.is_draft OR ({READ_OF} OR {was_recorded('findings_plan')}) AND {was_public('row.id')})",
)
register(ProgressUpdate, IS_APPROVED)
register(DueDateChange, IS_APPROVED)
register(OwnerChange, IS_APPROVED)
register(
    Evidence,
    f"(row.update_id IS NOT NULL OR {was_recorded('findings_evidence')}"
    f" AND NOT {had_value('findings_evidence', 'is_public', 'false')})",
)
