"""Plans and actions: open, overdue, undated, unowned, unconfirmed."""

from datetime import UTC, datetime, timedelta

import pytest

from findings.choices import (
    ENDED_STATUSES,
    ActionStatus,
    ClosureStatus,
)
from findings.models import (
    Action,
    Finding,
)
from findings.progress import with_overdue_action
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
DAY = NOW.date()


@pytest.mark.parametrize("status", ActionStatus)
def test_an_action_is_open_until_it_is_complete_not_pursued_or_superseded(status):
    action = factories.action_in(status=status)
    ended = status in ("complete", "not_pursued", "superseded")
    assert (status in ENDED_STATUSES) is ended
    assert action.has_ended is ended
    assert (action in Action.objects.open()) is not ended
    assert (action in Action.objects.complete()) is (status == "complete")


@pytest.mark.parametrize(
    ("status", "due_on", "is_overdue"),
    [
        ("in_progress", DAY - timedelta(days=1), True),
        ("not_started", DAY - timedelta(days=1), True),
        ("pending_sign_off", DAY - timedelta(days=1), True),
        ("in_progress", DAY, False),
        ("in_progress", DAY + timedelta(days=1), False),
        ("in_progress", None, False),
        ("complete", DAY - timedelta(days=1), False),
        ("not_pursued", DAY - timedelta(days=1), False),
        ("superseded", DAY - timedelta(days=1), False),
    ],
)
def test_an_action_is_overdue_when_it_is_dated_and_past_and_not_ended(status, due_on, is_overdue):
    finding = factories.finding.make()
    action = factories.action_in(ActionStatus(status), due_on, findings=[finding])
    assert action.is_overdue(DAY) is is_overdue
    assert (action in Action.objects.overdue(DAY)) is is_overdue
    assert (finding in with_overdue_action(Finding.objects, DAY, NOW)) is is_overdue


def test_a_finding_is_not_overdue_for_an_action_under_embargo():
    finding = factories.finding.make()
    factories.action_in(
        due_on=DAY - timedelta(days=1), findings=[finding], plan__inspection__public_at=None
    )
    assert finding not in with_overdue_action(Finding.objects, DAY, NOW)


def test_an_open_action_without_a_date_is_undated():
    undated, dated, ended = (
        factories.action_in(),
        factories.action_in(due_on=DAY),
        factories.action_in(ActionStatus.COMPLETE),
    )
    assert undated in Action.objects.undated()
    assert not {dated, ended} & {*Action.objects.undated()}


def test_an_open_action_without_an_owner_is_unowned():
    unowned, owned = factories.action_in(), factories.action_in(owner_role="made-up officer")
    ended = factories.action_in(ActionStatus.COMPLETE)
    assert unowned in Action.objects.unowned()
    assert not {owned, ended} & {*Action.objects.unowned()}


def test_a_complete_action_is_unconfirmed_until_a_finding_that_it_answers_is_closed():
    finding = factories.finding.make()
    action = factories.action_in(ActionStatus.COMPLETE, findings=[finding])
    factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.BEING_PROGRESSED, confirmed_on=DAY
    )
    assert action in Action.objects.unconfirmed()
    factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.CLOSED, confirmed_on=DAY + timedelta(days=1)
    )
    assert action not in Action.objects.unconfirmed()
    factories.confirmation.make(
        finding=finding,
        closure_status=ClosureStatus.BEING_PROGRESSED,
        confirmed_on=DAY + timedelta(days=2),
    )
    assert action in Action.objects.unconfirmed()


def test_a_complete_action_that_answers_nothing_is_unconfirmed():
    assert factories.action_in(ActionStatus.COMPLETE) in Action.objects.unconfirmed()


def test_an_action_that_is_not_complete_is_not_unconfirmed():
    assert factories.action_in(ActionStatus.PENDING_SIGN_OFF) not in Action.objects.unconfirmed()


def test_a_date_has_moved_when_it_is_no_longer_the_first():
    moved = factories.action.make(
        due_on=DAY,
        first_due_on=DAY - timedelta(days=9),
        due_set_by="organisation",
        due_moved_because="So.",
    )
    taken_away = factories.action.make(first_due_on=DAY, due_moved_because="So.")
    factories.action.make(due_on=DAY, due_set_by="organisation")
    factories.action.make()
    assert set(Action.objects.moved().filter(plan__organisation__region__is_synthetic=True)) == {
        moved,
        taken_away,
    }
