import pytest
from django.db.models import Exists

from findings.choices import Stance
from findings.models import Finding, Response
from tests import factories

pytestmark = pytest.mark.django_db


def answers(finding):
    (finding,) = Finding.objects.with_responses().filter(pk=finding.pk)
    return [
        (str(organisation), response and response.stance)
        for organisation, response in finding.finding_responses
    ]


def beside(finding):
    """The stances that a query finds beside a finding."""
    responses = Response.objects.beside()
    stances = {
        stance
        for stance in Stance
        if Finding.objects.filter(Exists(responses.filter(stance=stance)), pk=finding.pk)
    }
    assert Finding.objects.without_response().filter(pk=finding.pk).exists() == (not stances)
    return stances


@pytest.fixture
def inspection():
    return factories.inspection.make()


@pytest.fixture
def unit():
    return factories.unit.make(short_name="Unit")


@pytest.fixture
def force():
    return factories.force.make(short_name="Force")


def test_an_organisations_answer_to_the_inspection_stands_beside_each_finding_that_names_it(
    inspection, unit, force
):
    finding = factories.finding.make(inspection=inspection, organisations=[unit, force])
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    assert answers(finding) == [("Unit", None), ("Force", "disputed")]
    assert beside(finding) == {Stance.DISPUTED}


def test_an_answer_to_the_finding_itself_takes_the_place_of_the_one_to_the_inspection(
    inspection, force
):
    finding = factories.finding.make(inspection=inspection, organisations=[force])
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    factories.response.make(
        inspection=None, finding=finding, organisation=force, stance=Stance.ACCEPTED_IN_PART
    )
    assert answers(finding) == [("Force", "accepted_in_part")]
    assert beside(finding) == {Stance.ACCEPTED_IN_PART}


def test_an_organisation_that_answers_a_finding_which_does_not_name_it_stands_beside_it(
    inspection, force
):
    finding = factories.finding.make(inspection=inspection)
    factories.response.make(inspection=None, finding=finding, organisation=force)
    assert answers(finding) == [("Force", "accepted")]
    assert beside(finding) == {Stance.ACCEPTED}


def test_the_region_s_answer_stands_beside_what_concerns_the_whole_region(inspection, unit, force):
    factories.response.make(inspection=inspection, organisation=unit, is_for_region=True)
    factories.response.make(inspection=inspection, organisation=force, stance=Stance.DISPUTED)
    wide = factories.finding.make(inspection=inspection, is_region_wide=True)
    narrow = factories.finding.make(inspection=inspection, organisations=[force])
    assert answers(wide) == [("Unit", "accepted")]
    assert beside(wide) == {Stance.ACCEPTED}
    assert answers(narrow) == [("Force", "disputed")]
    assert beside(narrow) == {Stance.DISPUTED}


def test_an_answer_to_another_inspection_stands_beside_nothing(inspection, force):
    finding = factories.finding.make(inspection=inspection, organisations=[force])
    factories.response.make(inspection=factories.inspection.make(), organisation=force)
    assert answers(finding) == [("Force", None)]
    assert beside(finding) == set()


def test_silence_about_a_finding_that_names_no_organisation_is_the_region_s(inspection):
    assert answers(factories.finding.make(inspection=inspection, is_region_wide=True)) == [
        ("None", None)
    ]


@pytest.mark.parametrize(("organisations", "findings"), [(6, 5), (30, 60)])
def test_the_answers_of_many_findings_take_four_queries(
    organisations, findings, django_assert_num_queries
):
    factories.made_up_region(organisations=organisations, findings=findings)
    with django_assert_num_queries(4):
        listed = [finding.finding_responses for finding in Finding.objects.with_responses()]
    assert len(listed) == Finding.objects.count()


def test_the_query_and_the_list_agree_on_every_fact():
    factories.made_up_region(organisations=8, findings=40)
    for finding in Finding.objects.with_responses():
        assert {
            answer.response.stance for answer in finding.finding_responses if answer.response
        } == beside(finding), finding
