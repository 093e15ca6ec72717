"""How an action moves: the table of allowed moves, and an update's way from its writer to the public."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from lib.audit.context import change_reason

from .choices import ActionStatus, UpdateState
from .models import Action, DueDateChange, ProgressUpdate

S = ActionStatus
# A status may also stay as it is: progress without a move. Ended actions reopen, a superseded one never does.
TRANSITIONS = {
    S.NOT_STARTED: (S.IN_PROGRESS, S.NOT_PURSUED, S.SUPERSEDED),
    S.IN_PROGRESS: (S.EMBEDDING, S.PENDING_SIGN_OFF, S.NOT_PURSUED, S.SUPERSEDED),
    S.EMBEDDING: (S.IN_PROGRESS, S.PENDING_SIGN_OFF, S.NOT_PURSUED, S.SUPERSEDED),
    S.PENDING_SIGN_OFF: (S.IN_PROGRESS, S.COMPLETE),
    S.COMPLETE: (S.IN_PROGRESS,),
    S.NOT_PURSUED: (S.IN_PROGRESS,),
    S.SUPERSEDED: (),
}


class Stale(ValidationError):
    """Somebody else wrote since this was read; nothing was saved."""


def allowed_statuses(status):
    """The statuses that an update may give an action now in `status`, the present one first."""
    status = ActionStatus(status)
    return [status, *TRANSITIONS[status]] if TRANSITIONS[status] else []


def check_move(action, status, superseded_by):
    """Raises `ValidationError` unless the action may take this status now."""
    if status not in allowed_statuses(action.status):
        new = dict(ActionStatus.choices).get(status, status)
        raise ValidationError(
            {"status": f"An action that is {action.get_status_display()} cannot become {new}."}
        )
    if (status == ActionStatus.SUPERSEDED) != (superseded_by is not None):
        raise ValidationError(
            {
                "superseded_by": "Name the action that takes its place when, and only when, it is superseded."
            }
        )
    if superseded_by == action:
        raise ValidationError({"superseded_by": "An action cannot take its own place."})


def lock_row(model, row, version):
    """The row, locked; raises `Stale` where it is gone, or no longer the version that the writer had before them."""
    # Alone, without the rows that it would be sorted by; who ties a row to this one needs not wait.
    row = model.objects.select_for_update(no_key=True).order_by().filter(pk=row.pk).first()
    if row is None or version not in (None, row.version):
        raise Stale("Somebody else changed this while you were writing. Read it, then save yours.")
    return row


@transaction.atomic
def write_update(action, status, note, by, at, version=None, superseded_by=None):
    """A new draft of what a body reports; the action's status stays as it is until the draft is signed off.

    `version` is the action's that the writer had before them: a newer one raises `Stale` and nothing is written.
    Raises `ValidationError` for a move that is not allowed, an empty note, or a superseded action without its successor.
    """
    action = lock_row(Action, action, version)
    return save_update(ProgressUpdate(action=action, by=by), status, note, at, superseded_by)


@transaction.atomic
def rewrite_update(update, status, note, by, at, version=None, superseded_by=None):
    """What a draft, or an update sent back, says instead; its writer's alone. `version` is the action's, as above."""
    action = lock_row(Action, update.action, version)
    update = lock_row(ProgressUpdate, update, None)
    check_writer(update, by)
    update.action = action
    return save_update(update, status, note, at, superseded_by)


def check_writer(update, by):
    """Raises `ValidationError` unless this is a draft, or was sent back, and is that person's own."""
    if not update.is_open:
        raise ValidationError(
            f"It is {update.get_state_display()}: only a draft can be changed. A later update corrects it."
        )
    if update.by != by:
        raise ValidationError("Only who wrote a draft changes it.")


def save_update(update, status, note, at, superseded_by):
    """Saves what an update says. Its action, locked, takes a new version, so that whoever else is writing on it is told."""
    check_move(update.action, status, superseded_by)
    if not note.strip():
        raise ValidationError({"note": "Say what happened."})
    update.moved_from, update.status, update.superseded_by = (
        update.action.status,
        status,
        superseded_by,
    )
    update.note, update.at = note.strip(), at
    update.version += update.pk is not None
    update.full_clean()
    update.save()
    renewed(update.action)
    return update


def renewed(action, *fields):
    """Saves these fields of an action, locked, under a new version."""
    action.version += 1
    action.save(update_fields=[*fields, "version"])


