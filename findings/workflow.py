"""The workflow of actions and of what is proposed about them: two tables, and the commands.

A command is one transaction. Its `version` is what the writer has seen: if somebody else has
written since then, it raises `Stale` and saves nothing. What is not allowed raises
`ValidationError`.
"""

from datetime import timedelta
from functools import wraps

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError

from lib.audit.conflicts import BUSY, is_locked, retry_on_deadlock
from lib.audit.context import change_reason
from lib.audit.models import Change

from .choices import ActionStatus, ProposalState
from .models import Action, DueDateChange, Finding, OwnerChange, ProgressUpdate
from .models.proposals import WITHDRAWN

S, P = ActionStatus, ProposalState
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
# The states of a proposal: a progress update, due date or owner. Its writer submits it, and may
# take it back until somebody else decides on it. Only what is left behind is closed.
PROPOSAL_TRANSITIONS = {
    P.DRAFT: (P.SUBMITTED, P.CLOSED),
    P.SUBMITTED: (P.PUBLISHED, P.SENT_BACK, P.DRAFT, P.CLOSED),
    P.SENT_BACK: (P.SUBMITTED, P.CLOSED),
    P.PUBLISHED: (),
    P.CLOSED: (),
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
            raise Busy(BUSY, code="busy") from error

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


def check_proposal_transition(proposal, state):
    """Raises `ValidationError` unless the proposal may take this state now."""
    if state not in PROPOSAL_TRANSITIONS[proposal.state]:
        if state == ProposalState.SUBMITTED:
            now = proposal.get_state_display()
            raise ValidationError(f"It is {now}: only a draft can be changed.")
        raise ValidationError(f"It is {proposal.get_state_display()}, not awaiting approval.")


def check_writer(proposal, by):
    """Raises `ValidationError` unless the proposal is this person's own and can be submitted."""
    check_proposal_transition(proposal, ProposalState.SUBMITTED)
    if proposal.by != by:
        raise ValidationError("Only the person who wrote a draft can change it.")


def check_left_behind(proposal, reason, on):
    """Raises `ValidationError` unless its writer has no role here now, and a reason is given."""
    if not type(proposal).objects.left_behind(on).filter(pk=proposal.pk).exists():
        raise ValidationError("Its writer still has a role here, and can change or withdraw it.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why you are taking it over or closing it."})


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
    for_approval=False,
    version=None,
):
    """Write a new draft or rewrite the writer's own `draft`, and submit it if `for_approval`.

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
    return submit(update, by, at) if for_approval else update


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


# Proposals of any kind


@command
def discard(proposal, by):
    """Delete a draft, with its evidence; what was once sent back cannot be deleted."""
    proposal = lock_row(type(proposal), proposal)
    check_writer(proposal, by)
    if not proposal.is_draft:
        raise ValidationError("It was sent back to be corrected, so it cannot be deleted.")
    if isinstance(proposal, ProgressUpdate):
        proposal.evidence.all().delete()
    proposal.delete()


@command
def submit(proposal, by, at):
    """Submit a draft for approval."""
    proposal = lock_row(type(proposal), proposal)
    check_writer(proposal, by)
    check_proposed(proposal.action, proposal)
    proposal.state, proposal.at = ProposalState.SUBMITTED, at
    proposal.save()
    return proposal


@command
def withdraw(proposal, by, version=None):
    """Take back what nobody has approved yet: it is again what it was before it was submitted."""
    proposal = lock_row(type(proposal), proposal, version)
    check_proposal_transition(proposal, ProposalState.DRAFT)
    if proposal.by != by:
        raise ValidationError("Only the person who wrote it can withdraw it.")
    proposal.state = ProposalState.SENT_BACK if proposal.comment else ProposalState.DRAFT
    with change_reason(WITHDRAWN, by):
        proposal.save()
    return proposal


@command
def publish(proposal, by, at, alone=False, version=None):
    """Publish a proposal, and do to its action what it says. `version` is the proposal's.

    `alone` lets one person approve what they wrote themselves.
    """
    action = lock_row(Action, proposal.action)
    proposal = lock_row(type(proposal), proposal, version)
    check_proposal_transition(proposal, ProposalState.PUBLISHED)
    if proposal.by == by and not alone:
        raise ValidationError("Someone else must approve what you wrote.")
    check_proposed(action, proposal)
    # If two people approve at the same moment, the one who had to wait must have the later time.
    last = type(proposal).objects.filter(action=action).approved().first()
    if last and last.published_at >= at:
        at = last.published_at + timedelta(microseconds=1)
    fields, reason = apply_to_action(action, proposal)
    proposal.state, proposal.comment = ProposalState.PUBLISHED, ""
    proposal.reviewed_by, proposal.published_at = by, at
    # The reason for the change is what the organisation reported, not the approval.
    with change_reason(reason, by):
        proposal.save()
        action.save(update_fields=fields)
    return proposal


def check_proposed(action, proposal):
    """Raises `ValidationError` unless what is proposed can be done to the action as it is now."""
    if isinstance(proposal, ProgressUpdate):
        check_transition(action, proposal.status, proposal.superseded_by)
    elif isinstance(proposal, DueDateChange):
        if (proposal.due_on, proposal.set_by) == (action.due_on, action.due_set_by):
            raise ValidationError({"due_on": "That is already its due date."})
    elif proposal.owner_role == action.owner_role:
        raise ValidationError({"owner_role": "That is already its owner."})


def apply_to_action(action, proposal):
    """Set what is proposed on the action, and on the proposal what it replaces; saves nothing.

    Returns the action's fields that change, and the reason for the audit.
    """
    if isinstance(proposal, ProgressUpdate):
        proposal.moved_from = action.status
        action.status, action.superseded_by = proposal.status, proposal.superseded_by
        return ["status", "superseded_by"], f"Approved what was reported: {proposal.note}"
    if isinstance(proposal, DueDateChange):
        proposal.was_on = action.due_on
        if action.first_due_on and proposal.due_on != action.due_on:
            action.due_moved_because = proposal.reason
        action.due_on, action.due_set_by = proposal.due_on, proposal.set_by
        action.keep_first_due_on()
        fields = ["due_on", "due_set_by", "first_due_on", "due_moved_because"]
        return fields, proposal.reason
    proposal.was_role, action.owner_role = action.owner_role, proposal.owner_role
    return ["owner_role"], proposal.reason


@command
def send_back(proposal, by, comment, version=None):
    """Return a proposal to its writer, with the reason. `version` is the proposal's."""
    proposal = lock_row(type(proposal), proposal, version)
    check_proposal_transition(proposal, ProposalState.SENT_BACK)
    if not comment.strip():
        raise ValidationError({"comment": "Say why it is sent back."})
    return review(proposal, ProposalState.SENT_BACK, by, comment.strip())


