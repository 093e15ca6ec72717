"""What the database refuses of progress updates and evidence, and says why before it has to."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from findings.choices import ActionStatus, ProposalState
from findings.models import (
    Evidence,
)
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 12)
LATER = DAY + timedelta(days=30)


@pytest.fixture
def draft():
    """A draft, not saved, whose action and people are."""
    made = factories.draft.make()
    return factories.draft.prepare(action=made.action, by=made.by)


def test_a_progress_update_says_what_happened(draft):
    draft.full_clean()
    draft.note = ""
    with pytest.raises(ValidationError) as refusal:
        draft.full_clean()
    assert set(refusal.value.message_dict) == {"note"}
    assert_refused_by_database(draft, "a_progress_update_says_what_happened")


@pytest.mark.parametrize("lacking", ["reviewed_by", "published_at"])
def test_a_published_progressupdate_says_who_approved_it_and_when(draft, lacking):
    signed = {"reviewed_by": draft.by, "published_at": factories.PUBLIC_AT}
    for name, value in (signed | {"state": ProposalState.PUBLISHED}).items():
        setattr(draft, name, value)
    draft.full_clean()
    setattr(draft, lacking, None)
    assert_refused(draft, "a_published_progressupdate_says_who_approved_it")


@pytest.mark.parametrize(
    "state", [ProposalState.DRAFT, ProposalState.SUBMITTED, ProposalState.SENT_BACK]
)
def test_what_is_not_published_was_published_at_no_moment(draft, state):
    draft.state, draft.comment = state, "Say more."
    draft.full_clean()
    draft.reviewed_by, draft.published_at = draft.by, factories.PUBLIC_AT
    assert_refused(draft, "a_published_progressupdate_says_who_approved_it")


def test_an_update_sent_back_says_why(draft):
    draft.state = ProposalState.SENT_BACK
    assert_refused(draft, "a_progressupdate_sent_back_or_closed_says_why")


def test_a_superseding_update_says_by_which_and_no_other_does(draft):
    other = factories.action.make()
    draft.status, draft.superseded_by = ActionStatus.SUPERSEDED, other
    draft.full_clean()
    draft.superseded_by = None
    assert_refused(draft, "a_superseding_update_says_by_which")
    draft.status, draft.superseded_by = ActionStatus.IN_PROGRESS, other
    assert_refused(draft, "a_superseding_update_says_by_which")


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        (factories.due_date_change, "a_due_date_change_says_why"),
        (factories.owner_change, "an_owner_change_says_why"),
    ],
)
def test_a_change_of_a_date_or_an_owner_says_why(recipe, name):
    made = recipe.make()
    silent = recipe.prepare(action=made.action, by=made.by, reviewed_by=made.reviewed_by, reason="")
    with pytest.raises(ValidationError) as refusal:
        silent.full_clean()
    assert set(refusal.value.message_dict) == {"reason"}
    assert_refused_by_database(silent, name)


def test_a_due_date_change_says_who_set_it():
    made = factories.due_date_change.make()
    nobodys = factories.due_date_change.prepare(
        action=made.action, by=made.by, reviewed_by=made.reviewed_by, set_by=""
    )
    assert_refused(nobodys, "a_due_date_change_says_who_set_it")


@pytest.mark.parametrize(
    ("recipe", "published", "sent_back"),
    [
        (
            factories.due_date_change,
            "a_published_duedatechange_says_who_approved_it",
            "a_duedatechange_sent_back_or_closed_says_why",
        ),
        (
            factories.owner_change,
            "a_published_ownerchange_says_who_approved_it",
            "a_ownerchange_sent_back_or_closed_says_why",
        ),
    ],
)
def test_a_date_or_an_owner_is_approved_sent_back_and_closed_like_an_update(
    recipe, published, sent_back
):
    made = recipe.make()
    row = recipe.prepare(action=made.action, by=made.by, reviewed_by=None)
    assert_refused(row, published)
    for state in (ProposalState.SENT_BACK, ProposalState.CLOSED):
        row.state, row.published_at = state, None
        assert_refused(row, sent_back)


def test_evidence_belongs_to_an_action_or_to_an_update():
    update = factories.draft.make()
    shown = {
        "title": "Minutes",
        "url": "https://example.org/",
        "shows": "Nothing.",
        "dated_on": DAY,
    }
    Evidence(**shown, action=update.action).full_clean()
    Evidence(**shown, update=update).full_clean()
    for both_or_neither in (
        Evidence(**shown),
        Evidence(**shown, action=update.action, update=update),
    ):
        assert_refused(both_or_neither, "evidence_of_an_action_or_an_update")


def test_evidence_is_an_address_or_a_file_and_a_file_keeps_its_hash():
    action = factories.action.make()
    one_too_many = factories.evidence.prepare(action=action, file="minutes.pdf", sha256="a" * 64)
    assert one_too_many.url
    for row in (one_too_many, factories.evidence.prepare(action=action, url="")):
        assert_refused(row, "evidence_is_an_address_or_a_file")
    unhashed = factories.evidence.prepare(action=action, url="", file="minutes.pdf", sha256="")
    assert_refused(unhashed, "a_file_keeps_its_hash")


def test_the_address_of_evidence_is_on_the_web():
    assert_refused(
        factories.evidence.prepare(action=factories.action.make(), url="ftp://example.org/minutes"),
        "evidence_is_on_the_web",
    )
    assert_refused_by_database(
        factories.evidence.prepare(action=factories.action.make(), url="javascript:alert(1)"),
        "evidence_is_on_the_web",
    )
