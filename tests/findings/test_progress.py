"""The progress of a finding: what forces say of their actions, and what the inspectorate has
confirmed."""

from datetime import UTC, datetime, timedelta

import pytest

from findings.choices import (
    ActionStatus,
    ClosureStatus,
    FindingProgress,
)
from findings.models import (
    Finding,
)
from findings.progress import with_progress
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
DAY = NOW.date()


def progress_of(finding):
    return with_progress(Finding.objects, NOW).get(pk=finding.pk).progress


@pytest.mark.parametrize(
    ("statuses", "progress"),
    [
        ([], "no_action"),
        (["not_started"], "in_progress"),
        (["in_progress"], "in_progress"),
        (["embedding"], "in_progress"),
        (["pending_sign_off"], "in_progress"),
        (["complete"], "complete"),
        (["complete", "in_progress"], "in_progress"),
        (["complete", "not_pursued"], "complete"),
        (["complete", "superseded"], "complete"),
        (["not_pursued"], "not_pursued"),
        (["superseded"], "not_pursued"),
    ],
)
def test_the_progress_of_a_finding_is_what_its_organisations_say(statuses, progress):
    finding = factories.finding.make()
    for status in statuses:
        factories.action_in(ActionStatus(status), findings=[finding])
    assert progress_of(finding) == progress


@pytest.mark.parametrize("statuses", [[], ["in_progress"], ["complete"], ["not_pursued"]])
def test_a_finding_is_confirmed_when_the_inspectorate_has_closed_it_whatever_its_organisations_say(
    statuses,
):
    finding = factories.finding.make()
    for status in statuses:
        factories.action_in(ActionStatus(status), findings=[finding])
    factories.confirmation.make(finding=finding, closure_status=ClosureStatus.CLOSED)
    assert progress_of(finding) == FindingProgress.CONFIRMED


@pytest.mark.parametrize(
    "closure_status",
    [closure_status for closure_status in ClosureStatus if closure_status != ClosureStatus.CLOSED],
)
def test_no_other_view_of_the_inspectorate_confirms_a_finding(closure_status):
    finding = factories.finding.make()
    factories.action_in(ActionStatus.COMPLETE, findings=[finding])
    factories.confirmation.make(finding=finding, closure_status=closure_status)
    assert progress_of(finding) == FindingProgress.COMPLETE


def test_the_inspectorate_s_latest_view_counts_and_of_one_day_the_last_written():
    finding = factories.finding.make()
    for closure_status, confirmed_on in [
        (ClosureStatus.CLOSED, DAY),
        (ClosureStatus.AWAITING_REVIEW, DAY - timedelta(days=1)),
    ]:
        factories.confirmation.make(
            finding=finding, closure_status=closure_status, confirmed_on=confirmed_on
        )
    assert progress_of(finding) == FindingProgress.CONFIRMED
    factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.BEING_PROGRESSED, confirmed_on=DAY
    )
    assert progress_of(finding) == FindingProgress.NO_ACTION
    assert [row.closure_status for row in finding.confirmations.latest_first()] == [
        ClosureStatus.BEING_PROGRESSED,
        ClosureStatus.CLOSED,
        ClosureStatus.AWAITING_REVIEW,
    ]


def test_an_action_that_answers_another_finding_is_no_progress_of_this_one():
    finding = factories.finding.make()
    factories.action_in(ActionStatus.COMPLETE, findings=[factories.finding.make()])
    assert progress_of(finding) == FindingProgress.NO_ACTION


def test_an_action_under_embargo_is_no_progress():
    finding = factories.finding.make()
    factories.action_in(findings=[finding], plan__inspection__public_at=None)
    assert progress_of(finding) == FindingProgress.NO_ACTION


def test_the_progress_of_many_findings_is_one_query(django_assert_num_queries):
    made = factories.made_up_region(findings=60)
    with django_assert_num_queries(1):
        rows = list(with_progress(made.inspection.findings, NOW))
    assert {row.progress for row in rows} == set(FindingProgress)
