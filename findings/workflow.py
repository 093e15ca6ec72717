"""How an action moves: the table of allowed moves and the one function that makes them."""

from django.core.exceptions import ValidationError
from django.db import transaction

from .choices import ActionStatus
from .models import Action, ProgressUpdate

S = ActionStatus
# A status may also stay as it is: progress without a move. Ended actions reopen, a superseded one never does.
MOVES = {
    S.NOT_STARTED: (S.IN_PROGRESS, S.NOT_PURSUED, S.SUPERSEDED),
    S.IN_PROGRESS: (S.EMBEDDING, S.PENDING_SIGN_OFF, S.NOT_PURSUED, S.SUPERSEDED),
    S.EMBEDDING: (S.IN_PROGRESS, S.PENDING_SIGN_OFF, S.NOT_PURSUED, S.SUPERSEDED),
    S.PENDING_SIGN_OFF: (S.IN_PROGRESS, S.COMPLETE),
    S.COMPLETE: (S.IN_PROGRESS,),
    S.NOT_PURSUED: (S.IN_PROGRESS,),
    S.SUPERSEDED: (),
}


class StaleAction(ValidationError):
    """Somebody else moved the action since it was read."""


def allowed_statuses(status):
    """The statuses that an update may give an action now in `status`, the present one first."""
    status = ActionStatus(status)
    return [status, *MOVES[status]] if MOVES[status] else []


@transaction.atomic
def record_progress(action, status, note, by, at, version=None, superseded_by=None):
    """Append a progress update and move its action, both or neither; returns the update.

    `version` is the one that the writer had before them: a newer one raises `StaleAction` and nothing is written.
    Raises `ValidationError` for a move that is not allowed, an empty note, or a superseded action without its successor.
    """
    action = Action.objects.select_for_update().get(pk=action.pk)
    if version is not None and version != action.version:
        raise StaleAction("Somebody recorded progress on this action while you were writing. Read it, then record yours.")
    if status not in allowed_statuses(action.status):
        new = dict(ActionStatus.choices).get(status, status)
        raise ValidationError({"status": f"An action that is {action.get_status_display()} cannot become {new}."})
    if not note.strip():
        raise ValidationError({"note": "Say what happened."})
    if (status == ActionStatus.SUPERSEDED) != (superseded_by is not None):
        raise ValidationError({"superseded_by": "Name the action that takes its place when, and only when, it is superseded."})
    if superseded_by == action:
        raise ValidationError({"superseded_by": "An action cannot take its own place."})
    update = ProgressUpdate.objects.create(
        action=action,
        moved_from=action.status,
        status=status,
        note=note.strip(),
        by=by,
        at=at,
    )
    action.status = status
    action.superseded_by = superseded_by
    action.version += 1
    action.save(update_fields=["status", "superseded_by", "version"])
    return update
