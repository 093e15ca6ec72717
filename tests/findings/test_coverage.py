"""Nought is said only where somebody has looked."""

import json
from datetime import date

import pytest
from django.utils import timezone

from findings import summaries
from findings.choices import FindingKind
from findings.filters import ActionFilter, FindingFilter
from findings.models import Finding
from forces.models import Organisation
from inspections.choices import Coverage
from inspections.models import Programme
from inspections.summaries import HeadlineGrading
from tests import factories
from tests.pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


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


def compared(*organisations):
    at = timezone.now()
    rows = [HeadlineGrading.of(organisation, None) for organisation in organisations]
    return summaries.comparison_rows(rows, FindingFilter.select(at), ActionFilter.select(at))


def downloaded(client, *organisations):
    """The rows of these in the download of forces."""
    rows = json.loads(client.get("/forces/?format=json").getvalue())["rows"]
    by_slug = {row["organisation"]: row for row in rows}
    return [by_slug[organisation.slug] for organisation in organisations]


@pytest.mark.parametrize(
    ("coverages", "together"),
    [
        ([], Coverage.GRADES_ONLY),
        (["grades_only"], Coverage.GRADES_ONLY),
        (["whole"], Coverage.WHOLE),
        (["whole", "whole"], Coverage.WHOLE),
        (["whole", "grades_only"], Coverage.IN_PART),
        (["in_part"], Coverage.IN_PART),
    ],
)
def test_some_inspections_in_full_and_others_not_are_in_part_together(coverages, together):
    assert Coverage.together(coverages) == together


def test_findings_of_an_organisation_are_recorded_as_far_as_those_of_its_inspections():
    rows = compared(
        factories.force.make(),
        graded(Coverage.GRADES_ONLY),
        graded(Coverage.WHOLE),
        graded(Coverage.WHOLE, graded(Coverage.GRADES_ONLY)),
    )
    assert [row.findings.is_recorded for row in rows] == [False, False, True, True]
    assert [row.findings.is_partial for row in rows] == [False, False, False, True]


def test_an_inspection_under_embargo_says_nothing_of_how_far_findings_are_recorded():
    organisation = graded(Coverage.GRADES_ONLY)
    hidden = factories.inspection.make(public_at=None, findings_recorded=Coverage.WHOLE)
    factories.grading.make(inspection=hidden, organisation=organisation)
    (row,) = compared(organisation)
    assert not row.findings.is_recorded


def test_findings_that_are_recorded_count_whatever_the_inspection_says():
    organisation = graded(Coverage.GRADES_ONLY)
    factories.finding.make(organisations=[organisation])
    (row,) = compared(organisation)
    assert row.findings.is_recorded
    assert row.findings.is_partial


def test_no_plan_and_a_plan_without_an_action_are_told_apart(client):
    planless, idle = factories.force.make(), factories.force.make()
    factories.plan.make(organisation=idle)
    assert [row.actions.has_plan for row in compared(planless, idle)] == [False, True]
    rows = downloaded(client, planless, idle)
    assert [row["has_plan"] for row in rows] == [False, True]
    for row in rows:
        assert row["open_actions"] is row["overdue_actions"] is None
    page = text(client.get("/forces/?kind=force"))
    assert "no plan recorded" in page
    assert "no action recorded" in page
    assert "no plan recorded" in text(client.get(planless.get_absolute_url()))


def test_a_plan_for_something_else_is_told_from_no_plan_at_all(client):
    busy, planless = graded(Coverage.GRADES_ONLY), graded(Coverage.GRADES_ONLY)
    factories.action.make(plan=factories.plan.make(organisation=busy, inspection=None))
    page = client.get(f"/compare/?organisation={busy.slug}&organisation={planless.slug}")
    said = [cell.text for cell in elements(page, "td") if "no plan recorded" in cell.text]
    assert sorted(said) == ["no plan recorded", "no plan recorded for this programme"]


def test_the_download_of_forces_says_nought_only_where_it_is_counted(client):
    grades, whole = graded(Coverage.GRADES_ONLY), graded(Coverage.WHOLE)
    found = graded(Coverage.WHOLE)
    factories.finding.make(organisations=[found], kind=FindingKind.WEAKNESS)
    shown = ("to_improve", "strengths", "findings_recorded")
    rows = downloaded(client, grades, whole, found)
    assert [[row[name] for name in shown] for row in rows] == [
        [None, None, "grades_only"],
        [0, 0, "whole"],
        [1, 0, "whole"],
    ]


def test_no_force_reads_nought_where_its_findings_are_recorded_in_part(reader):
    dorset = Organisation.objects.get(slug="dorset")
    assert not dorset.findings.positive().exists()
    (row,) = downloaded(reader, dorset)
    assert (row["strengths"], row["findings_recorded"]) == (None, "in_part")
    for address, times in (
        ("/forces/?region=south-west", 2),
        ("/regions/south-west/", 2),
        ("/compare/?organisation=dorset&organisation=gloucestershire", 1),
        ("/forces/dorset/", 1),
        ("/inspections/soc-south-west-2025/", 2),
    ):
        page = reader.get(address)
        zeros = [
            link.attributes["href"]
            for link in elements(page, "a")
            if link.attributes.get("data-count") == "0" and "kind=" in link.attributes["href"]
        ]
        assert zeros == [], address
        assert text(page).count("none recorded") >= times, address


