import csv

import pytest
from django.http import QueryDict
from django.utils import timezone

from findings.choices import NEGATIVE_KINDS, FindingKind, Stance
from findings.filters import FindingFilter
from findings.models import Finding
from tests import factories

pytestmark = pytest.mark.django_db


def beside(finding):
    """Who stands beside a finding, each with its stance."""
    (finding,) = Finding.objects.with_responses().filter(pk=finding.pk)
    return [
        (str(organisation), response and response.stance)
        for organisation, response in finding.finding_responses
    ]


def picked_out_by(finding):
    """The values of the filter by response that a finding has."""
    postings = FindingFilter(QueryDict(), timezone.now()).postings
    row = postings.having([finding.pk])
    return {
        value
        for value in (*(stance.slug for stance in Stance), "none")
        if row & postings.bits("response", value)
    }


def of_report(finding):
    (finding,) = Finding.objects.with_responses().filter(pk=finding.pk)
    return [(str(row.organisation), row.stance) for row in finding.report_responses]


@pytest.fixture
def inspection():
    return factories.inspection.make()


@pytest.fixture
def unit():
    return factories.unit.make(short_name="Unit")


@pytest.fixture
def force():
    return factories.force.make(short_name="Force")


def test_a_response_to_the_report_is_none_to_the_findings_in_it(inspection, unit, force):
    finding = factories.finding.make(inspection=inspection, organisations=[unit, force])
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    assert beside(finding) == [("Unit", None), ("Force", None)]
    assert picked_out_by(finding) == {"none"}
    assert of_report(finding) == [("Force", "disputed")]


def test_a_response_to_the_finding_stands_beside_it_instead_of_the_one_to_the_report(
    inspection, force
):
    finding = factories.finding.make(inspection=inspection, organisations=[force])
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    factories.response.make(
        inspection=None, finding=finding, organisation=force, stance=Stance.ACCEPTED_IN_PART
    )
    assert beside(finding) == [("Force", "accepted_in_part")]
    assert picked_out_by(finding) == {"accepted-in-part"}
    assert of_report(finding) == []


@pytest.mark.parametrize("kind", ["strength", "innovative_practice", "promising_practice"])
def test_nothing_is_said_of_the_report_beside_what_is_done_well(inspection, force, kind):
    finding = factories.finding.make(
        inspection=inspection, organisations=[force], kind=FindingKind(kind)
    )
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    assert beside(finding) == [("Force", None)]
    assert of_report(finding) == []


def test_no_response_is_found_only_where_there_is_something_to_respond_to(
    client, inspection, force
):
    of = {"inspection": inspection, "organisations": [force]}
    unanswered = {kind: factories.finding.make(kind=kind, **of) for kind in FindingKind}
    answered = [factories.finding.make(kind=kind, **of) for kind in FindingKind]
    for finding in answered:
        factories.response.make(inspection=None, finding=finding, organisation=force)
        assert picked_out_by(finding) == {"accepted"}
    file = client.get("/findings/?response=none&format=csv").getvalue().decode()
    references = [row["reference"] for row in csv.DictReader(file.splitlines())]
    for kind, finding in unanswered.items():
        is_expected = kind in NEGATIVE_KINDS
        assert picked_out_by(finding) == ({"none"} if is_expected else set())
        assert (finding.reference in references) is is_expected
    assert not {finding.reference for finding in answered} & set(references)


def test_an_organisation_that_responds_to_a_finding_which_does_not_name_it_stands_beside_it(
    inspection, force
):
    finding = factories.finding.make(inspection=inspection)
    factories.response.make(inspection=None, finding=finding, organisation=force)
    assert beside(finding) == [("Force", "accepted")]
    assert picked_out_by(finding) == {"accepted"}


def test_a_response_for_the_region_concerns_the_report_on_what_is_about_all_of_it(
    inspection, unit, force
):
    factories.response.make(inspection=inspection, organisation=unit, is_for_region=True)
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    wide = factories.finding.make(inspection=inspection, is_region_wide=True)
    narrow = factories.finding.make(inspection=inspection, organisations=[force])
    assert (beside(wide), of_report(wide)) == ([], [("Unit", "accepted")])
    assert (beside(narrow), of_report(narrow)) == ([("Force", None)], [("Force", "disputed")])


def test_a_response_to_another_report_stands_beside_nothing(inspection, force):
    finding = factories.finding.make(inspection=inspection, organisations=[force])
    factories.response.make(inspection=factories.inspection.make(), organisation=force)
    assert (beside(finding), of_report(finding)) == ([("Force", None)], [])


def test_the_responses_to_many_findings_take_four_queries(django_assert_num_queries):
    factories.made_up_region(organisations=30, findings=60)
    with django_assert_num_queries(4):
        listed = [finding.finding_responses for finding in Finding.objects.with_responses()]
    assert len(listed) == Finding.objects.count()
