"""What may still change of evidence once it was handed in, and by whom."""

from contextlib import contextmanager
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from findings.choices import ProposalState
from findings.models import Evidence
from tests import accounts, factories
from tests.action_pages import page_of
from tests.evidence_files import address, asked, handed_over, kept, record
from tests.pages import hrefs, text, version_now
from tests.workflow_steps import in_state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@contextmanager
def refused(sentence="comes, changes and goes with the draft"):
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        yield


@pytest.mark.parametrize("state", ProposalState)
def test_the_database_lets_evidence_come_change_and_go_while_its_update_is_open_and_not_afterwards(
    state, action
):
    update = in_state(action, state)
    piece = kept(update, title="Minutes")
    rows = Evidence.objects.filter(pk=piece.pk)
    changes = [
        lambda: factories.evidence.prepare(action=None, update=update).save(),
        lambda: rows.update(title="Other minutes"),
        lambda: rows.update(is_public=True),
        lambda: rows.update(file="elsewhere"),
        lambda: connection.cursor().execute(
            "UPDATE findings_evidence SET dated_on = '2020-01-01' WHERE id = %s", [piece.pk]
        ),
        lambda: rows.delete(),
    ]
    for change in changes:
        if update.is_open:
            change()
        else:
            with refused():
                change()
    if not update.is_open:
        assert rows.update(review_on=date(2026, 9, 1)) == 1


def test_what_was_public_may_be_withdrawn_and_not_made_public_again(action):
    piece = kept(in_state(action, ProposalState.PUBLISHED), is_public=True)
    rows = Evidence.objects.filter(pk=piece.pk)
    rows.update(is_public=False)
    with refused():
        rows.update(is_public=True)


def test_a_withdrawal_is_told_on_the_page_of_the_action_to_which_it_leads_back(client, action):
    piece = kept(in_state(action, ProposalState.PUBLISHED), is_public=True, title="Minutes")
    accounts.sign_in(client, "approver")
    answer = client.post(
        page_of("change", piece), {"review_on": "", "why": "It names a person."}, follow=True
    )
    assert answer.redirect_chain == [
        (reverse("admin:findings_action_change", args=[action.pk]), 302)
    ]
    assert (
        "Evidence withdrawn from the public: Minutes It names a person. Recorded by approver"
        in text(answer)
    )


def test_evidence_moves_nowhere_else_by_sql_either(action, others_action):
    own, other = in_state(action, ProposalState.DRAFT), in_state(others_action, ProposalState.DRAFT)
    rows = Evidence.objects.filter(pk__in=[kept(own).pk, kept(action=action).pk])
    for elsewhere in ({"update": other, "action": None}, {"action": others_action, "update": None}):
        with refused("stays where it was added"):
            rows.update(**elsewhere)


def test_the_rule_in_words_is_the_rule_of_the_database(action):
    for state in ProposalState:
        update = in_state(action, state)
        fields = [kept(update, is_public=told).changeable_fields for told in (False, True)]
        if update.is_open or update.is_closed:
            assert fields == [[], []], state
        else:
            assert fields == [["review_on"], ["review_on", "is_public"]], state
    assert "is_public" in kept(action=action).changeable_fields


FORGED = {
    "title": "Forged",
    "shows": "Forged.",
    "dated_on": "2020-01-01",
    "url": "https://example.org/forged",
    "is_public": "on",
}


@pytest.mark.parametrize(
    ("who", "state"),
    [
        *(
            (name, ProposalState.PUBLISHED)
            for name in ("viewer", "editor", "approver", "other approver", "past approver")
        ),
        *((name, ProposalState.PUBLISHED) for name in ("steward", "auditor", "superuser")),
        *(("approver", state) for state in ProposalState if state != ProposalState.PUBLISHED),
    ],
)
def test_only_who_approves_sees_to_evidence_afterwards_and_to_nothing_else_of_it(
    who, state, client, action
):
    piece = kept(in_state(action, state), is_public=True, title="Minutes")
    before = Evidence.objects.values().get(pk=piece.pk)
    accounts.sign_in(client, who)
    page = page_of("change", piece)
    # Left out, a tick is a withdrawal.
    withdraws = FORGED | {"review_on": "2026-09-01"}
    del withdraws["is_public"]
    client.post(page, withdraws)
    client.post(page, FORGED | {"review_on": "2026-09-01"})
    client.post(page_of("delete", piece), {"post": "yes"})
    after = Evidence.objects.values().get(pk=piece.pk)
    if who in {"approver", "steward", "superuser"} and state in (
        ProposalState.SUBMITTED,
        ProposalState.PUBLISHED,
    ):
        assert after == before | {"review_on": date(2026, 9, 1), "is_public": False}
    else:
        assert after == before


@pytest.mark.parametrize("who", ["viewer", "editor", "approver", "steward"])
def test_the_page_of_an_action_leads_to_evidence_only_whom_it_lets_change_something(
    who, client, action
):
    closed, open_ = in_state(action, ProposalState.PUBLISHED), in_state(action, ProposalState.DRAFT)
    pieces = {
        kept(closed, is_public=True): {"approver", "steward"},
        kept(closed): {"approver", "steward"},
        kept(open_): set(),
        kept(action=action): {"steward"},
    }
    accounts.sign_in(client, who)
    answer = client.get(page_of("change", action))
    links = hrefs(answer)
    for piece, lets in pieces.items():
        assert (page_of("change", piece) in links) is (who in lets)
    assert ("Add evidence for it as a whole" in text(answer)) is (who == "steward")


def test_an_editor_makes_nothing_public_without_approval(client, action):
    accounts.sign_in(client, "editor")
    record(client, action, handed_over(), way="submit", **{"evidence-is_public": "on"})
    piece = Evidence.objects.get()
    client.logout()
    assert asked(client, piece) == 404
    accounts.sign_in(client, "approver")
    answer = client.get(page_of("approve", piece.update))
    assert (
        "The public will see Evidence: Board minutes (PDF, 1 kB), 1 September 2025, public "
        "once approved." in text(answer)
    )
    assert "Restricted" not in text(answer)
    assert address(piece) in hrefs(answer)
    client.post(page_of("approve", piece.update), {"version": version_now(), "publish": "x"})
    client.logout()
    assert asked(client, piece) == 200


def test_who_approves_is_told_what_stays_restricted_and_where_there_is_none(client, action):
    update = in_state(action, ProposalState.SUBMITTED)
    accounts.sign_in(client, "approver")
    for page in ("approve", "change"):
        assert "Evidence No evidence was added." in text(client.get(page_of(page, update)))
    kept(update, title="Rota")
    for page in ("approve", "change"):
        answer = client.get(page_of(page, update))
        assert "Restricted: staff only Evidence: Rota (PDF, 1 kB)" in text(answer)
        assert page_of("change", update.evidence.get()) in hrefs(answer)


@pytest.mark.parametrize("year", ["0001", "0202", "2150"])
def test_a_slip_in_the_review_date_of_what_was_approved_is_refused_with_a_sentence(
    client, action, year
):
    accounts.sign_in(client, "approver")
    piece = factories.evidence.make(action=None, update=factories.reported(action, action.status))
    told = client.post(
        reverse("admin:findings_evidence_change", args=[piece.pk]), {"review_on": f"{year}-01-01"}
    )
    assert (told.status_code, "The date must be between 1829 and 2099" in text(told)) == (200, True)
