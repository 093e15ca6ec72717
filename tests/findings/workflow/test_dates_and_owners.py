"""Due dates and owners, each with its reason."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from findings.choices import DueSetBy
from findings.models import Action
from findings.progress import with_times_moved
from findings.workflow import propose_due_date, propose_owner, publish, send_back, withdraw
from lib.audit.models import Change
from tests import factories
from tests.workflow_steps import LATER, NOW, set_due_date, set_owner

pytestmark = pytest.mark.django_db

DAY = date(2025, 12, 1)


def test_the_first_due_date_each_move_and_its_reason_stay(action, writer):
    for due_on, reason in (
        (DAY, "Agreed."),
        (DAY + timedelta(days=30), "Late."),
        (DAY + timedelta(days=90), "Later."),
    ):
        set_due_date(action, due_on, DueSetBy.ORGANISATION, f" {reason} ", writer, NOW)
    action = with_times_moved(Action.objects).get(pk=action.pk)
    assert (action.first_due_on, action.due_on, action.due_set_by) == (
        DAY,
        DAY + timedelta(days=90),
        DueSetBy.ORGANISATION,
    )
    assert (action.due_moved_because, action.days_moved, action.slippage, action.times_moved) == (
        "Later.",
        90,
        "90 days later",
        2,
    )
    moves = list(action.due_date_changes.values_list("was_on", "due_on", "reason"))
    assert moves[0] == (DAY + timedelta(days=30), DAY + timedelta(days=90), "Later.")
    assert moves[-1] == (None, DAY, "Agreed.")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, ""),
        (1, "1 day later"),
        (-1, "1 day earlier"),
        (-30, "30 days earlier"),
        (1500, "1,500 days later"),
    ],
)
def test_slippage_is_told_in_days(days, words):
    assert (
        factories.action.prepare(first_due_on=DAY, due_on=DAY + timedelta(days=days)).slippage
        == words
    )


def test_a_date_that_is_taken_away_keeps_the_first(action, writer):
    set_due_date(action, DAY, DueSetBy.INSPECTORATE, "It says so.", writer, NOW)
    set_due_date(action, None, "", "It says so no more.", writer, LATER)
    action = Action.objects.get(pk=action.pk)
    assert (action.first_due_on, action.due_on, action.due_set_by, action.due_moved_because) == (
        DAY,
        None,
        "",
        "It says so no more.",
    )
    assert action in Action.objects.moved()


def test_a_date_that_is_set_again_says_why_it_is_another(action, writer):
    for due_on, set_by, reason in (
        (DAY, "organisation", "Agreed."),
        (None, "", "Paused."),
        (DAY + timedelta(days=90), "organisation", "Begun again."),
    ):
        set_due_date(action, due_on, set_by, reason, writer, NOW)
    action = Action.objects.get(pk=action.pk)
    assert (action.first_due_on, action.slippage, action.due_moved_because) == (
        DAY,
        "90 days later",
        "Begun again.",
    )


def test_who_set_a_date_is_corrected_without_moving_it(action, writer):
    set_due_date(action, DAY, DueSetBy.ORGANISATION, "Agreed.", writer, NOW)
    move = set_due_date(action, DAY, DueSetBy.INSPECTORATE, "The report has it.", writer, LATER)
    action = with_times_moved(Action.objects).get(pk=action.pk)
    assert (
        move.moves_the_date,
        action.times_moved,
        action.due_moved_because,
        action.due_set_by,
    ) == (False, 0, "", DueSetBy.INSPECTORATE)
    assert action not in Action.objects.moved()


@pytest.mark.parametrize(
    ("due_on", "set_by", "reason", "field"),
    [
        (DAY, DueSetBy.ORGANISATION, " ", "reason"),
        (DAY, "", "Agreed.", "__all__"),
        (None, DueSetBy.ORGANISATION, "Agreed.", "__all__"),
        (None, "", "Agreed.", "due_on"),
        (DAY, "nobody", "Agreed.", "set_by"),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_leaves_no_trace(
    due_on, set_by, reason, field, action, writer
):
    with pytest.raises(ValidationError) as refusal:
        set_due_date(action, due_on, set_by, reason, writer, NOW)
    assert set(refusal.value.message_dict) == {field}
    assert not action.due_date_changes.exists()
    assert Action.objects.get(pk=action.pk).due_on is None


@pytest.mark.parametrize("what", ["due date", "owner"])
def test_a_date_or_an_owner_is_not_public_until_another_approves_it(what, action, writer, approver):
    def propose(draft=None):
        if what == "owner":
            return propose_owner(action, "head of crime", "Agreed.", writer, NOW, draft)
        return propose_due_date(action, DAY, DueSetBy.ORGANISATION, "Agreed.", writer, NOW, draft)

    before = Action.objects.values().get(pk=action.pk)
    change = propose()
    assert Action.objects.values().get(pk=action.pk) == before
    with pytest.raises(ValidationError, match="Withdraw that first"):
        propose()
    with pytest.raises(ValidationError, match="Someone else must approve"):
        publish(change, writer, LATER)
    send_back(change, approver, "Say who agreed.")
    change = propose(type(change).objects.get())
    withdraw(change, writer)
    change = propose(type(change).objects.get())
    published = publish(change, approver, LATER)
    assert (published.by, published.reviewed_by, published.published_at) == (
        writer,
        approver,
        LATER,
    )
    after = Action.objects.get(pk=action.pk)
    assert (after.owner_role, after.due_on, after.first_due_on) == (
        ("head of crime", None, None) if what == "owner" else ("", DAY, DAY)
    )
    assert type(change).objects.count() == 1
    connection.check_constraints()


def test_an_owner_is_set_and_taken_away_with_a_reason(action, writer):
    assert set_owner(action, " head of crime ", "Agreed.", writer).owner_role == "head of crime"
    for role, reason, field in (
        ("head of crime", "Agreed.", "owner_role"),
        ("somebody else", " ", "reason"),
    ):
        with pytest.raises(ValidationError) as refusal:
            set_owner(action, role, reason, writer)
        assert set(refusal.value.message_dict) == {field}
    assert set_owner(action, "", "Agreed.", writer).owner_role == ""
    changes = Change.objects.of_column(Action, [action.pk], "owner_role")
    assert [change.after["owner_role"] for change in changes] == ["", "head of crime"]
