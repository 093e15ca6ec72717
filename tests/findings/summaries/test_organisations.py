"""Findings by region and organisation, and who has no plan."""

import pytest
from django.utils import timezone

from findings import summaries
from findings.filters import FindingFilter
from findings.models import Plan
from forces.models import Organisation
from tests import factories
from tests.selections import listed

pytestmark = pytest.mark.django_db


def test_findings_by_region_count_each_finding_once(south_west):
    factories.finding.make(inspection=factories.inspection.make(region=None))
    rows = summaries.findings_by_region(FindingFilter.select(timezone.now()))
    assert rows == [("South West", "south-west", south_west.count()), (None, None, 1)]


def test_findings_by_organisation_give_zeros_to_those_that_none_names(south_west, organisations):
    counts = summaries.findings_by_organisation(listed(south_west), organisations)
    said = {
        str(organisation): (counts[organisation.pk].positive, counts[organisation.pk].negative)
        for organisation in organisations
    }
    assert said["Gloucestershire"] == (9, 3)
    assert (
        summaries.findings_by_organisation(listed(south_west), [force := factories.force.make()])[
            force.pk
        ].total
        == 0
    )


def test_findings_by_organisation_tell_region_wide_ones_first_and_apart(south_west, organisations):
    region, *rows = summaries.findings_by_named_organisation(
        listed(south_west), organisations, inspection="soc-south-west-2025"
    )
    assert region.organisation is None
    assert [finding.reference for finding in region.findings] == [
        "F1",
        "F4",
        "F6",
        "F7",
        "F8",
        "F12",
        "F14",
    ]
    dorset = next(row for row in rows if row.organisation.slug == "dorset")
    assert (
        dorset.counts.total,
        dorset.findings,
        [finding.reference for finding in dorset.region_wide],
    ) == (2, [], ["F6", "F14"])


def test_findings_that_name_nobody_stand_last():
    finding = factories.finding_on()
    (row,) = summaries.findings_by_named_organisation(listed(factories.only(finding)), [])
    assert (row.organisation, row.counts, row.findings) == (None, None, [finding])


def test_organisations_without_a_plan_are_named_where_something_was_found(at):
    regions = {
        region.slug: [organisation.slug for organisation in organisations]
        for region, organisations in summaries.planless_by_region(Organisation.objects, at)
    }
    assert regions == {"south-west": ["devon-and-cornwall", "dorset", "wiltshire"]}


def test_a_plan_under_embargo_leaves_its_organisation_without_one(at):
    Plan.objects.filter(slug="avon-and-somerset-improvement-plan").update(
        inspection=factories.inspection.make(public_at=None)
    )
    ((_, organisations),) = summaries.planless_by_region(Organisation.objects, at)
    assert "avon-and-somerset" in [organisation.slug for organisation in organisations]


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "finding that names no particular force"), (2, "findings that name no particular force")],
)
def test_what_is_counted_is_said_in_the_singular_where_it_is_one(count, text):
    findings = summaries.FindingTotals(total=count, nameless=count, closed=0)
    rows = summaries.unknown_of_organisations([], findings)
    assert [(row.count, row.text) for row in rows] == [(count, text)]


def test_inspections_by_date_count_what_is_recorded():
    inspection = factories.inspection.make()
    question = factories.question.make(programme=inspection.programme)
    factories.grading.make(inspection=inspection, question=question)
    factories.grading.make(
        inspection=inspection, question=question, grade=None, missing_reason="not_found"
    )
    factories.finding.make(inspection=inspection, _quantity=3)
    (row,) = summaries.inspections_by_date(
        type(inspection).objects.filter(pk=inspection.pk), FindingFilter.select(timezone.now())
    )
    assert (row.gradings, row.graded, row.findings) == (2, 1, 3)
