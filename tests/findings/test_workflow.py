from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from findings.choices import ActionStatus, DueSetBy, UpdateState
from findings.models import Action, Evidence, ProgressUpdate
from findings.progress import with_times_moved
from findings.workflow import (
    TRANSITIONS,
    Stale,
    allowed_statuses,
    discard,
    publish,
    rewrite_update,
    send_back,
    set_due_date,
    set_owner,
    submit,
    write_update,
)
from lib.audit.models import Change
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DAY = date(2025, 12, 1)
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


@pytest.fixture
def writer():
    return factories.staff.make()


@pytest.fixture
def signer():
    return factories.staff.make()


@pytest.fixture
def action():
    return make_action(ActionStatus.IN_PROGRESS)[0]


def make_action(status):
    """An action in a status, with another that may take its place."""
    other = factories.action.make()
    superseded_by = other if status == ActionStatus.SUPERSEDED else None
    return factories.action.make(plan=other.plan, status=status, superseded_by=superseded_by), other


def write(action, status, by, **kwargs):
    return write_update(
        action, status, **{"note": "Nothing was done.", "by": by, "at": NOW} | kwargs
    )


def in_state(state, action, by, signer):
    """An update of an action that has come so far."""
    update = write(action, ActionStatus.EMBEDDING, by)
    if state != UpdateState.DRAFT:
        submit(update, by, NOW)
    if state == UpdateState.SENT_BACK:
        send_back(update, signer, "Say more.")
    if state == UpdateState.PUBLISHED:
        publish(update, signer, LATER)
    return ProgressUpdate.objects.get(pk=update.pk)


def assert_untouched(action):
    stored = Action.objects.get(pk=action.pk)
    assert (stored.status, stored.superseded_by) == (action.status, action.superseded_by)
    changes = Change.objects.of_itself("findings_action", action.pk)
    assert [change.operation for change in changes] == ["INSERT"]
    assert not action.updates.exists()


# The moves


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


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_an_allowed_move_moves_the_action_once_it_is_signed_off_and_not_before(
    before, after, writer, signer
):
    action, other = make_action(before)
    superseded_by = other if after == ActionStatus.SUPERSEDED else None
    update = write(action, after, writer, superseded_by=superseded_by)
    submit(update, writer, NOW)
    waiting = Action.objects.get(pk=action.pk)
    assert (waiting.status, waiting.superseded_by) == (before, None)
    assert not waiting.updates.signed_off().exists()
    published = publish(update, signer, LATER)
    moved = Action.objects.get(pk=action.pk)
    assert (moved.status, moved.superseded_by) == (after, superseded_by)
    assert list(moved.updates.signed_off()) == [published]
    assert (published.moved_from, published.status, published.is_a_move) == (
        before,
        after,
        before != after,
    )
    assert (published.by, published.at, published.signed_by, published.signed_at) == (
        writer,
        NOW,
        signer,
        LATER,
    )


@pytest.mark.parametrize(("before", "after"), FORBIDDEN)
def test_a_forbidden_move_is_refused_and_nothing_is_written(before, after, writer):
    action, other = make_action(before)
    with pytest.raises(ValidationError) as refusal:
        write(
            action, after, writer, superseded_by=other if after == ActionStatus.SUPERSEDED else None
        )
    assert refusal.value.message_dict == {
        "status": [f"An action that is {before.label} cannot become {after.label}."]
    }
    assert_untouched(action)


def test_a_move_that_became_forbidden_meanwhile_is_neither_submitted_nor_published(
    action, writer, signer
):
    draft, waiting = (write(action, ActionStatus.EMBEDDING, writer) for _ in range(2))
    submit(waiting, writer, NOW)
    factories.reported(action, ActionStatus.PENDING_SIGN_OFF)
    for refused in (lambda: submit(draft, writer, NOW), lambda: publish(waiting, signer, LATER)):
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
    action, writer, signer
):
    update = submit(write(action, ActionStatus.PENDING_SIGN_OFF, writer), writer, NOW)
    factories.reported(action, ActionStatus.EMBEDDING, at=NOW)
    assert publish(update, signer, LATER).moved_from == ActionStatus.EMBEDDING


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


# An update's way from its writer to the public


def may(do):
    """Whether the workflow lets it happen."""
    try:
        do()
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("state", UpdateState)
@pytest.mark.parametrize("who", ["writer", "another"])
@pytest.mark.parametrize(
    "step", ["rewrite", "submit", "discard", "publish", "send back", "publish alone"]
)
def test_each_step_is_taken_from_the_right_state_by_the_right_person(
    state, who, step, action, writer, signer
):
    update = in_state(state, action, writer, signer)
    by = writer if who == "writer" else signer
    steps = {
        "rewrite": lambda: rewrite_update(update, update.status, "Other words.", by, LATER),
        "submit": lambda: submit(update, by, LATER),
        "discard": lambda: discard(update, by),
        "publish": lambda: publish(update, by, LATER),
        "send back": lambda: send_back(update, by, "Say more."),
        "publish alone": lambda: publish(update, by, LATER, alone=True),
    }
    expected = {
        "rewrite": who == "writer" and state in ("draft", "sent_back"),
        "submit": who == "writer" and state in ("draft", "sent_back"),
        "discard": who == "writer" and state == "draft",
        "publish": who == "another" and state == "submitted",
        "send back": state == "submitted",
        "publish alone": state == "submitted",
    }
    before = ProgressUpdate.objects.filter(pk=update.pk).values().get()
    assert may(steps[step]) == expected[step]
    if not expected[step]:
        assert ProgressUpdate.objects.filter(pk=update.pk).values().get() == before


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
def test_an_update_without_a_note_is_refused(note, action, writer):
    with pytest.raises(ValidationError) as refusal:
        write(action, ActionStatus.EMBEDDING, writer, note=note)
    assert refusal.value.message_dict == {"note": ["Say what happened."]}
    assert_untouched(action)


