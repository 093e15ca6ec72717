"""What staff do with actions and updates: two tables of transitions, and a command for each step.

A command is whole or not at all. Its `version` is what the writer had seen; where somebody else wrote
since, it raises `Stale` and nothing is saved. What may not be, it refuses with a `ValidationError`.
"""

from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from lib.audit.conflicts import retry_on_deadlock
from lib.audit.context import change_reason
from lib.audit.models import Change

from .choices import ActionStatus, UpdateState
from .models import Action, DueDateChange, ProgressUpdate

S, U = ActionStatus, UpdateState
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
# An update's way to the public: its writer hands it in, somebody else publishes it or sends it back.
UPDATE_TRANSITIONS = {
    U.DRAFT: (U.SUBMITTED,),
    U.SUBMITTED: (U.PUBLISHED, U.SENT_BACK),
    U.SENT_BACK: (U.SUBMITTED,),
    U.PUBLISHED: (),
}
WRITTEN_AT_ONCE = "Somebody else wrote at the same moment."


class Stale(ValidationError):
    """Somebody else wrote since this was read; nothing was saved. `unseen` are the changes."""

    def __init__(self, sentence, unseen=()):
        super().__init__(sentence)
        self.unseen = list(unseen)


def command(function):
    """A change that is made whole or not at all, once more after a deadlock."""
    whole = retry_on_deadlock(function)

    @wraps(function)
    def run(*args, **kwargs):
        try:
            return whole(*args, **kwargs)
        except IntegrityError as error:
            raise Stale(WRITTEN_AT_ONCE) from error

    return run


# What holds of every command


def allowed_statuses(status):
    """The statuses that an update may give an action now in `status`, the present one first."""
    status = ActionStatus(status)
    return [status, *TRANSITIONS[status]] if TRANSITIONS[status] else []


def check_transition(action, status, superseded_by):
    """Raises `ValidationError` unless the action may take this status now."""
    if status not in allowed_statuses(action.status):
        new = dict(ActionStatus.choices).get(status, status)
        raise ValidationError(
            {"status": f"An action that is {action.get_status_display()} cannot become {new}."}
        )
    if (status == ActionStatus.SUPERSEDED) != (superseded_by is not None):
        raise ValidationError(
            {
                "superseded_by": "Name the action that takes its place when, and only when, "
                "it is superseded."
            }
        )
    if superseded_by == action:
        raise ValidationError({"superseded_by": "An action cannot take its own place."})


def check_update_transition(update, state):
    """Raises `ValidationError` unless the update may take this state now."""
    if state not in UPDATE_TRANSITIONS[update.state]:
        if state == UpdateState.SUBMITTED:
            raise ValidationError(
                f"It is {update.get_state_display()}: only a draft can be changed. "
                "A later update corrects it."
            )
        raise ValidationError(f"It is {update.get_state_display()}, not waiting for sign-off.")


def check_writer(update, by):
    """Raises `ValidationError` unless this may still be handed in, and is that person's own."""
    check_update_transition(update, UpdateState.SUBMITTED)
    if update.by != by:
        raise ValidationError("Only who wrote a draft changes it.")


def unseen_changes(row, version):
    """What somebody changed of a row, or of its parts, since this version."""
    return list(Change.objects.of_itself(row._meta.db_table, row.pk).unseen(version))


def lock_row(model, row, version=None):
    """The row, locked; raises `Stale` where it is gone, or was changed since this version of it."""
    # Alone, without the rows that it would be sorted by; who ties a row to this one needs not wait.
    locked = model.objects.select_for_update(no_key=True).order_by().filter(pk=row.pk).first()
    unseen = unseen_changes(locked, version) if locked and version is not None else []
    if locked is None or unseen:
        raise Stale(
            "Somebody else changed this while you were writing. Read it, then save yours.", unseen
        )
    return locked


# An update's way


@command
def record_progress(
    action,
    by,
    at,
    *,
    status,
    note,
    superseded_by=None,
    draft=None,
    evidence=None,
    without=None,
    hand_in=False,
    version=None,
):
    """What a body reports, as a new draft or in place of the writer's own `draft`; perhaps handed in.

    `evidence` is a piece not yet saved, `without` are pieces that the draft has no more.
    """
    written = {"status": status, "note": note, "superseded_by": superseded_by}
    if draft:
        update = rewrite_update(draft, by=by, at=at, version=version, **written)
    else:
        update = write_update(action, by=by, at=at, version=version, **written)
    if without is not None:
        without.delete()
    if evidence is not None:
        evidence.update = update
        evidence.save()
    return submit(update, by, at) if hand_in else update


@command
def write_update(action, status, note, by, at, version=None, superseded_by=None):
    """A new draft; the action's status stays as it is until the draft is signed off."""
    action = lock_row(Action, action, version)
    return save_update(ProgressUpdate(action=action, by=by), status, note, at, superseded_by)


@command
def rewrite_update(update, status, note, by, at, version=None, superseded_by=None):
    """What a draft, or an update sent back, says instead; its writer's alone. `version` is the action's."""
    action = lock_row(Action, update.action, version)
    update = lock_row(ProgressUpdate, update)
    check_writer(update, by)
    update.action = action
    return save_update(update, status, note, at, superseded_by)


