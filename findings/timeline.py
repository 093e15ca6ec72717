"""The history of one action, from its updates, due dates, evidence and audit."""

from datetime import datetime
from typing import NamedTuple

from inspections.dates import midnight
from lib.audit.models import Change

from .choices import UpdateState
from .models import Action, DueDateChange, Evidence, ProgressUpdate


class Moment(NamedTuple):
    """One thing that happened to an action.

    It is one of: an update, or that it was sent back; a setting of the due date or the owner;
    evidence for the action as a whole; or a change of whether evidence is public.
    """

    at: datetime
    update: ProgressUpdate | None = None
    move: DueDateChange | None = None
    evidence: Evidence | None = None
    owned: Change | None = None
    sent_back: Change | None = None
    shown: Change | None = None

    def is_among(self, changes):
        """Whether any of these changes made it."""
        if change := self.owned or self.sent_back or self.shown:
            return change.pk in {change.pk for change in changes}
        row = self.update or self.move or self.evidence
        return (row._meta.db_table, row.pk) in {(change.table, change.row) for change in changes}


def timeline(action):
    """All that happened to an action, the newest first; an update counts from its sign-off."""
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
        *(Moment(move.at, move=move) for move in action.due_date_changes.select_related("by")),
        *(Moment(midnight(piece.dated_on), evidence=piece) for piece in action.evidence.all()),
        *(Moment(change.at, owned=change) for change in owners),
        *(
            Moment(change.at, sent_back=change)
            for change in states.filter(after__state=UpdateState.SENT_BACK)
        ),
        *(Moment(change.at, evidence=pieces[change.row], shown=change) for change in visibility),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)