def test_a_note_is_kept_without_the_space_around_it(action, writer):
    assert write(action, ActionStatus.EMBEDDING, writer, note="  Nothing.\n").note == "Nothing."


@pytest.mark.parametrize("comment", ["", " \n"])
def test_what_is_sent_back_says_why(comment, action, writer, signer):
    update = submit(write(action, ActionStatus.EMBEDDING, writer), writer, NOW)
    with pytest.raises(ValidationError) as refusal:
        send_back(update, signer, comment)
    assert refusal.value.message_dict == {"comment": ["Say why it is sent back."]}
    assert ProgressUpdate.objects.get(pk=update.pk).state == UpdateState.SUBMITTED


def test_the_trace_of_what_is_sent_back_tells_why_and_by_whom(action, writer, signer):
    update = in_state(UpdateState.SENT_BACK, action, writer, signer)
    change = Change.objects.of_column(ProgressUpdate, [update.pk], "state").first()
    assert (change.after["state"], change.reason, change.name) == (
        "sent_back",
        "Say more.",
        str(signer),
    )


def test_what_was_sent_back_is_rewritten_and_handed_in_again(action, writer, signer):
    update = in_state(UpdateState.SENT_BACK, action, writer, signer)
    assert (update.signed_by, update.comment) == (signer, "Say more.")
    rewrite_update(update, ActionStatus.PENDING_SIGN_OFF, "More.", writer, LATER)
    submit(update, writer, LATER)
    published = publish(update, signer, LATER)
    assert (published.status, published.note, published.comment) == (
        ActionStatus.PENDING_SIGN_OFF,
        "More.",
        "",
    )


def test_a_later_update_corrects_a_published_one(action):
    first = factories.reported(action, ActionStatus.PENDING_SIGN_OFF)
    second = factories.reported(action, ActionStatus.IN_PROGRESS, "It was too early.")
    assert list(action.updates.signed_off()) == [second, first]
    assert Action.objects.get(pk=action.pk).status == ActionStatus.IN_PROGRESS


def test_a_discarded_draft_takes_its_evidence_with_it(action, writer):
    draft = write(action, ActionStatus.EMBEDDING, writer)
    factories.evidence.make(action=None, update=draft)
    discard(draft, writer)
    assert not ProgressUpdate.objects.exists()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("model", [Action, ProgressUpdate])
def test_an_update_and_its_move_are_published_both_or_neither(
    model, monkeypatch, action, writer, signer
):
    update = submit(write(action, ActionStatus.EMBEDDING, writer), writer, NOW)

    def fail(*args, **kwargs):
        raise OSError("the power went")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(OSError, match="the power went"):
        publish(update, signer, LATER)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.IN_PROGRESS
    assert ProgressUpdate.objects.get(pk=update.pk).state == UpdateState.SUBMITTED


@pytest.mark.django_db(transaction=True)
def test_a_published_move_stands_after_its_transaction(action):
    factories.reported(action, ActionStatus.PENDING_SIGN_OFF)
    factories.reported(action, ActionStatus.COMPLETE)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.COMPLETE
    assert [update.status for update in action.updates.all()] == [
        ActionStatus.COMPLETE,
        ActionStatus.PENDING_SIGN_OFF,
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("behind", [timedelta(0), timedelta(seconds=1)])
def test_the_last_to_be_signed_counts_whatever_the_clock_of_its_signer_says(
    behind, action, writer, signer
):
    first, second = (
        submit(write(action, status, writer), writer, NOW)
        for status in (ActionStatus.PENDING_SIGN_OFF, ActionStatus.IN_PROGRESS)
    )
    publish(second, signer, LATER)
    publish(first, signer, LATER - behind)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.PENDING_SIGN_OFF
    assert action.updates.signed_off().first() == first


# Two at once


def test_whoever_read_an_older_version_is_told_and_nothing_is_written(action, writer, signer):
    read = Change.objects.version()
    first = write(action, ActionStatus.EMBEDDING, writer, version=read)
    for late in (
        lambda: write(action, ActionStatus.PENDING_SIGN_OFF, signer, version=read),
        lambda: rewrite_update(first, ActionStatus.EMBEDDING, "Mine.", writer, LATER, version=read),
        lambda: set_due_date(
            action, DAY, DueSetBy.ORGANISATION, "Agreed.", signer, NOW, version=read
        ),
        lambda: set_owner(action, "head of crime", "Agreed.", signer, version=read),
    ):
        with pytest.raises(Stale):
            late()
    assert list(action.updates.values_list("note", flat=True)) == ["Nothing was done."]
    assert not action.due_date_changes.exists()


@pytest.mark.parametrize(
    "step", [publish, lambda update, by, at, version: send_back(update, by, "No.", version)]
)
def test_whoever_signs_off_what_was_rewritten_meanwhile_is_told(step, action, writer, signer):
    update = in_state(UpdateState.SUBMITTED, action, writer, signer)
    read = Change.objects.version()
    send_back(update, signer, "Say more.")
    rewrite_update(update, update.status, "More.", writer, NOW)
    submit(update, writer, NOW)
    with pytest.raises(Stale):
        step(update, signer, LATER, version=read)
    assert ProgressUpdate.objects.get(pk=update.pk).state == UpdateState.SUBMITTED


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


# Dates and owners


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
        (DAY, "nobody", "Agreed.", "due_set_by"),
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