def save_update(update, status, note, at, superseded_by):
    """Saves what an update says of its action, which is locked."""
    check_transition(update.action, status, superseded_by)
    if not note.strip():
        raise ValidationError({"note": "Say what happened."})
    update.moved_from, update.status = update.action.status, status
    update.superseded_by, update.note, update.at = superseded_by, note.strip(), at
    update.full_clean()
    update.save()
    return update


@command
def discard(update, by):
    """Throws a draft away, with its evidence; what was ever submitted stays."""
    update = lock_row(ProgressUpdate, update)
    check_writer(update, by)
    if not update.is_draft:
        raise ValidationError("It was sent back to be put right: it cannot be thrown away.")
    update.evidence.all().delete()
    update.delete()


@command
def submit(update, by, at):
    """Hands a draft to whoever signs off."""
    update = lock_row(ProgressUpdate, update)
    check_writer(update, by)
    check_transition(update.action, update.status, update.superseded_by)
    update.state, update.at = UpdateState.SUBMITTED, at
    update.save()
    return update


@command
def publish(update, by, at, alone=False, version=None):
    """Signs an update off and moves its action, both or neither; `alone` lets a very small team sign its own.

    `version` is the update's.
    """
    action = lock_row(Action, update.action)
    update = lock_row(ProgressUpdate, update, version)
    check_update_transition(update, UpdateState.PUBLISHED)
    if update.by == by and not alone:
        raise ValidationError("Somebody else signs off what you wrote.")
    check_transition(action, update.status, update.superseded_by)
    # Two may sign at the same moment: the one who had to wait comes after, whatever their clocks said.
    last = action.updates.signed_off().first()
    if last and last.signed_at >= at:
        at = last.signed_at + timedelta(microseconds=1)
    update.state, update.moved_from = UpdateState.PUBLISHED, action.status
    update.signed_by, update.signed_at, update.comment = by, at, ""
    action.status, action.superseded_by = update.status, update.superseded_by
    # Whoever signs off gives no reason of their own: what moves the action is what its body reported.
    with change_reason(f"Signed off what was reported: {update.note}", by):
        update.save()
        action.save(update_fields=["status", "superseded_by"])
    return update


@command
def send_back(update, by, comment, version=None):
    """Returns an update to its writer, with the reason. `version` is the update's."""
    update = lock_row(ProgressUpdate, update, version)
    check_update_transition(update, UpdateState.SENT_BACK)
    if not comment.strip():
        raise ValidationError({"comment": "Say why it is sent back."})
    update.state, update.signed_by = UpdateState.SENT_BACK, by
    update.comment = comment.strip()
    with change_reason(update.comment, by):
        update.save()
    return update


def may_sign_alone():
    """Whether one person may publish what they wrote themselves, as a very small team has to."""
    return settings.ONE_PERSON_MAY_SIGN_OFF


# An action's date and owner


@command
def set_due_date(action, due_on, set_by, reason, by, at, version=None):
    """Dates an action, moves its date or takes it away; the first date, each change and its reason stay."""
    action = lock_row(Action, action, version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the date is set."})
    if due_on == action.due_on and set_by == action.due_set_by:
        raise ValidationError({"due_on": "That is its date already."})
    change = DueDateChange(
        action=action,
        was_on=action.due_on,
        due_on=due_on,
        set_by=set_by,
        reason=reason.strip(),
        by=by,
        at=at,
    )
    if action.first_due_on and due_on != action.due_on:
        action.due_moved_because = change.reason
    action.due_on, action.due_set_by = due_on, set_by
    action.full_clean()
    with change_reason(change.reason, by):
        change.save()
        action.save()
    return change


def first_due_date(action, by, at):
    """What the history of an action begins with that was entered with a date; None where it has none."""
    if action.due_on is None:
        return None
    return DueDateChange.objects.create(
        action=action,
        due_on=action.due_on,
        set_by=action.due_set_by,
        reason="The date with which it was entered.",
        by=by,
        at=at,
    )


@command
def set_owner(action, role, reason, by, version=None):
    """Says which role owns an action; an empty one takes it away. The history keeps the old one, and why."""
    action = lock_row(Action, action, version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the owner is set."})
    if role.strip() == action.owner_role:
        raise ValidationError({"owner_role": "That is its owner already."})
    action.owner_role = role.strip()
    action.full_clean()
    with change_reason(reason.strip(), by):
        action.save(update_fields=["owner_role"])
    return action


def changeable_fields(evidence):
    """The fields of evidence that may still change, but for the draft's own writer on the page of the draft.

    What was signed off, or waits for it, stays as it was: it is only looked at again, or withdrawn from the public. The database
    holds to the same (`signed_off_with_its_update`).
    """
    if evidence.action_id:
        return ["title", "shows", "dated_on", "review_on", "is_public"]
    if evidence.update.is_open:
        return []
    return ["review_on", "is_public"] if evidence.is_public else ["review_on"]
