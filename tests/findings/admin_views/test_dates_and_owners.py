"""Due dates and owners of one action."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from findings.models import Action
from findings.workflow import publish
from tests import accounts, factories
from tests.action_pages import DAY, bulk, page_of
from tests.pages import text, version_now

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def approve(action):
    """What is proposed for an action, approved by somebody else."""
    for proposals in (action.owner_changes, action.due_date_changes):
        for proposal in proposals.awaiting_approval():
            publish(proposal, factories.staff.make(), timezone.now())
    action.refresh_from_db()


def test_a_change_of_owner_stands_in_the_history_with_its_reason(client, action):
    accounts.sign_in(client, "editor")
    for role, reason in (
        ("head of crime", "Agreed at the board."),
        ("head of intelligence", "They moved."),
        ("", "Nobody is left."),
    ):
        owner = {"version": version_now(), "owner_role": role}
        assert "Say why you are setting this owner." in text(
            client.post(page_of("owner", action), owner)
        )
        assert client.post(page_of("owner", action), owner | {"reason": reason}).status_code == 302
        approve(action)
    said = text(client.get(page_of("change", action)))
    for words in (
        "Owner set: head of crime Agreed at the board. Recorded by editor",
        "Owner changed from head of crime to head of intelligence They moved. Recorded by editor",
        "Owner removed; it was the head of intelligence Nobody is left. Recorded by editor",
    ):
        assert words in said


def test_only_a_date_that_is_set_can_be_removed(client, action):
    accounts.sign_in(client, "editor")
    words = "Leave empty to remove the date."

    def offers():
        pages = client.get(page_of("due_date", action)), bulk(client, [action], "set_due_dates")
        return [words in text(page) for page in pages]

    assert offers() == [False, False]
    date = {"due_on": DAY, "first_due_on": DAY, "due_set_by": "organisation"}
    Action.objects.filter(pk=action.pk).update(**date)
    factories.due_date_change.make(action=action, due_on=DAY)
    assert offers() == [True, True]


def test_a_due_date_is_set_and_moved_with_a_reason_and_the_public_reads_how_far(client, action):
    accounts.sign_in(client, "editor")
    for due_on, reason in (
        ("2025-12-01", "Agreed."),
        ("2026-03-01", "Recruitment took longer."),
        ("2026-03-31", "Still longer."),
    ):
        sent = {
            "version": version_now(),
            "due_on": due_on,
            "due_set_by": "organisation",
            "reason": reason,
        }
        assert client.post(page_of("due_date", action), sent).status_code == 302
        approve(action)
    action.refresh_from_db()
    assert (action.first_due_on, action.due_on, action.days_moved) == (DAY, date(2026, 3, 31), 120)
    page = text(client.get(page_of("change", action)))
    assert "first due 1 December 2025, now 120 days later, moved 2 times" in page
    assert (
        "Due date moved from 1 December 2025 to 1 March 2026, by the force or unit "
        "itself Recruitment "
        "took longer. Recorded by editor" in page
    )
    plan = text(client.get(reverse("admin:findings_plan_change", args=[action.plan_id])))
    assert "due 31 March 2026, overdue, 120 days later than first set" in plan
    public = text(client.get(action.plan.get_absolute_url()))
    assert "1 December 2025; moved 2 times, now 120 days later: Still longer." in public
    plans = client.get(reverse("findings:plan_list"))
    assert [(row.organisation, *row.slippage) for row in plans.context["slippage"]] == [
        (action.plan.organisation, 1, 120, 120)
    ]


NO_DATES = [
    ({"reason": " "}, "Say why you are setting this due date."),
    ({"due_set_by": ""}, "Say who set the date."),
    ({"due_on": ""}, "That is already its due date."),
    ({"due_on": "", "due_set_by": ""}, "That is already its due date."),
    ({"due_on": "31 February"}, "Enter a valid date."),
    ({"due_set_by": "me"}, "me is not one of the available choices"),
]


def test_a_date_that_cannot_be_is_named_and_nothing_is_saved(client, action, subtests):
    accounts.sign_in(client, "editor")
    for changes, message in NO_DATES:
        with subtests.test(message):
            sent = {
                "version": version_now(),
                "due_on": "2025-12-01",
                "due_set_by": "organisation",
                "reason": "Agreed.",
            } | changes
            page = client.post(page_of("due_date", action), sent)
            assert (page.status_code, message in text(page)) == (200, True)
            assert not action.due_date_changes.exists()


def test_an_owner_is_set_and_taken_away(client, action):
    accounts.sign_in(client, "editor")
    for role, told in (
        ("head of crime", "action 5: owner head of crime. It is awaiting approval."),
        ("", "action 5: no owner. It is awaiting approval."),
    ):
        sent = {"version": version_now(), "owner_role": role, "reason": "Agreed."}
        assert told in text(client.post(page_of("owner", action), sent, follow=True))
        approve(action)
        assert Action.objects.get(pk=action.pk).owner_role == role


@pytest.mark.parametrize(
    ("who", "may"), [("editor", False), ("approver", False), ("steward", True)]
)
def test_that_the_inspectorate_set_a_date_is_said_by_stewards_alone(who, may, client, action):
    accounts.sign_in(client, who)
    said = {"due_on": "2025-12-01", "due_set_by": "inspectorate", "reason": "Its letter says so."}
    assert ('value="inspectorate"' in client.get(page_of("due_date", action)).text) is may
    assert ('value="inspectorate"' in bulk(client, [action], "set_due_dates").text) is may
    roads = [
        lambda: client.post(page_of("due_date", action), said | {"version": version_now()}),
        lambda: bulk(client, [action], "set_due_dates", **said | {"due_on": "2025-12-02"}),
    ]
    for n, go in enumerate(roads, 1):
        page = go()
        assert ("inspectorate is not one of the available choices" in text(page)) is not may
        approve(action)
        assert (action.due_set_by, action.due_date_changes.count()) == (
            ("inspectorate", n) if may else ("", 0)
        )


def test_a_date_taken_away_was_set_by_nobody(client, action):
    accounts.sign_in(client, "editor")
    for due_on in ("2025-12-01", ""):
        sent = {
            "version": version_now(),
            "due_on": due_on,
            "due_set_by": "organisation",
            "reason": "Agreed.",
        }
        assert client.post(page_of("due_date", action), sent).status_code == 302
        approve(action)
    action.refresh_from_db()
    assert (action.due_on, action.due_set_by) == (None, "")
