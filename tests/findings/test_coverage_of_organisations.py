"""Nought is said of an organisation only where somebody has looked."""

import json
from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from findings import summaries
from findings.choices import FindingKind
from findings.filters import ActionFilter, FindingFilter
from inspections.choices import Coverage
from inspections.models import Programme
from inspections.summaries import HeadlineGrading
from tests import factories
from tests.pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LONG_AGO = date(2024, 1, 1)


def graded(coverage, organisation=None):
    """An organisation that was graded in an inspection whose findings are recorded so far."""
    organisation = organisation or factories.force.make()
    inspection = factories.inspection.make(
        programme=Programme.objects.headline(),
        region=organisation.region,
        findings_recorded=coverage,
    )
    factories.grading.make(inspection=inspection, organisation=organisation)
    return organisation


def planned(*due_on, status="in_progress"):
    """An organisation with a plan of open actions that are due on these days."""
    inspection = factories.inspection.make(programme=Programme.objects.headline())
    plan = factories.plan.make(inspection=inspection)
    for day in due_on:
        factories.action_in(plan=plan, due_on=day, status=status)
    return plan.organisation


@pytest.fixture(scope="module")
def made(kept_rows):
    """Organisations, each called for what is recorded of it."""
    made = SimpleNamespace(
        nothing=factories.force.make(),
        grades=graded(Coverage.GRADES_ONLY),
        whole=graded(Coverage.WHOLE),
        both=graded(Coverage.WHOLE, graded(Coverage.GRADES_ONLY)),
        under_embargo=graded(Coverage.GRADES_ONLY),
        finding=graded(Coverage.GRADES_ONLY),
        whole_and_finding=graded(Coverage.WHOLE),
        empty_plan=factories.plan.make().organisation,
        other_plan=graded(Coverage.GRADES_ONLY),
        undated=planned(None, None),
        late=planned(None, LONG_AGO),
        in_time=planned(None, date(2090, 1, 1)),
        late_and_undated=planned(None, None, LONG_AGO),
        done=planned(None, status="complete"),
        themed=graded(Coverage.WHOLE),
    )
    hidden = factories.inspection.make(public_at=None, findings_recorded=Coverage.WHOLE)
    factories.grading.make(inspection=hidden, organisation=made.under_embargo)
    factories.finding.make(organisations=[made.finding])
    factories.finding.make(organisations=[made.whole_and_finding], kind=FindingKind.WEAKNESS)
    plan = factories.plan.make(organisation=made.other_plan, inspection=None)
    factories.action.make(plan=plan)
    made.unthemed = graded(Coverage.GRADES_ONLY, factories.force.make(region=made.themed.region))
    factories.finding_on(
        factories.theme.make(),
        inspection=made.themed.region.inspections.get(findings_recorded=Coverage.WHOLE),
        organisations=[made.themed],
    )
    return made


@pytest.fixture(scope="module")
def downloaded(made):
    """The rows of the download of forces, by the organisation."""
    rows = json.loads(Client().get("/forces/?format=json").getvalue())["rows"]
    return {row["organisation"]: row for row in rows}


def compared(*organisations):
    at = timezone.now()
    rows = [HeadlineGrading.of(organisation, None) for organisation in organisations]
    return summaries.comparison_rows(rows, FindingFilter.select(at), ActionFilter.select(at))


def test_findings_of_an_organisation_are_recorded_as_far_as_those_of_its_inspections(made):
    rows = compared(made.nothing, made.grades, made.whole, made.both)
    assert [row.findings.is_recorded for row in rows] == [False, False, True, True]
    assert [row.findings.is_partial for row in rows] == [False, False, False, True]


def test_an_inspection_under_embargo_says_nothing_of_how_far_findings_are_recorded(made):
    (row,) = compared(made.under_embargo)
    assert not row.findings.is_recorded


def test_findings_that_are_recorded_count_whatever_the_inspection_says(made):
    (row,) = compared(made.finding)
    assert row.findings.is_recorded
    assert row.findings.is_partial


def test_no_plan_and_a_plan_without_an_action_are_told_apart(client, made, downloaded):
    planless_and_idle = made.nothing, made.empty_plan
    assert [row.actions.has_plan for row in compared(*planless_and_idle)] == [False, True]
    rows = [downloaded[organisation.slug] for organisation in planless_and_idle]
    assert [row["has_plan"] for row in rows] == [False, True]
    for row in rows:
        assert row["open_actions"] is row["overdue_actions"] is None
    page = text(client.get("/forces/?kind=force"))
    assert "no plan recorded" in page
    assert "no action recorded" in page
    assert "no plan recorded" in text(client.get(made.nothing.get_absolute_url()))


