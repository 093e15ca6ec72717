"""One finding: its follow-up, peers and neighbours."""

from datetime import date

import pytest

from findings import summaries
from findings.choices import FindingKind, Stance
from findings.models import Finding
from tests import factories

pytestmark = pytest.mark.django_db


def follow_up(finding, at):
    return summaries.follow_up(
        Finding.objects.with_responses().select_related("section", "cause").get(pk=finding.pk), at
    )


def test_follow_up_leads_from_the_source_to_the_next_grade(at):
    question = factories.question.make()
    inspection = factories.inspection.make(programme=question.programme)
    later = factories.inspection.make(programme=question.programme, published_on=date(2026, 1, 15))
    organisation = factories.force.make()
    finding = factories.finding.make(inspection=inspection, organisations=[organisation])
    now = factories.grading.make(
        inspection=inspection, organisation=organisation, question=question
    )
    after = factories.grading.make(inspection=later, organisation=organisation, question=question)
    action = factories.action.make(findings=[finding])
    update = factories.update.make(action=action)
    factories.evidence.make(action=action, is_public=True)
    factories.evidence.make(action=action, is_public=False, title="Restricted minutes")
    confirmation = factories.confirmation.make(finding=finding)
    seen = follow_up(finding, at)
    assert [(row.organisation, row.gradings, row.response) for row in seen.named] == [
        (organisation, [now], None)
    ]
    assert (seen.actions, seen.updates, seen.confirmations, seen.next_gradings) == (
        [action],
        [update],
        [confirmation],
        [after],
    )
    assert [shown.title for shown in seen.evidence] == ["Made-up minutes"]
    assert (seen.citations, seen.recommendations) == ([], [])


def test_follow_up_shows_nothing_of_an_inspection_under_embargo(at):
    question = factories.question.make()
    organisation = factories.force.make()
    inspection = factories.inspection.make(programme=question.programme)
    finding = factories.finding.make(
        inspection=inspection, organisations=[organisation], kind=FindingKind.CAUSE_OF_CONCERN
    )
    hidden = factories.inspection.make(
        programme=question.programme, published_on=date(2026, 12, 1), public_at=None
    )
    factories.grading.make(inspection=hidden, organisation=organisation, question=question)
    factories.finding.make(inspection=hidden, kind=FindingKind.RECOMMENDATION, cause=finding)
    factories.action.make(findings=[finding], plan=factories.plan.make(inspection=hidden))
    seen = follow_up(finding, at)
    assert (seen.recommendations, seen.actions, seen.next_gradings) == ([], [], [])


def test_the_next_grade_of_a_region_wide_finding_is_that_of_each_organisation_of_the_region(at):
    question = factories.question.make()
    inspection = factories.inspection.make(programme=question.programme)
    organisation = factories.force.make(region=inspection.region)
    later = factories.inspection.make(programme=question.programme, published_on=date(2026, 1, 15))
    latest = factories.inspection.make(programme=question.programme, published_on=date(2026, 2, 15))
    grading = factories.grading.make(inspection=later, organisation=organisation, question=question)
    factories.grading.make(inspection=latest, organisation=organisation, question=question)
    factories.grading.make(inspection=later, question=question)
    assert follow_up(
        factories.finding.make(inspection=inspection, is_region_wide=True), at
    ).next_gradings == [grading]


def test_what_others_do_well_leaves_out_whom_the_finding_names_and_what_is_no_strength(at):
    theme = factories.theme.make()
    organisation, other = factories.force.make(_quantity=2)
    finding = factories.finding_on(theme, organisations=[organisation])
    factories.finding_on(theme, organisations=[organisation, other], kind=FindingKind.STRENGTH)
    factories.finding_on(theme, organisations=[other], kind=FindingKind.AFI)
    factories.finding_on(factories.theme.make(), organisations=[other], kind=FindingKind.STRENGTH)
    strength = factories.finding_on(theme, organisations=[other], kind=FindingKind.STRENGTH)
    practice = factories.finding_on(
        theme, organisations=[other], kind=FindingKind.PROMISING_PRACTICE
    )
    elsewhere = summaries.peer_practice(finding, at)
    assert (elsewhere.total, elsewhere.findings) == (2, [practice, strength])
    assert elsewhere.url.endswith(f"&organisation=-{organisation.slug}")


def test_neighbours_follow_the_order_of_references(at):
    inspection = factories.inspection.make()
    two, ten, hundred = (
        factories.finding.make(inspection=inspection, reference=f"made-up-{n}")
        for n in ("b2", "b10", "b100")
    )
    assert summaries.neighbours(ten, at) == (two, hundred)
    assert summaries.neighbours(two, at) == (None, ten)
    assert summaries.neighbours(hundred, at) == (ten, None)


def test_responses_to_a_finding_stand_in_its_follow_up_and_those_to_the_report_do_not(at):
    response = factories.response.make(stance=Stance.DISPUTED)
    finding = factories.finding.make(
        inspection=response.inspection, organisations=[response.organisation]
    )
    assert [row.response for row in follow_up(finding, at).named] == [None]
    to_it = factories.response.make(
        inspection=None, finding=finding, organisation=response.organisation
    )
    assert [row.response for row in follow_up(finding, at).named] == [to_it]
