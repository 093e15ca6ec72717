"""Every number that staff find on their first page opens exactly the rows that it counts."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from findings.attention import AWAITING, FOR_APPROVAL, PROGRESS, with_proposals
from findings.models import Action
from findings.workflow import send_back, submit, write_update
from findings.worklist import worklist
from forces import access
from forces.models import Organisation
from tests import accounts, factories
from tests.pages import elements
from tests.worklist_readers import DESK, PEOPLE, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def everything(*writers):
    """At least one row of every matter, of one's own body and of another, in plans under embargo;
    some written by each of these people."""
    today, now, other = timezone.localdate(), timezone.now(), factories.staff.make()

    def written(action, writer, note):
        return write_update(action, "in_progress", note, writer, now)

    for slug in (accounts.OWN, accounts.OTHER):
        organisation = Organisation.objects.get(slug=slug)
        plan = factories.plan.make(organisation=organisation, inspection__public_at=None)
        for days in (-1, 0, 30, 31):
            due_on = today + timedelta(days=days)
            factories.action.make(plan=plan, due_on=due_on, due_set_by="organisation")
        factories.action.make(plan=plan, status="complete")
        factories.action.make(plan=plan, owner_role="head of crime")
        for writer in (*writers, other):
            written(factories.action.make(plan=plan), writer, "A draft.")
            action = factories.action.make(plan=plan)
            submit(written(action, writer, "Handed in."), writer, now)
            send_back(submit(written(action, writer, "Again."), writer, now), other, "No.")
    grading = factories.grading.make(grade=1, inspection__published_on=today)
    factories.fieldwork.make()
    factories.response.make()
    factories.confirmation.make()
    factories.finding.make(kind="cause_of_concern", inspection=grading.inspection)


@pytest.fixture(scope="module")
def desks(kept_rows):
    """Everybody, as a client and a user, where there is something of everything."""
    clients = {who: Client() for who in PEOPLE}
    desks = {who: (client, sign_in(client, who)) for who, client in clients.items()}
    everything(*(desks[who][1] for who in ("approver", "two bodies", "steward")))
    return desks


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
def test_every_number_opens_exactly_the_rows_that_it_counts(desks, who):
    client, _ = desks[who]
    told = numbers(client.get(DESK))
    # A steward opens the sums over all organisations; the two, each organisation's and its plans'.
    told = {
        address: number
        for address, number in told.items()
        if ("plan__" in address) is (who == "two bodies")
    }
    assert {address: listed(client, address) for address in told} == told
    assert len(told) > 8


@pytest.mark.parametrize("who", PEOPLE)
def test_every_matter_of_a_person_is_counted_or_said_to_be_none(desks, who):
    _, user = desks[who]
    shown = worklist(user, timezone.localdate())
    words = {row.words for row in shown.progress.counts} | set(shown.progress.none)
    concerned = {rule.words for rule in PROGRESS if rule.concerns(user, timezone.localdate())}
    assert words == concerned
    writes, approves = who not in ("viewer", "auditor"), who in ("approver", "steward", "superuser")
    assert ("in your drafts" in words, "sent back to you" in words) == (writes, writes)
    assert ("awaiting your approval" in words) == approves
    assert (shown.facts is not None) == (who in ("steward", "auditor", "superuser"))
    if shown.facts:
        assert shown.facts.none == []


@pytest.mark.parametrize("who", ["viewer", "editor", "approver", "two bodies", "steward"])
def test_what_awaits_approval_waits_for_the_reader_or_for_somebody_else_never_for_both(desks, who):
    (_, user), today = desks[who], timezone.localdate()
    mine, others = (
        {row.pk for row in rule.rows(Action.objects.all(), user, today)}
        for rule in (FOR_APPROVAL, AWAITING)
    )
    seen = access.rows(user, "findings.view_action", Action.objects.all(), today)
    waiting = with_proposals(seen, lambda proposals: proposals.awaiting_approval())
    assert mine | others == {row.pk for row in waiting}
    assert not mine & others
    assert others


def test_a_member_sees_the_numbers_of_their_own_organisation_alone(desks):
    client, user = desks["editor"]
    for row in worklist(user, timezone.localdate()).progress.counts:
        for found in client.get(row.url).context["cl"].queryset:
            action = found if isinstance(found, Action) else found.action
            assert action.plan.organisation.slug == accounts.OWN


def test_every_button_opens_a_page(desks):
    client, _ = desks["two bodies"]
    buttons = [link for link in elements(client.get(DESK), "a") if "button" in link.classes]
    assert buttons
    for button in buttons:
        assert client.get(button.attributes["href"]).status_code == 200


def test_the_worklist_asks_the_database_as_often_however_much_there_is(desks):
    def counts():
        counted = {}
        for who, (client, _) in busy.items():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(DESK).status_code == 200
            counted[who] = len(queries)
        return counted

    busy = {who: desks[who] for who in ("two bodies", "steward")}
    counts()
    before = counts()
    everything(*(user for _, user in busy.values()))
    assert counts() == before
    assert max(before.values()) <= 26