def test_a_plan_for_something_else_is_told_from_no_plan_at_all(client, made):
    busy, planless = made.other_plan, made.grades
    page = client.get(f"/compare/?organisation={busy.slug}&organisation={planless.slug}")
    said = [cell.text for cell in elements(page, "td") if "no plan recorded" in cell.text]
    assert sorted(said) == ["no plan recorded", "no plan recorded for this programme"]


def test_the_download_of_forces_says_nought_only_where_it_is_counted(made, downloaded):
    shown = ("to_improve", "strengths", "findings_recorded")
    rows = [downloaded[row.slug] for row in (made.grades, made.whole, made.whole_and_finding)]
    assert [[row[name] for name in shown] for row in rows] == [
        [None, None, "grades_only"],
        [0, 0, "whole"],
        [1, 0, "whole"],
    ]


def test_none_is_overdue_only_where_an_open_action_has_a_date(client, made, downloaded):
    organisations = (made.undated, made.late, made.in_time, made.done)
    rows = [downloaded[organisation.slug] for organisation in organisations]
    assert [row["overdue_actions"] for row in rows] == [None, 1, 0, 0]
    for organisation in organisations:
        page = client.get(f"/forces/?region={organisation.region.slug}")
        assert ("no open action has a date" in text(page)) is (organisation == made.undated)


def lane(client, organisation):
    (box,) = (
        box
        for box in elements(client.get(organisation.region.get_absolute_url()), "div")
        if "claimed" in box.classes
    )
    return " ".join(box.text.split())


def test_the_lane_of_a_region_says_how_many_open_actions_have_no_date(client, made):
    said = lane(client, made.undated)
    assert "2 open actions, none of them with a due date" in said
    assert "overdue" not in said
    said = lane(client, made.late_and_undated)
    assert "1 action overdue" in said
    assert "2 open actions without a due date" in said
    assert "no action recorded" in lane(client, made.empty_plan)


def test_a_list_of_overdue_actions_tells_unknown_from_none(client, made):
    note = "No open action here has a due date, so we do not know whether any is late."

    def asked(organisation, overdue):
        address = f"/actions/?organisation={organisation.slug}&overdue={overdue}"
        page = client.get(address)
        return note in text(page), page.context["filterset"].count

    assert asked(made.undated, "yes") == (True, 0)
    assert asked(made.undated, "none")[1] == 2
    assert asked(made.undated, "no")[1] == 0
    assert asked(made.in_time, "yes") == (False, 0)
    assert asked(made.in_time, "no")[1] == 1


def test_inadequate_forces_without_entered_findings_never_read_nought(client, made):
    first, second = made.grades, made.under_embargo
    for address, times in (
        (f"/compare/?organisation={first.slug}&organisation={second.slug}", 4),
        (f"/forces/{first.slug}/", 1),
        (f"/forces/{first.slug}/summary/", 1),
    ):
        page = client.get(address)
        assert text(page).lower().count("not recorded here") == times
        assert "no plan recorded" in text(page)
        counts = [link.text for link in elements(page, "a") if link.attributes.get("data-count")]
        assert counts == []


def test_a_region_whose_findings_are_not_entered_says_so(client, made):
    said = text(client.get(made.grades.region.get_absolute_url()))
    assert "Findings not recorded here" in said
    assert "findings not recorded here" in said  # of what the inspectorate has confirmed
    assert "0 findings" not in said
    assert "0 actions" not in said


def test_heat_maps_and_their_chart_leave_out_whose_findings_are_not_recorded_and_say_so(
    client, made
):
    recorded, other = made.themed, made.unthemed
    region = client.get(recorded.region.get_absolute_url())
    for page in (
        region,
        client.get(f"/compare/?organisation={recorded.slug}&organisation={other.slug}"),
    ):
        (heat,) = (table for table in elements(page, "table") if "heat" in table.classes)
        assert recorded.short_name in heat.text
        assert other.short_name not in heat.text
        assert f"Not recorded here: findings of {other.short_name}." in text(page)
    assert f"Findings of {other.short_name} are not recorded here." in text(region)
