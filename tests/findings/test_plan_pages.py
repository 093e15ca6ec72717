"""The pages of plans: their actions in two lanes, and what is said of each."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from findings.choices import ActionStatus, DueSetBy
from findings.models import Plan
from tests import factories
from tests.pages import elements, hrefs, text
from tests.workflow_steps import set_due_date

from .test_views import finding_page

pytestmark = pytest.mark.django_db


def test_plans_show_their_progress_and_whose_plan_is_not_recorded(reader):
    page = reader.get(reverse("findings:plan_list"))
    said = text(page)
    assert (
        "The forces say that four of 14 actions are complete. The inspectorate has confirmed "
        "no findings as closed. Our sources may not report every closure." in said
    )
    rows = {next(row.all("th")).text: row.text for row in elements(page, "tr")}
    (planless,) = (one for one in elements(page, "dl") if "planless" in one.classes)
    assert [one.text for one in planless.all("dd")] == ["Devon and Cornwall", "Dorset", "Wiltshire"]
    assert "3 of 5 complete" in rows["Gloucestershire: steps reported outside a named plan"]


def test_a_plan_of_which_no_action_is_recorded_is_listed_all_the_same(client):
    plan = factories.plan.make(name="Made-up intent")
    assert "Made-up intent" in text(client.get(reverse("findings:plan_list")))
    assert "No action recorded" in text(client.get(plan.get_absolute_url()))


def test_a_plan_shows_each_action_in_two_lanes(reader):
    page = reader.get("/plans/gloucestershire-reported-steps/")
    (action,) = [held for held in elements(page, "article") if held.attributes["id"] == "action-1"]
    claimed, confirmed = [
        lane.text for lane in action.all("div") if {"claimed", "confirmed"} & set(lane.classes)
    ]
    assert "Force says: complete" in claimed
    assert "none recorded" in claimed and "no date recorded" in claimed
    assert "¶24, claimed by the force or unit" in claimed
    assert "Responds to F15" in confirmed and "no confirmation recorded" in confirmed


def test_an_action_tells_how_far_its_date_moved_who_set_it_and_why(client):
    on = timezone.localdate()
    action = factories.action.make(due_on=on - timedelta(days=40), due_set_by=DueSetBy.INSPECTORATE)
    because, by = "The made-up college closed.", factories.staff.make()
    set_due_date(action, on - timedelta(days=1), DueSetBy.INSPECTORATE, because, by)
    said = text(client.get(action.plan.get_absolute_url()))
    assert "overdue, set by the inspectorate" in said
    assert "moved 39 days later: The made-up college closed." in said


def test_an_action_tells_its_dated_updates_the_newest_first(client):
    action = factories.action.make()
    staff = factories.staff.make()
    for note in ("First.", "Second."):
        factories.reported(action, ActionStatus.IN_PROGRESS, note, staff, timezone.now())
    said = text(client.get(action.plan.get_absolute_url()))
    assert 0 < said.index("Second.") < said.index("First.")
    assert staff.username not in said


def test_completing_an_action_confirms_nothing(client):
    finding = factories.finding.make()
    action = factories.action.make(findings=[finding], status=ActionStatus.COMPLETE)
    said = text(client.get(action.plan.get_absolute_url()))
    assert "Force says: complete" in said
    assert "no confirmation recorded" in said


def test_a_plan_shows_the_public_evidence_of_an_update_and_hides_what_is_restricted(client):
    action = factories.action.make(findings=[factories.finding.make()])
    update = factories.reported(action, ActionStatus.IN_PROGRESS, "Somebody began.")
    factories.evidence.make(action=None, update=update, is_public=True, title="Public minutes")
    factories.evidence.make(action=None, update=update, is_public=False, title="Restricted minutes")
    plan, finding = (
        text(client.get(action.plan.get_absolute_url())),
        text(finding_page(client, action.findings.get().reference)),
    )
    for said in (plan, finding):
        assert said.count("Public minutes") == 1
        assert "Restricted minutes" not in said


def test_a_plan_under_embargo_has_no_page_and_is_in_no_list(client):
    plan = factories.plan.make(
        inspection=factories.inspection.make(public_at=None), name="Planned too early"
    )
    factories.action.make(plan=plan)
    assert client.get(plan.get_absolute_url()).status_code == 404
    assert "Planned too early" not in text(client.get(reverse("findings:plan_list")))


def test_an_action_that_would_tell_of_a_finding_under_embargo_is_not_told(client):
    plan = Plan.objects.get(slug="south-west-regional-response")
    hidden = factories.finding.make(inspection=factories.inspection.make(public_at=None))
    factories.action.make(
        plan=plan, number=99, summary="Answer what is not yet known.", findings=[hidden]
    )
    assert "Answer what is not yet known." not in text(client.get(plan.get_absolute_url()))


def test_a_very_long_plan_has_pages_and_each_action_an_address_that_leads_to_its_own(client):
    plan = factories.plan.make()
    first, *_, last = (factories.action.make(plan=plan, number=n) for n in (50, 7, 51, 120))
    assert first.get_absolute_url() == f"{plan.get_absolute_url()}#action-50"
    assert last.get_absolute_url() == f"{plan.get_absolute_url()}?page=3#action-120"
    shown = {}
    for number in (1, 2, 3):
        page = client.get(plan.get_absolute_url(), {"page": number})
        shown[number] = [one.attributes["id"] for one in elements(page, "article")]
    assert shown == {1: ["action-7", "action-50"], 2: ["action-51"], 3: ["action-120"]}
    assert "Page 3 of 3" in text(page)
    for wrong in ("0", "4", "²", "2&page=3"):
        refused = client.get(f"{plan.get_absolute_url()}?page={wrong}")
        assert refused.status_code == 400


def test_a_replaced_action_leads_to_the_page_of_what_replaced_it(client):
    plan = factories.plan.make()
    new = factories.action.make(plan=plan, number=70)
    factories.action.make(plan=plan, number=1, status=ActionStatus.SUPERSEDED, superseded_by=new)
    page = client.get(plan.get_absolute_url())
    assert new.get_absolute_url() in hrefs(page)


def test_the_due_dates_of_a_plan_are_told_as_first_set_as_they_moved_and_as_done(client):
    plan, by = factories.plan.make(), factories.staff.make()
    first, moved_on = date(2026, 3, 31), date(2026, 5, 30)
    statuses = (ActionStatus.NOT_STARTED, ActionStatus.PENDING_SIGN_OFF, ActionStatus.IN_PROGRESS)
    late, done, removed = (
        factories.action_in(status, first, plan=plan, number=number)
        for number, status in enumerate(statuses, 1)
    )
    factories.action.make(plan=plan, number=4)
    set_due_date(late, moved_on, DueSetBy.INSPECTORATE, "The made-up college closed.", by)
    set_due_date(removed, None, "", "Nobody can tell.", by)
    factories.reported(done, ActionStatus.COMPLETE, at=datetime(2026, 3, 2, 12, tzinfo=UTC))

    page = client.get(f"{plan.get_absolute_url()}due-dates/")
    said = text(page)
    assert (
        "Three actions of this plan had a due date. Two of these dates moved, by a median of 60 "
        "days later. The force says that one of three such actions is complete. Three open "
        "actions of the plan have no owner." in said
    )
    rows = {row.all("th").__next__().text: row.text for row in elements(page, "tr")}
    assert (
        "To 30 May 2026, set by the inspectorate, on 1 September 2025: The made-up college closed. "
        "30 May 2026, 60 days later overdue" in rows["Action 1"]
    )
    assert "not moved 31 March 2026 no owner recorded complete, 2 March 2026" in rows["Action 2"]
    assert "Date taken away, on 1 September 2025: Nobody can tell." in rows["Action 3"]
    figure = client.get(f"{plan.get_absolute_url()}due-dates/charts/due_dates.json").json()
    assert {trace.get("name"): len(trace["x"]) for trace in figure["data"]} == {
        None: 3,
        "First due date": 3,
        "Due date now": 2,
        "Completed, the force says": 1,
    }
    drawn = client.get(f"{plan.get_absolute_url()}due-dates/charts/due_dates.svg")
    assert all(f">Action {number}<" in drawn.content.decode() for number in (1, 2, 3))
    own = f"{plan.get_absolute_url()}due-dates/charts/due_dates/"
    rows = json.loads(client.get(f"{own}?format=json").getvalue())["rows"]
    assert [
        (row["action"], row["due_on"], row["days_moved"], row["completed_on"]) for row in rows
    ] == [
        ("Action 1", "2026-05-30", 60, None),
        ("Action 2", "2026-03-31", 0, "2026-03-02"),
        ("Action 3", None, None, None),
    ]
    shown = text(client.get(own))
    assert "31 March 2026 30 May 2026 60" in shown
    assert client.get(f"/embed{own}").status_code == 200
