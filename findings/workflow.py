"""The workflow of actions and progress updates: two tables of transitions, and the commands.

A command is one transaction. Its `version` is what the writer has seen: if somebody else has
written since then, it raises `Stale` and saves nothing. What is not allowed raises
`ValidationError`.
"""

from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError

from lib.audit.conflicts import BUSY, is_locked, retry_on_deadlock
from lib.audit.context import change_reason
from lib.audit.models import Change

from .choices import ActionStatus, UpdateState
from .models import Action, DueDateChange, Finding, ProgressUpdate

S, U = ActionStatus, UpdateState
# A status may also stay the same. Actions that have ended may reopen, except superseded ones.
TRANSITIONS = {
    S.ANNOUNCED: (S.NOT_STARTED, S.IN_PROGRESS, S.NOT_PURSUED, S.SUPERSEDED),
    S.NOT_STARTED: (S.IN_PROGRESS, S.NOT_PURSUED, S.SUPERSEDED),
    S.IN_PROGRESS: (S.EMBEDDING, S.PENDING_SIGN_OFF, S.NOT_PURSUED, S.SUPERSEDED),
    S.EMBEDDING: (S.IN_PROGRESS, S.PENDING_SIGN_OFF, S.NOT_PURSUED, S.SUPERSEDED),
    S.PENDING_SIGN_OFF: (S.IN_PROGRESS, S.COMPLETE),
    S.COMPLETE: (S.IN_PROGRESS,),
    S.NOT_PURSUED: (S.IN_PROGRESS,),
    S.SUPERSEDED: (),
}
# The states of an update: its writer submits it, somebody else publishes it or sends it back.
UPDATE_TRANSITIONS = {
    U.DRAFT: (U.SUBMITTED,),
    U.SUBMITTED: (U.PUBLISHED, U.SENT_BACK),
    U.SENT_BACK: (U.SUBMITTED,),
    U.PUBLISHED: (),
}
WRITTEN_AT_ONCE = "Someone else saved a change at the same moment."


class Stale(ValidationError):
    """Somebody else wrote since this was read; nothing was saved. `unseen` are the changes."""

    def __init__(self, sentence, unseen=()):
        super().__init__(sentence)
        self.unseen = list(unseen)


class Busy(ValidationError):
    """Somebody else holds a lock for too long; nothing was saved."""


def command(function):
    """Run a function as one transaction, and again after a deadlock.

    Raises `Stale` if somebody else wrote at the same moment, `Busy` if they are still writing.
    """
    whole = retry_on_deadlock(function)

    @wraps(function)
    def run(*args, **kwargs):
        try:
            return whole(*args, **kwargs)
        except IntegrityError as error:
            raise Stale(WRITTEN_AT_ONCE) from error
        except OperationalError as error:
            if not is_locked(error):
                raise
            raise Busy(BUSY) from error

    return run


# What all commands use


def allowed_statuses(status):
    """The statuses that an update may give to an action in this status, beginning with that."""
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
            {"superseded_by": "Name the action that replaces it if, and only if, it is superseded."}
        )
    if superseded_by == action:
        raise ValidationError({"superseded_by": "An action cannot replace itself."})


def check_update_transition(update, state):
    """Raises `ValidationError` unless the update may take this state now."""
    if state not in UPDATE_TRANSITIONS[update.state]:
        if state == UpdateState.SUBMITTED:
            raise ValidationError(
                f"It is {update.get_state_display()}: only a draft can be changed. A later "
                "update can correct it."
            )
        raise ValidationError(f"It is {update.get_state_display()}, not waiting for sign-off.")


def check_writer(update, by):
    """Raises `ValidationError` unless the update is this person's own and can be submitted."""
    check_update_transition(update, UpdateState.SUBMITTED)
    if update.by != by:
        raise ValidationError("Only the person who wrote a draft can change it.")


def unseen_changes(row, version):
    """The changes of a row, or of its parts, since this version."""
    return list(Change.objects.of_itself(row._meta.db_table, row.pk).unseen(version))


def lock_row(model, row, version=None):
    """Lock a row; raises `Stale` if it was deleted, or has changed since this version."""
    # No ordering, which may join other tables; and others may still refer to the row.
    locked = model.objects.select_for_update(no_key=True).order_by().filter(pk=row.pk).first()
    unseen = unseen_changes(locked, version) if locked and version is not None else []
    if locked is None or unseen:
        raise Stale(
            "Someone else changed this while you were writing. Read their changes, "
            "then save yours.",
            unseen,
        )
    return locked


