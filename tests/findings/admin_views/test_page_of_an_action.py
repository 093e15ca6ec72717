"""What the page of an action draws and tells, and where that of an update leads."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings import transition_diagram
from findings.choices import ActionStatus
from findings.workflow import (
    TRANSITIONS,
    publish,
    send_back,
    submit,
    write_update,
)
from tests import accounts, factories
from tests.action_pages import DAY, bulk, drafted, handed_in, page_of
from tests.pages import elements, text
from tests.workflow_steps import set_due_date

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize(
    ("reader", "state", "next_step"),
    [
        ("approver", "submitted", "Approve"),
        ("writer", "draft", "Continue your draft"),
        ("writer", "sent_back", "Put it right"),
        ("writer", "submitted", None),
        ("viewer", "submitted", None),
        ("approver", "draft", None),
        ("approver", "published", None),
    ],
)
def test_the_page_of_an_update_leads_to_what_its_reader_may_do_next(
    reader, state, next_step, client, action
):
    writer = accounts.make("editor")
    update = write_update(action, action.status, "Ten posts are filled.", writer, timezone.now())
    if state != "draft":
        submit(update, writer, timezone.now())
    if state == "sent_back":
        send_back(update, factories.staff.make(), "Say when.")
    if state == "published":
        publish(update, factories.staff.make(), timezone.now())
    client.force_login(writer if reader == "writer" else accounts.make(reader))
    page = client.get(page_of("change", update))
    assert [
        link.text for link in elements(page, "a") if link.attributes.get("class") == "button"
    ] == [next_step] * (next_step is not None)
    if next_step:
        (step,) = [link for link in elements(page, "a") if link.text == next_step]
        assert client.get(step.attributes["href"]).status_code == 200


@pytest.mark.parametrize("status", ActionStatus)
def test_the_allowed_moves_are_drawn_from_their_one_table(status):
    drawn = transition_diagram.draw(status)
    assert [box.status for box in drawn.boxes] == list(ActionStatus)
    assert [box.status for box in drawn.boxes if box.is_now] == [status]
    assert {box.status for box in drawn.boxes if box.is_next} == set(TRANSITIONS[status])
    assert len(drawn.arrows) == sum(map(len, TRANSITIONS.values()))
    assert sum(arrow.is_open for arrow in drawn.arrows) == len(TRANSITIONS[status])


def test_the_page_of_an_action_draws_the_moves_and_tells_them_in_words(client, action):
    accounts.sign_in(client, "steward")
    page = client.get(page_of("change", action))
    assert page.context["diagram"] == transition_diagram.draw(action.status)
    (picture,) = [svg for svg in elements(page, "svg") if svg.attributes.get("role") == "img"]
    assert [label.text for label in picture.all("text")] == [
        status.label for status in ActionStatus
    ]
    for before, nexts in TRANSITIONS.items():
        now = " now" if before == action.status else ""
        words = f"{before.label.capitalize()}{now} "
        words += ", ".join(after.label for after in nexts) or "no other status"
        assert words in text(page)


def test_an_action_tells_all_that_was_written_of_it_newest_first(client, action):
    accounts.sign_in(client, "viewer")
    by = factories.staff.make()
    now = timezone.now()
    factories.evidence.make(action=action, title="Old minutes")
    set_due_date(action, DAY, "organisation", "A date.", by, now - timedelta(days=3))
    factories.reported(action, action.status, "An update.", at=now - timedelta(days=2))
    write_update(action, action.status, "A draft.", by, now - timedelta(days=1))
    page = text(client.get(page_of("change", action)))
    places = [
        page.index(words)
        for words in ("A draft.", "An update.", "A date.", "Evidence: Old minutes")
    ]
    assert places == sorted(places)


def test_a_page_about_an_action_asks_the_database_as_often_however_much_was_written(client, action):
    approver = accounts.sign_in(client, "approver")
    pages = [page_of(view, action) for view in ("change", "record_progress", "due_date")]

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert {client.get(page).status_code for page in pages} == {200}
        return len(queries)

    def write():
        update = factories.reported(action, action.status)
        factories.evidence.make(action=None, update=update)
        factories.evidence.make(action=action)
        factories.due_date_change.make(action=action)
        drafted(action, factories.staff.make())
        handed_in(action, status=action.status)

    drafted(action, approver)
    write()
    count()
    before = count()
    for _ in range(2):
        write()
    assert count() == before


def test_every_page_that_dates_an_action_says_whether_it_is_overdue(client, action):
    accounts.sign_in(client, "editor")
    late, done = (
        factories.action.make(
            plan=action.plan,
            number=day,
            status=status,
            due_on=date(2025, 8, day),
            due_set_by="organisation",
            findings=action.findings.all(),
        )
        for day, status in ((30, ActionStatus.IN_PROGRESS), (29, ActionStatus.COMPLETE))
    )
    organisation = action.plan.organisation
    pages = {
        "plan": client.get(page_of("change", action.plan)),
        "several": bulk(client, [late, done], "set_due_dates"),
        "list": client.get(reverse("admin:findings_action_changelist")),
        "finding": client.get(action.findings.get().get_absolute_url()),
        "public plan": client.get(late.get_absolute_url()),
        "printed": client.get(reverse("forces:organisation_summary", args=[organisation.slug])),
    }

    def overdue(day, page):
        return bool(re.search(f"{day} Aug(ust)? 2025,? overdue", text(page)))

    told = {name: (overdue(30, page), overdue(29, page)) for name, page in pages.items()}
    assert told == dict.fromkeys(pages, (True, False))
    for name in ("due_date", "owner"):
        assert overdue(30, client.get(page_of(name, late)))
        assert not overdue(29, client.get(page_of(name, done)))
