"""An update's way from its writer to the public."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from findings.choices import ActionStatus, ProposalState
from findings.models import Action, Evidence, ProgressUpdate
from findings.workflow import (
    discard,
    publish,
    rewrite_update,
    send_back,
    submit,
)
from lib.audit.models import Change
from tests import factories
from tests.workflow_steps import LATER, NOW, assert_untouched, in_state, write

pytestmark = pytest.mark.django_db


def may(do):
    """Whether the workflow lets it happen."""
    try:
        do()
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("state", ProposalState)
def test_each_step_is_taken_from_the_right_state_by_the_right_person(
    state, action, writer, approver
):
    stored = ProgressUpdate.objects.filter(pk=in_state(action, state, writer, approver).pk)
    before = stored.values().get()
    steps = {
        "rewrite": lambda update, by: rewrite_update(update, update.status, "Other.", by, LATER),
        "submit": lambda update, by: submit(update, by, LATER),
        "discard": discard,
        "publish": lambda update, by: publish(update, by, LATER),
        "send back": lambda update, by: send_back(update, by, "Say more."),
        "publish alone": lambda update, by: publish(update, by, LATER, alone=True),
    }
    expected = {
        "rewrite": {writer} if state in ("draft", "sent_back") else set(),
        "submit": {writer} if state in ("draft", "sent_back") else set(),
        "discard": {writer} if state == "draft" else set(),
        "publish": {approver} if state == "submitted" else set(),
        "send back": {writer, approver} if state == "submitted" else set(),
        "publish alone": {writer, approver} if state == "submitted" else set(),
    }
    for name, step in steps.items():
        for by in (writer, approver):
            with transaction.atomic():  # and all of it taken back
                took_place = may(lambda step=step, by=by: step(stored.get(), by))
                assert took_place == (by in expected[name]), (name, by)
                if not took_place:
                    assert stored.values().get() == before, (name, by)
                transaction.set_rollback(True)


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
def test_an_update_without_a_note_is_refused(note, action, writer):
    with pytest.raises(ValidationError) as refusal:
        write(action, ActionStatus.EMBEDDING, writer, note=note)
    assert refusal.value.message_dict == {"note": ["Say what happened."]}
    assert_untouched(action)


def test_a_note_is_kept_without_the_space_around_it(action, writer):
    assert write(action, ActionStatus.EMBEDDING, writer, note="  Nothing.\n").note == "Nothing."


@pytest.mark.parametrize("comment", ["", " \n"])
def test_what_is_sent_back_says_why(comment, action, writer, approver):
    update = submit(write(action, ActionStatus.EMBEDDING, writer), writer, NOW)
    with pytest.raises(ValidationError) as refusal:
        send_back(update, approver, comment)
    assert refusal.value.message_dict == {"comment": ["Say why it is sent back."]}
    assert ProgressUpdate.objects.get(pk=update.pk).state == ProposalState.SUBMITTED


def test_the_trace_of_what_is_sent_back_tells_why_and_by_whom(action, writer, approver):
    update = in_state(action, ProposalState.SENT_BACK, writer, approver)
    change = Change.objects.of_column(ProgressUpdate, [update.pk], "state").first()
    assert (change.after["state"], change.reason, change.name) == (
        "sent_back",
        "Say more.",
        str(approver),
    )


def test_what_was_sent_back_is_rewritten_and_handed_in_again(action, writer, approver):
    update = in_state(action, ProposalState.SENT_BACK, writer, approver)
    assert (update.reviewed_by, update.comment) == (approver, "Say more.")
    rewrite_update(update, ActionStatus.PENDING_SIGN_OFF, "More.", writer, LATER)
    submit(update, writer, LATER)
    published = publish(update, approver, LATER)
    assert (published.status, published.note, published.comment) == (
        ActionStatus.PENDING_SIGN_OFF,
        "More.",
        "",
    )


def test_a_later_update_corrects_a_published_one(action):
    first = factories.reported(action, ActionStatus.PENDING_SIGN_OFF)
    second = factories.reported(action, ActionStatus.IN_PROGRESS, "It was too early.")
    assert list(action.updates.approved()) == [second, first]
    assert Action.objects.get(pk=action.pk).status == ActionStatus.IN_PROGRESS


def test_a_discarded_draft_takes_its_evidence_with_it(action, writer):
    draft = write(action, ActionStatus.EMBEDDING, writer)
    factories.evidence.make(action=None, update=draft)
    discard(draft, writer)
    assert not ProgressUpdate.objects.exists()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("model", [Action, ProgressUpdate])
def test_an_update_and_its_move_are_published_both_or_neither(
    model, monkeypatch, action, writer, approver
):
    update = submit(write(action, ActionStatus.EMBEDDING, writer), writer, NOW)

    def fail(*args, **kwargs):
        raise OSError("the power went")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(OSError, match="the power went"):
        publish(update, approver, LATER)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.IN_PROGRESS
    assert ProgressUpdate.objects.get(pk=update.pk).state == ProposalState.SUBMITTED


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
    behind, action, writer, approver
):
    first, second = (
        submit(write(action, status, writer), writer, NOW)
        for status in (ActionStatus.PENDING_SIGN_OFF, ActionStatus.IN_PROGRESS)
    )
    publish(second, approver, LATER)
    publish(first, approver, LATER - behind)
    assert Action.objects.get(pk=action.pk).status == ActionStatus.PENDING_SIGN_OFF
    assert action.updates.approved().first() == first
