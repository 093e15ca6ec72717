"""The steps of an action and its updates, taken by commands."""

from datetime import UTC, datetime, timedelta

from findings.choices import ActionStatus, ProposalState
from findings.models import Action, ProgressUpdate
from findings.workflow import (
    close,
    propose_due_date,
    propose_owner,
    publish,
    send_back,
    submit,
    write_update,
)
from lib.audit.models import Change
from tests import factories

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def make_action(status):
    """An action in a status, with another that may take its place."""
    other = factories.action.make()
    superseded_by = other if status == ActionStatus.SUPERSEDED else None
    return factories.action.make(plan=other.plan, status=status, superseded_by=superseded_by), other


def write(action, status, by, **kwargs):
    return write_update(
        action, status, **{"note": "Nothing was changed.", "by": by, "at": NOW} | kwargs
    )


def set_due_date(action, due_on, set_by, reason, by, at=NOW, **kwargs):
    """A due date that one person proposes, and another approves."""
    change = propose_due_date(action, due_on, set_by, reason, by, at, **kwargs)
    return publish(change, factories.staff.make(), at)


def set_owner(action, role, reason, by, at=NOW, **kwargs):
    """An owner that one person proposes, and another approves."""
    change = propose_owner(action, role, reason, by, at, **kwargs)
    return publish(change, factories.staff.make(), at)


def in_state(action, state, by=None, approver=None):
    """An update of an action that has come so far."""
    by, approver = by or factories.staff.make(), approver or factories.staff.make()
    update = write(action, ActionStatus.EMBEDDING, by)
    if state != ProposalState.DRAFT:
        submit(update, by, NOW)
    if state == ProposalState.SENT_BACK:
        send_back(update, approver, "Say more.")
    if state == ProposalState.CLOSED:
        close(update, approver, "Nobody is left.", NOW.date())
    if state == ProposalState.PUBLISHED:
        publish(update, approver, LATER)
    return ProgressUpdate.objects.get(pk=update.pk)


def assert_untouched(action):
    stored = Action.objects.get(pk=action.pk)
    assert (stored.status, stored.superseded_by) == (action.status, action.superseded_by)
    changes = Change.objects.of_itself("findings_action", action.pk)
    assert [change.operation for change in changes] == ["INSERT"]
    assert not action.updates.exists()
