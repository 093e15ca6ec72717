from datetime import datetime, time
from typing import NamedTuple

from django.utils import timezone

from lib.audit.models import Change

from .choices import UpdateState
from .models import Action, DueDateChange, Evidence, ProgressUpdate


class Moment(NamedTuple):
    """One thing that happened to an action: an update or its sending back, a setting of its date or owner, evidence for it
    as a whole, or that a piece of evidence was withdrawn from the public, or shown to it."""

    at: datetime
    update: ProgressUpdate | None = None
    move: DueDateChange | None = None
    evidence: Evidence | None = None
    owned: Change | None = None
    sent_back: Change | None = None
    shown: Change | None = None

    def is_among(self, changes):
        """Whether some changes are what made it."""
        if change := self.owned or self.sent_back or self.shown:
            return change.pk in {change.pk for change in changes}
        row = self.update or self.move or self.evidence
        made = {(change.table, change.row) for change in changes}
        return (row._meta.db_table, row.pk) in made


def timeline(action):
    """All that was written about an action, the newest first; an update stands where it was signed off, once it is."""
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
    shown = Change.objects.of_column(Evidence, list(pieces), "is_public")
    moments = [
        *(Moment(update.signed_at or update.at, update=update) for update in updates),
        *(Moment(move.at, move=move) for move in action.due_date_changes.select_related("by")),
        *(Moment(midnight(piece.dated_on), evidence=piece) for piece in action.evidence.all()),
        *(Moment(change.at, owned=change) for change in owners),
        *(
            Moment(change.at, sent_back=change)
            for change in states.filter(after__state=UpdateState.SENT_BACK)
        ),
        *(Moment(change.at, evidence=pieces[change.row], shown=change) for change in shown),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def midnight(on):
    """The moment at which a day begins here."""
    return timezone.make_aware(datetime.combine(on, time.min))
