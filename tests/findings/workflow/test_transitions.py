"""From which status an action may go to which."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from findings.choices import ActionStatus
from findings.models import Action, ProgressUpdate
from findings.workflow import (
    TRANSITIONS,
    allowed_statuses,
    publish,
    submit,
)
from tests import factories
from tests.workflow_steps import LATER, NOW, assert_untouched, make_action, write

pytestmark = pytest.mark.django_db

# From each status, the others that may follow it.
EXPECTED = {
    "announced": {"not_started", "in_progress", "not_pursued", "superseded"},
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


def test_the_table_of_moves_names_every_status():
    assert set(TRANSITIONS) == set(ActionStatus)


@pytest.mark.parametrize("status", ActionStatus)
def test_a_writer_is_offered_the_present_status_and_those_that_may_follow(status):
    offered = allowed_statuses(status)
    if status == ActionStatus.SUPERSEDED:
        assert offered == []
    else:
        assert offered[0] == status
        assert set(offered[1:]) == EXPECTED[status]


@pytest.mark.parametrize("before", [status for status in ActionStatus if status != "superseded"])
def test_an_allowed_move_moves_the_action_once_it_is_approved_and_not_before(
    before, writer, approver
):
    action, other = make_action(before)
    for after in [after for was, after in ALLOWED if was == before]:
        with transaction.atomic():  # and all of it taken back
            moves(Action.objects.get(pk=action.pk), after, other, writer, approver)
            transaction.set_rollback(True)


def moves(action, after, other, writer, approver):
    before = action.status
    superseded_by = other if after == ActionStatus.SUPERSEDED else None
    update = write(action, after, writer, superseded_by=superseded_by)
    submit(update, writer, NOW)
    waiting = Action.objects.get(pk=action.pk)
    assert (waiting.status, waiting.superseded_by) == (before, None)
    assert not waiting.updates.approved().exists()
    published = publish(update, approver, LATER)
    moved = Action.objects.get(pk=action.pk)
    assert (moved.status, moved.superseded_by) == (after, superseded_by)
    assert list(moved.updates.approved()) == [published]
    assert (published.moved_from, published.status, published.is_a_move) == (
        before,
        after,
        before != after,
    )
    assert (published.by, published.at, published.reviewed_by, published.published_at) == (
        writer,
        NOW,
        approver,
        LATER,
    )


@pytest.mark.parametrize("before", ActionStatus)
def test_a_forbidden_move_is_refused_and_nothing_is_written(before, writer):
    action, other = make_action(before)
    for after in [after for was, after in FORBIDDEN if was == before]:
        superseded_by = other if after == ActionStatus.SUPERSEDED else None
        with pytest.raises(ValidationError) as refusal:
            write(action, after, writer, superseded_by=superseded_by)
        assert refusal.value.message_dict == {
            "status": [f"An action that is {before.label} cannot become {after.label}."]
        }
    assert_untouched(action)


def test_a_move_that_became_forbidden_meanwhile_is_neither_submitted_nor_published(
    action, writer, approver
):
    draft, waiting = (write(action, ActionStatus.EMBEDDING, writer) for _ in range(2))
    submit(waiting, writer, NOW)
    factories.reported(action, ActionStatus.PENDING_SIGN_OFF)
    for refused in (lambda: submit(draft, writer, NOW), lambda: publish(waiting, approver, LATER)):
        with pytest.raises(
            ValidationError,
            match="An action that is pending sign-off cannot become delivered and embedding",
        ):
            refused()
    assert [
        update.state
        for update in ProgressUpdate.objects.filter(pk__in=[draft.pk, waiting.pk]).order_by("pk")
    ] == [
        "draft",
        "submitted",
    ]


def test_what_an_update_moves_from_is_what_the_action_was_when_it_was_published(
    action, writer, approver
):
    update = submit(write(action, ActionStatus.PENDING_SIGN_OFF, writer), writer, NOW)
    factories.reported(action, ActionStatus.EMBEDDING, at=NOW)
    assert publish(update, approver, LATER).moved_from == ActionStatus.EMBEDDING


@pytest.mark.parametrize(("status", "names_another"), [("superseded", False), ("embedding", True)])
def test_an_action_names_the_one_that_takes_its_place_when_it_is_superseded_and_only_then(
    status, names_another, writer
):
    action, other = make_action(ActionStatus.IN_PROGRESS)
    with pytest.raises(ValidationError) as refusal:
        write(action, status, writer, superseded_by=other if names_another else None)
    assert set(refusal.value.message_dict) == {"superseded_by"}
    assert_untouched(action)


def test_an_action_does_not_take_its_own_place(action, writer):
    with pytest.raises(ValidationError) as refusal:
        write(action, ActionStatus.SUPERSEDED, writer, superseded_by=action)
    assert set(refusal.value.message_dict) == {"superseded_by"}
    assert_untouched(action)


def test_an_unknown_status_is_refused(action, writer):
    with pytest.raises(ValidationError) as refusal:
        write(action, "finished", writer)
    assert "status" in refusal.value.message_dict
    assert_untouched(action)