@transaction.atomic
def discard(update, by, version=None):
    """Throws a draft away, with its evidence; what was ever submitted stays."""
    update = lock_row(ProgressUpdate, update, version)
    check_writer(update, by)
    if update.state != UpdateState.DRAFT:
        raise ValidationError("It was sent back to be put right: it cannot be thrown away.")
    update.evidence.all().delete()
    update.delete()


@transaction.atomic
def submit(update, by, at):
    """Hands a draft to whoever signs off."""
    update = lock_row(ProgressUpdate, update, None)
    check_writer(update, by)
    check_move(update.action, update.status, update.superseded_by)
    update.state, update.at = UpdateState.SUBMITTED, at
    update.version += 1
    update.save()
    return update


@transaction.atomic
def publish(update, by, at, alone=False, version=None):
    """Signs an update off and moves its action, both or neither; `alone` lets a very small team sign its own.

    `version` is the update's that the reader had before them.
    """
    action = lock_row(Action, update.action, None)
    update = waiting(update, by, alone, version)
    check_move(action, update.status, update.superseded_by)
    # Two may sign at the same moment: the one who had to wait comes after, whatever their clocks said.
    last = action.updates.signed_off().first()
    if last and last.signed_at >= at:
        at = last.signed_at + timedelta(microseconds=1)
    update.state, update.moved_from = UpdateState.PUBLISHED, action.status
    update.signed_by, update.signed_at, update.comment = by, at, ""
    update.version += 1
    action.status, action.superseded_by = update.status, update.superseded_by
    # Whoever signs off gives no reason of their own: what moves the action is what its body reported.
    with change_reason(f"Signed off what was reported: {update.note}", by):
        update.save()
        renewed(action, "status", "superseded_by")
    return update


@transaction.atomic
def send_back(update, by, comment, version=None):
    """Returns an update to its writer, with the reason."""
    update = waiting(update, by, True, version)
    if not comment.strip():
        raise ValidationError({"comment": "Say why it is sent back."})
    update.state, update.signed_by, update.comment = UpdateState.SENT_BACK, by, comment.strip()
    update.version += 1
    with change_reason(update.comment, by):
        update.save()
    return update


def waiting(update, by, alone, version):
    """The update, locked, where it waits for sign-off, and by another than its writer unless `alone`."""
    update = lock_row(ProgressUpdate, update, version)
    if not update.is_waiting:
        raise ValidationError(f"It is {update.get_state_display()}, not waiting for sign-off.")
    if update.by == by and not alone:
        raise ValidationError("Somebody else signs off what you wrote.")
    return update


@transaction.atomic
def set_due_date(action, due_on, set_by, reason, by, at, version=None):
    """Dates an action, moves its date or takes it away; the first date, each move and its reason stay."""
    action = lock_row(Action, action, version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the date is set."})
    if due_on == action.due_on and set_by == action.due_set_by:
        raise ValidationError({"due_on": "That is its date already."})
    move = DueDateChange(
        action=action,
        was_on=action.due_on,
        due_on=due_on,
        set_by=set_by,
        reason=reason.strip(),
        by=by,
        at=at,
    )
    if action.first_due_on and due_on != action.due_on:
        action.due_moved_because = move.reason
    action.due_on, action.due_set_by = due_on, set_by
    action.version += 1
    action.full_clean()
    with change_reason(move.reason, by):
        move.save()
        action.save()
    return move


def first_due_date(action, by, at):
    """What the history of an action begins with that was entered with a date; None where it has none."""
    if action.due_on is None:
        return None
    reason = "The date with which it was entered."
    return DueDateChange.objects.create(
        action=action, due_on=action.due_on, set_by=action.due_set_by, reason=reason, by=by, at=at
    )


@transaction.atomic
def set_owner(action, role, reason, by, version=None):
    """Says which role owns an action; an empty one takes it away. The trace keeps the old one, who changed it and the reason."""
    action = lock_row(Action, action, version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the owner is set."})
    if role.strip() == action.owner_role:
        raise ValidationError({"owner_role": "That is its owner already."})
    action.owner_role = role.strip()
    action.full_clean()
    with change_reason(reason.strip(), by):
        renewed(action, "owner_role")
    return action


def changeable(evidence):
    """The fields of evidence that may still change, but for the draft's own writer on the page of the draft.

    What was signed off, or waits for it, stays as it was: it is only looked at again, or withdrawn from the public. The database
    holds to the same (`signed_off_with_its_update`).
    """
    if evidence.action_id:
        return ["title", "shows", "dated_on", "review_on", "is_public"]
    if evidence.update.is_open:
        return []
    return ["review_on", "is_public"] if evidence.is_public else ["review_on"]
