"""What staff find on their first page: every number opens exactly the rows that it counts."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from findings.attention import AWAITING, FOR_APPROVAL, PROGRESS, with_proposals
from findings.choices import ActionStatus
from findings.models import Action, Plan
from findings.workflow import send_back, submit, write_update
from findings.worklist import worklist
from forces import access
from forces.choices import Role
from forces.models import Organisation
from tests import accounts, factories
from tests.pages import elements, text
from tests.worklist_readers import DESK, PEOPLE, sign_in

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


def everything(user):
    """At least one row of every matter, of one's own body and of another, some written by this
    person."""
    now, other = timezone.now(), factories.staff.make()
    for organisation in (accounts.OWN, accounts.OTHER):
        for days in (-1, 0, 30, 31):
            dated(organisation, days)
        action_of(organisation, status="complete")
        action_of(organisation, owner_role="head of crime")
        for writer in (user, other):
            write_update(action_of(organisation), "in_progress", "A draft.", writer, now)
            update = submit(
                write_update(action_of(organisation), "in_progress", "Handed in.", writer, now),
                writer,
                now,
            )
            send_back(
                submit(
                    write_update(update.action, "in_progress", "Again.", writer, now), writer, now
                ),
                other,
                "No.",
            )
    grading = factories.grading.make(grade=1, inspection__published_on=timezone.localdate())
    factories.fieldwork.make()
    factories.response.make()
    factories.confirmation.make()
    factories.finding.make(kind="cause_of_concern", inspection=grading.inspection)


def numbers(page):
    """What each number on the desk says, by the address that it opens."""
    return {
        unescape(link.attributes["href"]): int(link.attributes["data-count"])
        for link in elements(page, "a")
        if "data-count" in link.attributes
    }


def listed(client, address):
    page = client.get(address)
    assert page.status_code == 200, address
    return page.context["cl"].result_count


@pytest.mark.parametrize("who", ["two bodies", "steward"])
def test_every_number_opens_exactly_the_rows_that_it_counts(client, who):
    everything(sign_in(client, who))
    told = numbers(client.get(DESK))
    assert {address: listed(client, address) for address in told} == told
    assert len(told) > 8


@pytest.mark.parametrize("who", PEOPLE)
def test_every_matter_of_a_person_is_counted_or_said_to_be_none(client, who):
    user = sign_in(client, who)
    everything(user)
    shown = worklist(user, timezone.localdate())
    words = {row.words for row in shown.progress.counts} | set(shown.progress.none)
    concerned = {rule.words for rule in PROGRESS if rule.concerns(user, timezone.localdate())}
    assert words == concerned
    writes, approves = who not in ("viewer", "auditor"), who in ("approver", "steward", "superuser")
    assert ("in your drafts" in words, "sent back to you" in words) == (
        writes,
        writes,
    )
    assert ("awaiting your approval" in words) == approves
    assert (shown.facts is not None) == (who in ("steward", "auditor", "superuser"))
    if shown.facts:
        assert shown.facts.none == []


@pytest.mark.parametrize("who", ["viewer", "editor", "approver", "two bodies", "steward"])
def test_what_awaits_approval_waits_for_the_reader_or_for_somebody_else_never_for_both(client, who):
    user, today = sign_in(client, who), timezone.localdate()
    everything(user)
    mine, others = (
        {row.pk for row in rule.rows(Action.objects.all(), user, today)}
        for rule in (FOR_APPROVAL, AWAITING)
    )
    seen = access.rows(user, "findings.view_action", Action.objects.all(), today)
    waiting = with_proposals(seen, lambda proposals: proposals.awaiting_approval())
    assert mine | others == {row.pk for row in waiting}
    assert not mine & others
    assert others


def test_what_there_is_none_of_is_named_without_a_number(client):
    sign_in(client, "editor")
    page = client.get(DESK)
    assert 0 not in numbers(page).values()
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
    assert "Nothing needs attention. Everything is on time, reported and approved." in text(
        client.get(DESK)
    )
    assert "No action needs attention." in text(client.get(DESK))


def test_a_member_sees_the_numbers_of_their_own_organisation_alone(client):
    user = sign_in(client, "editor")
    everything(factories.staff.make())
    for row in [*worklist(user, timezone.localdate()).progress.counts]:
        for found in client.get(row.url).context["cl"].queryset:
            action = found if isinstance(found, Action) else found.action
            assert action.plan.organisation.slug == accounts.OWN


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


@pytest.mark.parametrize("who", PEOPLE)
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
    approves, writes = who in ("approver", "steward", "superuser"), who not in ("viewer", "auditor")
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


def test_every_button_opens_a_page(client):
    user = sign_in(client, "two bodies")
    everything(user)
    for link in elements(client.get(DESK), "a"):
        if "button" in link.classes:
            assert client.get(link.attributes["href"]).status_code == 200


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


@pytest.mark.parametrize("who", ["approver", "two bodies", "steward"])
def test_the_worklist_asks_the_database_as_often_however_much_there_is(client, who):
    user = sign_in(client, who)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(DESK).status_code == 200
        return len(queries)

    everything(user)
    count()
    before = count()
    everything(user)
    assert count() == before
    assert before <= 26
