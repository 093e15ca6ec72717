"""The history of one action, from its updates, due dates, evidence and audit."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from inspections.dates import midnight
from lib.audit.models import Change, row_key

from .choices import ProposalState
from .models import DueDateChange, Evidence, OwnerChange, ProgressUpdate, Proposal
from .models.proposals import WITHDRAWN


class Moment(NamedTuple):
    """One thing that happened to an action.

    It is one of these: an update, a change of the due date or of the owner, one of them sent back,
    closed or taken over, evidence for the action as a whole, or evidence shown or withdrawn.
    """

    at: datetime
    update: ProgressUpdate | None = None
    due_date_change: DueDateChange | None = None
    evidence: Evidence | None = None
    owner_change: OwnerChange | None = None
    sent_back: Change | None = None
    closed: Change | None = None
    taken_over: Change | None = None
    visibility_change: Change | None = None

    @property
    def change(self) -> Change | None:
        """The change of the audit that tells of it, if it is no row of its own."""
        return self.sent_back or self.closed or self.taken_over or self.visibility_change

    @property
    def proposal(self) -> Proposal | None:
        """The update, due date or owner that it is, if it is one."""
        return self.update or self.due_date_change or self.owner_change

    def is_among(self, changes):
        """Whether it is one of these changes."""
        if self.change:
            return self.change.pk in {change.pk for change in changes}
        row = self.proposal or self.evidence
        return (row._meta.db_table, row.pk) in {(change.table, change.row) for change in changes}


def reviews(proposals):
    """What others than their writers did to proposals, short of publishing them; one query."""
    keys = [row_key(proposal._meta.db_table, proposal.pk) for proposal in proposals]
    tables = {proposal._meta.db_table for proposal in proposals}
    changes = Change.objects.filter(about__overlap=keys, table__in=tables, operation="UPDATE")
    back, closed = Q(after__state=ProposalState.SENT_BACK), Q(after__state=ProposalState.CLOSED)
    for change in changes.filter(back & ~Q(reason=WITHDRAWN) | closed | Q(before__has_key="by_id")):
        if "by_id" in change.before:
            yield Moment(change.at, taken_over=change)
        elif change.after["state"] == ProposalState.CLOSED:
            yield Moment(change.at, closed=change)
        else:
            yield Moment(change.at, sent_back=change)


def timeline(action):
    """All that happened to an action, newest first; a proposal has the time of its publication."""
    updates = (
        action.updates.with_people()
        .select_related("superseded_by__plan")
        .prefetch_related("evidence")
    )
    due_dates = action.due_date_changes.with_people()
    owners = action.owner_changes.with_people()
    pieces = {
        piece.pk: piece
        for piece in [
            *action.evidence.all(),
            *(piece for update in updates for piece in update.evidence.all()),
        ]
    }
    visibility = Change.objects.of_column(Evidence, list(pieces), "is_public")
    moments = [
        *(Moment(row.published_at or row.at, update=row) for row in updates),
        *(Moment(row.published_at or row.at, due_date_change=row) for row in due_dates),
        *(Moment(row.published_at or row.at, owner_change=row) for row in owners),
        *reviews([*updates, *due_dates, *owners]),
        *(Moment(midnight(piece.dated_on), evidence=piece) for piece in action.evidence.all()),
        *(
            Moment(change.at, evidence=pieces[change.row], visibility_change=change)
            for change in visibility
        ),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)
