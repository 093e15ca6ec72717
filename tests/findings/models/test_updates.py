"""What history keeps of updates."""

from datetime import UTC, datetime, timedelta

import pytest

from findings.choices import (
    ProposalState,
)
from findings.models import (
    Action,
    Evidence,
    ProgressUpdate,
)
from findings.progress import with_history
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)


def test_updates_stand_newest_first():
    first = factories.update.make()
    second = factories.update.make(action=first.action)
    draft = factories.draft.make(action=first.action)
    assert list(first.action.updates.all()) == [draft, second, first]
    assert list(first.action.updates.approved()) == [second, first]


def test_an_update_counts_from_when_it_was_approved_and_not_from_when_it_was_written():
    late = factories.update.make(published_at=NOW)
    factories.update.make(action=late.action, at=NOW, published_at=NOW - timedelta(days=1))
    assert late.action.updates.approved().first() == late


@pytest.mark.parametrize(
    "state", [state for state in ProposalState if state != ProposalState.PUBLISHED]
)
def test_only_what_is_approved_is_public_with_its_evidence(state):
    draft = factories.draft.make(state=state, comment="Say more.")
    evidence = factories.evidence.make(action=None, update=draft, is_public=True)
    assert draft not in ProgressUpdate.objects.published(NOW)
    assert evidence not in Evidence.objects.published(NOW)
    (told,) = with_history(Action.objects.filter(pk=draft.action.pk))
    assert not told.updates.all()
    assert draft.action in Action.objects.published(NOW)
