"""What is public of findings, plans and evidence, and what is under embargo."""

from datetime import UTC, datetime, timedelta

import pytest

from findings.choices import (
    FindingProgress,
)
from findings.models import (
    Action,
    Evidence,
    Finding,
    Plan,
    ProgressUpdate,
)
from findings.progress import with_progress
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)

EMBARGOED = [None, NOW + timedelta(microseconds=1), NOW + timedelta(days=1)]
PUBLIC = [NOW, NOW - timedelta(days=1)]


def make_everything(public_at):
    """One row of each sort that an inspection's embargo must hide."""
    inspection = factories.inspection.make(public_at=public_at)
    finding = factories.finding.make(inspection=inspection)
    action = factories.action.make(plan__inspection=inspection, findings=[finding])
    update = factories.update.make(action=action)
    return [
        finding,
        factories.response.make(inspection=inspection),
        factories.response.make(inspection=None, finding=finding),
        action.plan,
        action,
        update,
        factories.evidence.make(action=action, is_public=True),
        factories.evidence.make(action=None, update=update, is_public=True),
        factories.confirmation.make(finding=finding),
    ]


@pytest.mark.parametrize("public_at", PUBLIC)
def test_what_is_public_shows(public_at):
    for row in make_everything(public_at):
        assert row in type(row).objects.published(NOW)


@pytest.mark.parametrize("public_at", EMBARGOED)
def test_what_is_under_embargo_or_undecided_does_not_show(public_at):
    for row in make_everything(public_at):
        assert row not in type(row).objects.published(NOW)


def test_a_plan_that_answers_no_inspection_is_public():
    action = factories.action.make(plan__inspection=None)
    assert action.plan in Plan.objects.published(NOW)
    assert action in Action.objects.published(NOW)


@pytest.mark.parametrize("public_at", EMBARGOED)
def test_an_action_of_a_public_plan_does_not_tell_of_a_finding_under_embargo(public_at):
    public, hidden = (
        factories.finding.make(),
        factories.finding.make(inspection__public_at=public_at),
    )
    action = factories.action.make(plan__inspection=None, findings=[public, hidden])
    update = factories.update.make(action=action)
    assert action not in Action.objects.published(NOW)
    assert update not in ProgressUpdate.objects.published(NOW)
    assert (
        with_progress(Finding.objects, NOW).get(pk=public.pk).progress == FindingProgress.NO_ACTION
    )


def test_restricted_evidence_is_never_public():
    evidence = factories.evidence.make()
    assert not evidence.is_public
    assert evidence not in Evidence.objects.published(NOW)
