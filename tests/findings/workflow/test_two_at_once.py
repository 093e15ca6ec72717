"""Two who write at once, or of whom one read what is no more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection, transaction

from findings.choices import ActionStatus, DueSetBy, ProposalState
from findings.models import Action, ProgressUpdate
from findings.workflow import (
    Stale,
    publish,
    rewrite_update,
    send_back,
    submit,
)
from lib.audit.models import Change
from tests import factories
from tests.workflow_steps import LATER, NOW, in_state, set_due_date, set_owner, write

pytestmark = pytest.mark.django_db

DAY = date(2025, 12, 1)


def test_whoever_read_an_older_version_is_told_and_nothing_is_written(action, writer, approver):
    read = Change.objects.version()
    first = write(action, ActionStatus.EMBEDDING, writer, version=read)
    for late in (
        lambda: write(action, ActionStatus.PENDING_SIGN_OFF, approver, version=read),
        lambda: rewrite_update(first, ActionStatus.EMBEDDING, "Mine.", writer, LATER, version=read),
        lambda: set_due_date(
            action, DAY, DueSetBy.ORGANISATION, "Agreed.", approver, NOW, version=read
        ),
        lambda: set_owner(action, "head of crime", "Agreed.", approver, version=read),
    ):
        with pytest.raises(Stale):
            late()
    assert list(action.updates.values_list("note", flat=True)) == ["Nothing was changed."]
    assert not action.due_date_changes.exists()


@pytest.mark.parametrize(
    "step", [publish, lambda update, by, at, version: send_back(update, by, "No.", version)]
)
def test_whoever_approves_what_was_rewritten_meanwhile_is_told(step, action, writer, approver):
    update = in_state(action, ProposalState.SUBMITTED, writer, approver)
    read = Change.objects.version()
    send_back(update, approver, "Say more.")
    rewrite_update(update, update.status, "More.", writer, NOW)
    submit(update, writer, NOW)
    with pytest.raises(Stale):
        step(update, approver, LATER, version=read)
    assert ProgressUpdate.objects.get(pk=update.pk).state == ProposalState.SUBMITTED


def test_the_status_that_counts_is_the_one_stored_and_not_the_one_in_hand(action):
    in_hand = Action.objects.get(pk=action.pk)
    factories.reported(action, ActionStatus.PENDING_SIGN_OFF)
    factories.reported(in_hand, ActionStatus.COMPLETE)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.COMPLETE


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_who_read_the_same_version_one_is_told(action, writer):
    ready, read = Barrier(2), Change.objects.version()

    def try_to(_):
        try:
            ready.wait()
            write(action, ActionStatus.EMBEDDING, writer, version=read)
        except Stale:
            return "told"
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as writers:
        assert sorted(writers.map(try_to, range(2))) == ["told", "won"]
    assert action.updates.count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_on_an_action_keeps_nobody_from_writing_on_another_of_its_plan(
    action, writer, elsewhere
):
    other = action.plan.actions.exclude(pk=action.pk).get()
    with transaction.atomic():
        set_owner(action, "head of crime", "Agreed.", writer)
        elsewhere(lambda: write(other, ActionStatus.SUPERSEDED, writer, superseded_by=action))
    assert other.updates.get().superseded_by == action