# Updates


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
    for_sign_off=False,
    version=None,
):
    """Write a new draft or rewrite the writer's own `draft`, and submit it if `for_sign_off`.

    `evidence` is a piece not yet saved; `without` are pieces to delete from the draft.
    """
    report = {"status": status, "note": note, "superseded_by": superseded_by}
    if draft:
        update = rewrite_update(draft, by=by, at=at, version=version, **report)
    else:
        update = write_update(action, by=by, at=at, version=version, **report)
    if without is not None:
        without.delete()
    if evidence is not None:
        evidence.update = update
        evidence.save()
    return submit(update, by, at) if for_sign_off else update


@command
def write_update(action, status, note, by, at, version=None, superseded_by=None):
    """Write a new draft; the action keeps its status until the draft is published."""
    action = lock_row(Action, action, version)
    return save_update(ProgressUpdate(action=action, by=by), status, note, at, superseded_by)


@command
def rewrite_update(update, status, note, by, at, version=None, superseded_by=None):
    """Rewrite the writer's own draft, or update that was sent back. `version` is the action's."""
    action = lock_row(Action, update.action, version)
    update = lock_row(ProgressUpdate, update)
    check_writer(update, by)
    update.action = action
    return save_update(update, status, note, at, superseded_by)


def save_update(update, status, note, at, superseded_by):
    """Check and save an update; its action must be locked."""
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
    """Delete a draft with its evidence; an update that was once submitted cannot be deleted."""
    update = lock_row(ProgressUpdate, update)
    check_writer(update, by)
    if not update.is_draft:
        raise ValidationError("It was sent back to be corrected, so it cannot be deleted.")
    update.evidence.all().delete()
    update.delete()


@command
def submit(update, by, at):
    """Submit a draft for sign-off."""
    update = lock_row(ProgressUpdate, update)
    check_writer(update, by)
    check_transition(update.action, update.status, update.superseded_by)
    update.state, update.at = UpdateState.SUBMITTED, at
    update.save()
    return update


@command
def publish(update, by, at, alone=False, version=None):
    """Publish an update and move its action. `version` is the update's.

    `alone` lets one person sign off what they wrote themselves.
    """
    action = lock_row(Action, update.action)
    update = lock_row(ProgressUpdate, update, version)
    check_update_transition(update, UpdateState.PUBLISHED)
    if update.by == by and not alone:
        raise ValidationError("Someone else must sign off what you wrote.")
    check_transition(action, update.status, update.superseded_by)
    # If two people sign at the same moment, the one who had to wait must have the later time.
    last = action.updates.signed_off().first()
    if last and last.signed_at >= at:
        at = last.signed_at + timedelta(microseconds=1)
    update.state, update.moved_from = UpdateState.PUBLISHED, action.status
    update.signed_by, update.signed_at, update.comment = by, at, ""
    action.status, action.superseded_by = update.status, update.superseded_by
    # The reason for the change is what the organisation reported, not the signing off.
    with change_reason(f"Signed off what was reported: {update.note}", by):
        update.save()
        action.save(update_fields=["status", "superseded_by"])
    return update


@command
def send_back(update, by, comment, version=None):
    """Return an update to its writer, with the reason. `version` is the update's."""
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
    """Whether people may publish what they wrote themselves, as very small teams have to."""
    return settings.ONE_PERSON_MAY_SIGN_OFF


# An action's date and owner


@command
def set_due_date(action, due_on, set_by, reason, by, at, version=None):
    """Set, move or remove an action's due date; the first date and all changes are kept."""
    action = lock_row(Action, action, version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why you are setting this date."})
    if due_on == action.due_on and set_by == action.due_set_by:
        raise ValidationError({"due_on": "That is already its due date."})
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
    """Record the due date that a new action was entered with; None if it has none."""
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
    """Set the role that owns an action; an empty text removes it."""
    action = lock_row(Action, action, version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why you are setting this owner."})
    if role.strip() == action.owner_role:
        raise ValidationError({"owner_role": "That is already its owner."})
    action.owner_role = role.strip()
    action.full_clean()
    with change_reason(reason.strip(), by):
        action.save(update_fields=["owner_role"])
    return action


@command
def link_repeat(finding, earlier, reason):
    """Link a finding to the earlier one that it repeats; False if it repeats one already."""
    with change_reason(reason):
        unlinked = Finding.objects.filter(pk=finding.pk, repeats__isnull=True)
        return bool(unlinked.update(repeats=earlier))


def changeable_fields(evidence):
    """The fields of evidence that may be changed on its own page.

    Once it is submitted with its update, evidence can only be given a new review date or be
    withdrawn from the public. A trigger enforces the same (`signed_off_with_its_update`).
    """
    if evidence.action_id:
        return ["title", "shows", "dated_on", "review_on", "is_public"]
    if evidence.update.is_open:
        return []
    return ["review_on", "is_public"] if evidence.is_public else ["review_on"]
