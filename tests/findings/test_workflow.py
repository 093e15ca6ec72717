from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from findings.choices import ActionStatus
from findings.models import Action, ProgressUpdate
from findings.workflow import MOVES, StaleAction, allowed_statuses, record_progress
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
# From each status, the others that may follow it.
EXPECTED = {
    "not_started": {"in_progress", "not_pursued", "superseded"},
    "in_progress": {"embedding", "pending_sign_off", "not_pursued", "superseded"},
    "embedding": {"in_progress", "pending_sign_off", "not_pursued", "superseded"},
    "pending_sign_off": {"in_progress", "complete"},
    "complete": {"in_progress"},
    "not_pursued": {"in_progress"},
    "superseded": set(),
}
PAIRS = [(before, after) for before in ActionStatus for after in ActionStatus]
ALLOWED = [(b, a) for b, a in PAIRS if a in EXPECTED[b] or (a == b and b != "superseded")]
FORBIDDEN = [pair for pair in PAIRS if pair not in ALLOWED]


def make_action(status):
    """An action in a status, with another that may take its place."""
    other = factories.action.make()
    superseded_by = other if status == ActionStatus.SUPERSEDED else None
    return factories.action.make(plan=other.plan, status=status, superseded_by=superseded_by), other


def report(action, status, **kwargs):
    return record_progress(action, status, **{"note": "Nothing was done.", "by": factories.staff.make(), "at": NOW} | kwargs)


def assert_untouched(action):
    stored = Action.objects.get(pk=action.pk)
    assert (stored.status, stored.version, stored.superseded_by) == (action.status, action.version, action.superseded_by)
    assert not action.updates.exists()


def test_the_table_of_moves_names_every_status():
    assert set(MOVES) == set(ActionStatus)


@pytest.mark.parametrize("status", ActionStatus)
def test_a_writer_is_offered_the_present_status_and_those_that_may_follow(status):
    offered = allowed_statuses(status)
    if status == ActionStatus.SUPERSEDED:
        assert offered == []
    else:
        assert offered[0] == status
        assert set(offered[1:]) == EXPECTED[status]


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_an_allowed_move_appends_an_update_and_moves_the_action(before, after):
    action, other = make_action(before)
    by = factories.staff.make()
    superseded_by = other if after == ActionStatus.SUPERSEDED else None
    update = report(action, after, by=by, superseded_by=superseded_by)
    moved = Action.objects.get(pk=action.pk)
    assert (moved.status, moved.superseded_by, moved.version) == (after, superseded_by, action.version + 1)
    assert list(moved.updates.all()) == [update]
    assert (update.moved_from, update.status, update.by, update.at) == (before, after, by, NOW)
    assert update.is_a_move is (before != after)


@pytest.mark.parametrize(("before", "after"), FORBIDDEN)
def test_a_forbidden_move_is_refused_and_nothing_is_written(before, after):
    action, other = make_action(before)
    with pytest.raises(ValidationError) as refusal:
        report(action, after, superseded_by=other if after == ActionStatus.SUPERSEDED else None)
    assert refusal.value.message_dict == {"status": [f"An action that is {before.label} cannot become {after.label}."]}
    assert_untouched(action)


def test_an_unknown_status_is_refused():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    with pytest.raises(ValidationError) as refusal:
        report(action, "finished")
    assert "status" in refusal.value.message_dict
    assert_untouched(action)


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
def test_an_update_without_a_note_is_refused(note):
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    with pytest.raises(ValidationError) as refusal:
        report(action, ActionStatus.EMBEDDING, note=note)
    assert refusal.value.message_dict == {"note": ["Say what happened."]}
    assert_untouched(action)


def test_a_note_is_kept_without_the_space_around_it():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    assert report(action, ActionStatus.EMBEDDING, note="  Nothing.\n").note == "Nothing."


def test_a_writer_who_read_an_older_version_is_told_and_nothing_is_written():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    read = action.version
    report(action, ActionStatus.EMBEDDING, version=read)
    with pytest.raises(StaleAction):
        report(action, ActionStatus.PENDING_SIGN_OFF, version=read)
    action.refresh_from_db()
    assert (action.status, action.version, action.updates.count()) == (ActionStatus.EMBEDDING, read + 1, 1)


def test_the_status_that_counts_is_the_one_stored_and_not_the_one_in_hand():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    in_hand = Action.objects.get(pk=action.pk)
    report(action, ActionStatus.PENDING_SIGN_OFF)
    report(in_hand, ActionStatus.COMPLETE)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.COMPLETE


def test_a_superseded_action_names_the_one_that_takes_its_place():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    with pytest.raises(ValidationError) as refusal:
        report(action, ActionStatus.SUPERSEDED)
    assert set(refusal.value.message_dict) == {"superseded_by"}
    assert_untouched(action)


def test_an_action_that_is_not_superseded_names_none():
    action, other = make_action(ActionStatus.IN_PROGRESS)
    with pytest.raises(ValidationError) as refusal:
        report(action, ActionStatus.EMBEDDING, superseded_by=other)
    assert set(refusal.value.message_dict) == {"superseded_by"}
    assert_untouched(action)


def test_an_action_does_not_take_its_own_place():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    with pytest.raises(ValidationError) as refusal:
        report(action, ActionStatus.SUPERSEDED, superseded_by=action)
    assert set(refusal.value.message_dict) == {"superseded_by"}
    assert_untouched(action)


@pytest.mark.parametrize("model", [Action, ProgressUpdate])
def test_both_rows_are_written_or_neither(model, monkeypatch):
    action, _ = make_action(ActionStatus.IN_PROGRESS)

    def fail(*args, **kwargs):
        raise OSError("the power went")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(OSError, match="the power went"):
        report(action, ActionStatus.EMBEDDING)
    assert_untouched(action)


@pytest.mark.django_db(transaction=True)
def test_a_recorded_move_stands_after_its_transaction():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    report(action, ActionStatus.PENDING_SIGN_OFF)
    report(action, ActionStatus.COMPLETE)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.COMPLETE
    assert [update.status for update in action.updates.all()] == [ActionStatus.COMPLETE, ActionStatus.PENDING_SIGN_OFF]


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_who_read_the_same_version_one_is_told():
    action, _ = make_action(ActionStatus.IN_PROGRESS)
    by = factories.staff.make()
    ready = Barrier(2)

    def write(_):
        try:
            ready.wait()
            report(action, ActionStatus.EMBEDDING, by=by, version=action.version)
        except StaleAction:
            return "told"
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as writers:
        assert sorted(writers.map(write, range(2))) == ["told", "won"]
    assert action.updates.count() == 1
