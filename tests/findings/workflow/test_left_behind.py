"""What a writer takes back, and what somebody without a role any more leaves behind."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from findings.choices import ProposalState
from findings.models import ProgressUpdate
from findings.workflow import close, publish, send_back, submit, take_over, withdraw
from lib.audit.models import Change
from tests import factories
from tests.workflow_steps import LATER, NOW, in_state

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture
def member(writer, action):
    """The membership by which the writer writes."""
    return factories.membership.make(
        user=writer,
        organisation=action.plan.organisation,
        role="editor",
        starts_on=TODAY - timedelta(days=9),
    )


def test_a_writer_takes_back_what_nobody_has_approved_yet(action, writer, approver):
    update = in_state(action, ProposalState.SUBMITTED, writer, approver)
    with pytest.raises(ValidationError, match="Only the person who wrote it"):
        withdraw(update, approver)
    assert withdraw(update, writer).state == ProposalState.DRAFT
    send_back(submit(update, writer, NOW), approver, "Say more.")
    # It keeps the reason for which it was sent back, and so cannot be deleted.
    assert withdraw(submit(update, writer, NOW), writer).state == ProposalState.SENT_BACK
    publish(submit(update, writer, NOW), approver, LATER)
    with pytest.raises(ValidationError, match="It is published, not awaiting approval"):
        withdraw(update, writer)


@pytest.mark.parametrize(
    "state", [ProposalState.DRAFT, ProposalState.SUBMITTED, ProposalState.SENT_BACK]
)
def test_what_is_left_behind_is_taken_over_or_closed_with_a_reason(
    state, action, writer, approver, member
):
    first, second = (in_state(action, state, writer, approver) for _ in range(2))
    for step in (take_over, close):
        with pytest.raises(ValidationError, match=r"still has a role|is awaiting approval"):
            step(first, approver, "They left.", TODAY)
    member.ends_on = TODAY
    member.save()
    with pytest.raises(ValidationError):
        close(first, approver, " ", TODAY)
    closed = close(first, approver, "Nobody needs it.", TODAY)
    assert (closed.state, closed.comment, closed.reviewed_by) == (
        "closed",
        "Nobody needs it.",
        approver,
    )
    if state == ProposalState.SUBMITTED:
        send_back(second, approver, "They left.")
    taken = take_over(second, approver, "They left.", TODAY)
    assert submit(taken, approver, NOW).by == approver
    told = Change.objects.of_column(ProgressUpdate, [second.pk], "by_id").get()
    assert (told.reason, told.name) == ("They left.", str(approver))
    for step in (submit, publish):
        with pytest.raises(ValidationError, match="It is closed"):
            step(closed, approver, NOW)


def test_nobody_takes_over_a_second_draft_of_the_same_action(action, writer, approver):
    mine = in_state(action, ProposalState.DRAFT, approver, writer)
    theirs = in_state(action, ProposalState.DRAFT, writer, approver)
    with pytest.raises(ValidationError, match="You have a draft of your own here"):
        take_over(theirs, approver, "They left.", TODAY)
    assert {mine, theirs} == set(action.updates.open())
