"""The calendars of deadlines, as two programs read them."""

from datetime import UTC, date, datetime

import icalendar
import pytest
import vobject

from findings.choices import ActionStatus, DueSetBy
from tests import factories
from tests.pages import hrefs
from tests.workflow_steps import set_due_date

pytestmark = pytest.mark.django_db
DUE = date(2026, 3, 31)
SAID_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def read(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return answer.content


def parts(content, name):
    """The events or to-dos of a calendar, by the action or whatever they are about."""
    found = icalendar.Calendar.from_ical(content).walk(name)
    return {str(part["uid"]).removeprefix("todo-").partition("@")[0]: part for part in found}


def test_a_plan_s_calendar_has_each_due_date_as_an_event_and_as_a_to_do(client):
    plan = factories.plan.make(name="Made-up plan, the first")
    so_far = (ActionStatus.NOT_STARTED, ActionStatus.PENDING_SIGN_OFF, ActionStatus.NOT_STARTED)
    due, done, dropped = (
        factories.action_in(status, DUE, plan=plan, number=number)
        for number, status in enumerate(so_far, 1)
    )
    factories.action.make(plan=plan, number=4)
    set_due_date(
        due, date(2026, 6, 30), DueSetBy.ORGANISATION, "Nobody came.", factories.staff.make()
    )
    factories.reported(done, ActionStatus.COMPLETE, at=SAID_AT)
    factories.reported(dropped, ActionStatus.NOT_PURSUED, at=SAID_AT)
    content = read(client, f"{plan.get_absolute_url()}deadlines.ics")

    events, todos = parts(content, "VEVENT"), parts(content, "VTODO")
    keys = [f"action-{action.pk}-due" for action in (due, done, dropped)]
    assert set(events) == set(todos) == set(keys)
    assert [events[key].decoded("dtstart") for key in keys] == [date(2026, 6, 30), DUE, DUE]
    assert [todos[key].decoded("due") for key in keys] == [date(2026, 6, 30), DUE, DUE]
    assert [str(events[key]["status"]) for key in keys] == ["CONFIRMED", "CANCELLED", "CANCELLED"]
    said = [str(todos[key]["status"]) for key in keys]
    assert said == ["NEEDS-ACTION", "COMPLETED", "CANCELLED"]
    assert [events[key]["sequence"] for key in keys] == [1, 0, 0]
    assert todos[keys[1]].decoded("completed") == SAID_AT
    assert not any("dtstart" in part for part in todos.values())
    assert str(events[keys[0]]["url"]).endswith("#action-1")
    assert "The force says: not started." in str(events[keys[0]]["description"])

    whole = vobject.readOne(content.decode())
    assert "," not in whole.x_wr_calname.value
    assert "(made up)" in whole.x_wr_calname.value
    assert {one.uid.value for one in whole.vevent_list} == {
        str(part["uid"]) for part in events.values()
    }
    assert whole.vevent_list[0].dtstart.value == events[keys[1]].decoded("dtstart")
    # As RFC 5545 has it: no line is longer than 75 bytes, and each ends with two.
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_force_s_calendar_adds_the_days_for_comments_and_the_reviews_of_public_evidence(client):
    force = factories.force.make()
    inspection = factories.inspection.make(published_on=date(2025, 6, 12))
    factories.grading.make(inspection=inspection, organisation=force)
    action = factories.action.make(plan__organisation=force)
    public, _hidden = (
        factories.evidence.make(action=action, review_on=DUE, is_public=is_public)
        for is_public in (True, False)
    )
    address = f"{force.get_absolute_url()}deadlines.ics"
    comments, review = (
        f"inspection-{inspection.pk}-comments-{force.pk}",
        f"evidence-{public.pk}-review",
    )

    events = parts(read(client, address), "VEVENT")
    assert {key: part.decoded("dtstart") for key, part in events.items()} == {
        comments: date(2025, 8, 6),
        review: DUE,
    }
    assert events[comments]["status"] == "CONFIRMED"

    factories.policing_body_comment.make(inspection=inspection, organisation=force)
    assert parts(read(client, address), "VTODO")[comments]["status"] == "COMPLETED"


def test_a_calendar_holds_nothing_that_is_not_public(client):
    plan = factories.plan.make(is_draft=True)
    factories.action.make(plan=plan, due_on=DUE, due_set_by=DueSetBy.ORGANISATION)
    assert client.get(f"{plan.get_absolute_url()}deadlines.ics").status_code == 404
    factories.grading.make(organisation=plan.organisation, inspection__published_on=None)
    address = f"{plan.organisation.get_absolute_url()}deadlines.ics"
    assert not parts(read(client, address), "VEVENT")


def test_the_pages_of_plans_and_forces_lead_to_their_calendars(reader):
    for address in ("/plans/gloucestershire-reported-steps/", "/forces/gloucestershire/"):
        assert f"{address}deadlines.ics" in hrefs(reader.get(address))