def review(proposal, state, by, comment):
    """Save the state that somebody else than its writer gives to a proposal, and why."""
    proposal.state, proposal.reviewed_by, proposal.comment = state, by, comment
    with change_reason(comment, by):
        proposal.save()
    return proposal


@command
def take_over(proposal, by, reason, on, version=None):
    """Make oneself the writer of a draft that somebody without a role any more left behind."""
    proposal = lock_row(type(proposal), proposal, version)
    check_proposal_transition(proposal, ProposalState.SUBMITTED)
    check_left_behind(proposal, reason, on)
    if type(proposal).objects.filter(action=proposal.action_id, by=by).open().exists():
        raise ValidationError("You have a draft of your own here. Submit or delete it first.")
    proposal.by = by
    proposal.full_clean()
    with change_reason(reason.strip(), by):
        proposal.save()
    return proposal


@command
def close(proposal, by, reason, on, version=None):
    """Close what somebody without a role any more left behind: nobody will publish it."""
    proposal = lock_row(type(proposal), proposal, version)
    check_proposal_transition(proposal, ProposalState.CLOSED)
    check_left_behind(proposal, reason, on)
    return review(proposal, ProposalState.CLOSED, by, reason.strip())


# An action's date and owner


@command
def propose_due_date(action, due_on, set_by, reason, by, at, draft=None, version=None):
    """Submit a due date, or that there is none any more; the writer's own `draft` is rewritten.

    Once it is published, the action keeps its first date and why it moved.
    """
    action = lock_row(Action, action, version)
    change = lock_row(DueDateChange, draft) if draft else DueDateChange(action=action, by=by)
    change.was_on, change.due_on, change.set_by = action.due_on, due_on, set_by
    return propose(action, change, reason, by, at)


@command
def propose_owner(action, role, reason, by, at, draft=None, version=None):
    """Submit the role that is to own an action; an empty text for none."""
    action = lock_row(Action, action, version)
    change = lock_row(OwnerChange, draft) if draft else OwnerChange(action=action, by=by)
    change.was_role, change.owner_role = action.owner_role, role.strip()
    return propose(action, change, reason, by, at)


def propose(action, change, reason, by, at):
    """Check and submit a change of a date or an owner; its action must be locked."""
    check_writer(change, by)
    if not reason.strip():
        raise ValidationError({"reason": f"Say why you are setting this {change.NOUN}."})
    check_proposed(action, change)
    change.reason, change.state, change.at = reason.strip(), ProposalState.SUBMITTED, at
    change.full_clean()
    with change_reason(change.reason, by):
        change.save()
    return change


@command
def link_repeats(links):
    """Link findings to earlier ones for a reason each: all, or none if one is linked by now."""
    for finding, earlier, reason in links:
        with change_reason(reason):
            unlinked = Finding.objects.filter(pk=finding.pk, repeats__isnull=True)
            if not unlinked.update(repeats=earlier):
                sentence = f"{finding.full_reference} repeats another finding already, or is gone."
                raise Stale(f"{sentence} A finding is linked to one earlier finding only.")