def planned(*due_on, status="in_progress"):
    """An organisation with a plan of open actions that are due on these days."""
    inspection = factories.inspection.make(programme=Programme.objects.headline())
    plan = factories.plan.make(inspection=inspection)
    for day in due_on:
        factories.action_in(plan=plan, due_on=day, status=status)
    return plan.organisation


LONG_AGO = date(2024, 1, 1)


def test_none_is_overdue_only_where_an_open_action_has_a_date(client):
    undated = planned(None, None)
    late = planned(None, LONG_AGO)
    in_time = planned(None, date(2090, 1, 1))
    done = planned(None, status="complete")
    rows = downloaded(client, undated, late, in_time, done)
    assert [row["overdue_actions"] for row in rows] == [None, 1, 0, 0]
    for organisation in (undated, late, in_time, done):
        page = client.get(f"/forces/?region={organisation.region.slug}")
        assert ("no open action has a date" in text(page)) is (organisation == undated)


def lane(client, region):
    (box,) = (
        box
        for box in elements(client.get(region.get_absolute_url()), "div")
        if "claimed" in box.classes
    )
    return " ".join(box.text.split())


def test_the_lane_of_a_region_says_how_many_open_actions_have_no_date(client):
    organisation = planned(None, None)
    said = lane(client, organisation.region)
    assert "2 open actions, none of them with a due date" in said
    assert "overdue" not in said
    factories.action_in(plan=organisation.plans.get(), due_on=LONG_AGO)
    said = lane(client, organisation.region)
    assert "1 action overdue" in said
    assert "2 open actions without a due date" in said
    assert "no action recorded" in lane(client, factories.plan.make().organisation.region)


def test_a_list_of_overdue_actions_tells_unknown_from_none(client):
    organisation = planned(None, None)
    scope = f"organisation={organisation.slug}"
    note = "No open action here has a due date, so we do not know whether any is late."
    assert note in text(client.get(f"/actions/?{scope}&overdue=yes"))
    assert 'data-rows="2"' in client.get(f"/actions/?{scope}&overdue=none").content.decode()
    assert 'data-rows="0"' in client.get(f"/actions/?{scope}&overdue=no").content.decode()
    factories.action_in(plan=organisation.plans.get(), due_on=date(2090, 1, 1))
    assert note not in text(client.get(f"/actions/?{scope}&overdue=yes"))
    assert 'data-rows="1"' in client.get(f"/actions/?{scope}&overdue=no").content.decode()


@pytest.mark.parametrize("descending", ["", "-"])
def test_forces_without_recorded_findings_come_last_in_either_order(client, descending):
    answer = client.get(f"/forces/?sort={descending}strengths&format=json")
    counts = [row["strengths"] for row in json.loads(answer.getvalue())["rows"]]
    known = [count for count in counts if isinstance(count, int)]
    assert set(counts) - set(known) == {None}
    assert known == sorted(known, reverse=bool(descending)) == counts[: len(known)]


def test_inadequate_forces_without_entered_findings_never_read_nought(client):
    first, second = graded(Coverage.GRADES_ONLY), graded(Coverage.GRADES_ONLY)
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


def test_a_region_whose_findings_are_not_entered_says_so(client):
    region = graded(Coverage.GRADES_ONLY).region
    said = text(client.get(region.get_absolute_url()))
    assert "Findings not recorded here" in said
    assert "findings not recorded here" in said  # of what the inspectorate has confirmed
    assert "0 findings" not in said
    assert "0 actions" not in said


def test_an_inspection_says_how_far_its_findings_are_recorded(client):
    inspection = graded(Coverage.GRADES_ONLY).region.inspections.get()
    assert "Findings not recorded here" in text(client.get(inspection.get_absolute_url()))
    assert "Its findings are recorded here in part." in text(
        client.get("/inspections/soc-south-west-2025/")
    )
    said = text(client.get("/inspections/"))
    assert "25 recorded in part" in said
    assert said.count("not recorded here") == 9


def test_findings_that_are_recorded_in_part_say_so_once(reader):
    for address in ("/regions/south-west/", "/forces/dorset/", "/forces/dorset/summary/"):
        said = text(reader.get(address))
        assert said.count("Only some of the report’s findings are recorded here.") == 1, address


def test_heat_maps_and_their_chart_leave_out_whose_findings_are_not_recorded_and_say_so(client):
    recorded, theme = graded(Coverage.WHOLE), factories.theme.make()
    other = graded(Coverage.GRADES_ONLY, factories.force.make(region=recorded.region))
    inspection = recorded.region.inspections.get(findings_recorded=Coverage.WHOLE)
    factories.finding_on(theme, inspection=inspection, organisations=[recorded])
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


def test_what_only_a_force_claims_is_marked_so_wherever_it_is_listed(reader):
    claimed = Finding.objects.get(reference="F20").summary
    found = Finding.objects.get(reference="F16").summary
    for address in (
        "/forces/gloucestershire/",
        "/forces/gloucestershire/summary/",
        "/inspections/soc-south-west-2025/",
    ):
        said = text(reader.get(address))
        assert f"{claimed} (claimed by the force or unit)" in said, address
        assert f"{found} (claimed" not in said, address
