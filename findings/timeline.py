"""The history of one action, from its updates, due dates, evidence and audit."""

from datetime import datetime
from typing import NamedTuple

from inspections.dates import midnight
from lib.audit.models import Change

from .choices import UpdateState
from .models import Action, DueDateChange, Evidence, ProgressUpdate


class Moment(NamedTuple):
    """One thing that happened to an action.

    It is one of these: an update, an update sent back, a change of the due date or of the owner,
    evidence for the action as a whole, or evidence shown to the public or withdrawn.
    """

    at: datetime
    update: ProgressUpdate | None = None
    due_date_change: DueDateChange | None = None
    evidence: Evidence | None = None
    owner_change: Change | None = None
    sent_back: Change | None = None
    visibility_change: Change | None = None

    def is_among(self, changes):
        """Whether it is one of these changes."""
        if change := self.owner_change or self.sent_back or self.visibility_change:
            return change.pk in {change.pk for change in changes}
        row = self.update or self.due_date_change or self.evidence
        return (row._meta.db_table, row.pk) in {(change.table, change.row) for change in changes}


def timeline(action):
    """All that happened to an action, newest first; an update takes the time of its sign-off."""
    updates = (
        action.updates.with_people()
        .select_related("superseded_by__plan")
        .prefetch_related("evidence")
    )
    owners = Change.objects.of_column(Action, [action.pk], "owner_role")
    states = Change.objects.of_column(ProgressUpdate, [update.pk for update in updates], "state")
    pieces = {
        piece.pk: piece
        for piece in [
            *action.evidence.all(),
            *(piece for update in updates for piece in update.evidence.all()),
        ]
    }
    visibility = Change.objects.of_column(Evidence, list(pieces), "is_public")
    moments = [
        *(Moment(update.signed_at or update.at, update=update) for update in updates),
        *(
            Moment(change.at, due_date_change=change)
            for change in action.due_date_changes.select_related("by")
        ),
        *(Moment(midnight(piece.dated_on), evidence=piece) for piece in action.evidence.all()),
        *(Moment(change.at, owner_change=change) for change in owners),
        *(
            Moment(change.at, sent_back=change)
            for change in states.filter(after__state=UpdateState.SENT_BACK)
        ),
        *(
            Moment(change.at, evidence=pieces[change.row], visibility_change=change)
            for change in visibility
        ),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)
