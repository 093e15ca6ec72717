"""What staff find on their first page."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from findings.choices import ActionStatus
from findings.models import Action, Plan
from findings.workflow import submit, write_update
from findings.worklist import worklist
from forces import access
from forces.choices import Role
from forces.models import Organisation
from tests import accounts, factories
from tests.pages import elements, text
from tests.worklist_readers import DESK, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def action_of(organisation, **fields):
    """An action of a body's plan that is under embargo."""
    plan = factories.plan.make(
        organisation=Organisation.objects.get(slug=organisation), inspection__public_at=None
    )
    return factories.action.make(plan=plan, **fields)


def dated(organisation, days, **fields):
    due = timezone.localdate() + timedelta(days=days)
    return action_of(organisation, due_on=due, due_set_by="organisation", **fields)


def test_what_there_is_none_of_is_named_without_a_number(client):
    sign_in(client, "editor")
    page = client.get(DESK)
    assert "0" not in [link.attributes.get("data-count") for link in elements(page, "a")]
    said = text(page)
    assert "Nothing is sent back to you, overdue, due in the next 30 days, in your drafts" in said
    assert re.search(r"Nothing is [^.]* or [^.,]+\.", said)


def test_missing_information_that_there_is_none_of_is_named_in_a_sentence(client):
    sign_in(client, "steward")
    factories.finding.make()
    said = text(client.get(DESK))
    assert re.search(r"There are no [^.]*, [^.]* or [^.]* without a source\.", said)


def test_where_nothing_waits_the_worklist_says_so(client):
    user = accounts.make("viewer", "dorset")
    client.force_login(user)
    said = text(client.get(DESK))
    assert "Nothing needs attention. Everything is on time, reported and approved." in said
    assert "No action needs attention." in said


def test_who_works_for_several_organisations_reads_the_numbers_of_each(client):
    user = sign_in(client, "two bodies")
    dated(accounts.OWN, -1)
    dated(accounts.OTHER, -1)
    dated(accounts.OTHER, -2)
    overdue = worklist(user, timezone.localdate()).progress.counts[0]
    assert (overdue.words, overdue.count) == ("overdue", 3)
    assert [(str(organisation), count) for organisation, count, _ in overdue.organisations] == [
        ("Avon and Somerset", 2),
        ("Gloucestershire", 1),
    ]


@pytest.mark.parametrize("who", ["viewer", "editor", "approver", "steward"])
def test_the_actions_that_press_most_come_first_with_a_button_for_whoever_may(client, who):
    user, today = sign_in(client, who), timezone.localdate()
    Plan.objects.all().update(starts_on=today)  # what else there is, is not stale
    undated = action_of(accounts.OWN, owner_role="head of crime")
    soon, late, later = (dated(accounts.OWN, days) for days in (2, -3, -1))
    dated(accounts.OTHER, -9, status="complete")
    handed_in, other = action_of(accounts.OWN), factories.staff.make(username="colleague")
    accounts.give(other, Role.EDITOR, accounts.OWN)
    submit(
        write_update(handed_in, "in_progress", "Ten posts.", other, timezone.now()),
        other,
        timezone.now(),
    )
    page = client.get(DESK)
    rows = page.context["worklist"].actions
    shown = [row.action for row in rows]
    approves, writes = who in ("approver", "steward"), who != "viewer"
    first = [handed_in, late, later, soon] if approves else [late, later, soon]
    assert shown[: len(first)] == first
    buttons = {
        " ".join(a.text.split()): a.attributes["href"]
        for a in elements(page, "a")
        if "button" in a.classes
    }
    assert (f"Record progress on {late}" in buttons) is writes
    assert (f"Approve progress of {handed_in}, from colleague" in buttons) is approves
    assert len(buttons) == len({row.action for row in rows if row.steps})
    assert "overdue" in text(page)
    assert undated in [
        action
        for action in Action.objects.filter(pk__in=[undated.pk])
        if access.may(user, "findings.view_action", action, today)
    ]


def test_the_worklist_is_paged_and_says_how_many_there_are(client, monkeypatch):
    monkeypatch.setattr("findings.worklist.ACTIONS_A_PAGE", 2)
    user = accounts.make("editor", "dorset")
    client.force_login(user)
    made = {dated("dorset", -n) for n in (1, 2, 3)}
    first, last, beyond = (client.get(DESK, {"p": p}) for p in ("1", "2", "none"))
    assert "1 to 2 of 3 actions that need attention." in text(first)
    assert "3 to 3 of 3 actions that need attention." in text(last)
    listed = [row.action for page in (first, last) for row in page.context["worklist"].actions]
    assert set(listed) == made
    assert text(beyond) == text(first)


def test_a_plan_is_drawn_by_status_and_leads_to_its_next_action(client):
    sign_in(client, "editor")
    plan = Plan.objects.get(slug="gloucestershire-reported-steps")
    page = client.get(DESK)
    row = next(row for row in page.context["worklist"].plans if row.plan == plan)
    assert [(count.status, count.count) for count in row.counts] == [
        (ActionStatus.COMPLETE, 3),
        (ActionStatus.IN_PROGRESS, 1),
        (ActionStatus.ANNOUNCED, 1),
    ]
    assert [(piece.left, piece.width) for piece in row.bar] == [(0, 144), (144, 48), (192, 48)]
    assert row.next_action.number == 2
    assert "3 complete, 3 complete" not in text(page)


def test_an_organisation_that_its_plan_names_is_named_once(client):
    sign_in(client, "editor")
    page = text(client.get(DESK))
    assert "Gloucestershire: Gloucestershire" not in page
    plan = factories.plan.make(organisation__short_name="Borsetshire", name="Getting better")
    assert plan.full_name == "Borsetshire: Getting better"


def test_there_are_only_so_many_plans_in_the_worklist(client, monkeypatch):
    monkeypatch.setattr("findings.worklist.MOST_PLANS", 1)
    sign_in(client, "editor")
    page = client.get(DESK)
    assert (len(page.context["worklist"].plans), "All plans" in text(page)) == (1, True)
