"""Who may open and send the pages of an action, and who approves."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from findings.choices import ProposalState
from findings.models import Action, ProgressUpdate
from tests import accounts
from tests.action_pages import (
    REPORTS,
    SEES,
    handed_in,
    page_of,
    progress_page,
    typed,
)
from tests.pages import hrefs, text, version_now

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

APPROVES = {"approver", "steward", "superuser"}


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        *((name, "publish") for name in ("nobody", "viewer", "editor", "other approver")),
        *((name, "publish") for name in ("approver", "steward", "auditor", "superuser")),
        ("editor", "send_back"),
        ("approver", "send_back"),
    ],
)
def test_who_approves_what_another_wrote(name, choice, client, action):
    update = handed_in(action)
    accounts.sign_in(client, name)
    answer = client.post(
        page_of("approve", update),
        {"version": version_now(), choice: "x", "comment": "Say more."},
    )
    update.refresh_from_db()
    if name in APPROVES:
        assert answer.url == page_of("change", action)
        assert update.state == {"publish": "published", "send_back": "sent_back"}[choice]
    else:
        assert answer.status_code == (403 if name in SEES else 302 if name == "nobody" else 404)
        assert update.state == ProposalState.SUBMITTED


@pytest.mark.parametrize(
    ("name", "alone"), [("approver", False), ("approver", True), ("superuser", False)]
)
def test_nobody_approves_their_own_unless_one_person_may_which_the_page_says(
    name, alone, client, action, settings
):
    settings.ONE_PERSON_MAY_APPROVE = alone
    update = handed_in(action, accounts.sign_in(client, name))
    assert (page_of("approve", update) in hrefs(client.get(page_of("change", action)))) is alone
    page = client.get(page_of("approve", update))
    assert page.status_code == (200 if alone else 403)
    assert ("one person may approve what they wrote" in text(page)) is alone
    assert client.post(
        page_of("approve", update), {"version": version_now(), "publish": "x"}
    ).status_code == (302 if alone else 403)
    assert ProgressUpdate.objects.get().is_published is alone


def test_one_person_may_not_approve_unless_a_setting_says_so():
    assert settings.ONE_PERSON_MAY_APPROVE is False


def test_the_page_does_not_speak_of_one_person_where_another_wrote(client, action, settings):
    settings.ONE_PERSON_MAY_APPROVE = True
    update = handed_in(action)
    accounts.sign_in(client, "approver")
    assert "one person" not in text(client.get(page_of("approve", update)))


def test_an_editor_approves_nothing_even_where_one_person_may(client, action, settings):
    settings.ONE_PERSON_MAY_APPROVE = True
    update = handed_in(action, accounts.sign_in(client, "editor"))
    assert (
        client.post(
            page_of("approve", update), {"version": version_now(), "publish": "x"}
        ).status_code
        == 403
    )


@pytest.mark.parametrize("name", ["viewer", "editor", "approver", "steward"])
def test_a_page_leads_nobody_to_what_they_will_be_refused(name, client, action):
    update = handed_in(action)
    accounts.sign_in(client, name)
    found = hrefs(client.get(page_of("change", action)))
    for view in ("record_progress", "due_date", "owner"):
        assert (page_of(view, action) in found) is (name in REPORTS)
    assert (page_of("approve", update) in found) is (name in APPROVES)
    assert (progress_page(action) in hrefs(client.get(page_of("change", action.plan)))) is (
        name in REPORTS
    )


@pytest.mark.parametrize(("elsewhere", "answer"), [(False, 302), (True, 404)])
def test_a_form_that_stood_open_when_a_membership_ended_saves_nothing(
    elsewhere, answer, client, action
):
    user = accounts.sign_in(client, "approver")
    if elsewhere:
        accounts.give(user, "approver", accounts.OTHER)
    update = handed_in(action)
    settled = {"version": version_now(), "reason": "Agreed."}
    forms = {
        progress_page(action): typed(action),
        page_of("due_date", action): settled
        | {"due_on": "2026-01-01", "due_set_by": "organisation"},
        page_of("owner", action): settled | {"owner_role": "head of crime"},
        page_of("approve", update): {"version": version_now(), "publish": "Publish"},
    }
    assert {client.get(page).status_code for page in forms} == {200}
    before = Action.objects.values().get(pk=action.pk)
    user.memberships.filter(organisation=action.plan.organisation).update(
        ends_on=timezone.localdate()
    )
    assert [client.post(page, sent).status_code for page, sent in forms.items()] == [answer] * len(
        forms
    )
    assert Action.objects.values().get(pk=action.pk) == before
    assert [one.state for one in action.updates.all()] == [ProposalState.SUBMITTED]


def test_strangers_are_sent_to_sign_in(client, action):
    update = handed_in(action)
    for page in (
        *(page_of(view, action) for view in ("record_progress", "due_date", "owner")),
        page_of("approve", update),
    ):
        for method in (client.get, client.post):
            assert method(page).url.startswith(reverse("admin:login"))


def test_there_is_nothing_to_record_on_what_does_not_exist(client):
    accounts.sign_in(client, "superuser")
    pk = "9" * 30
    for page in (
        "action/0/progress/",
        f"action/{pk}/progress/",
        f"action/{pk}/due-date/",
        f"action/{pk}/owner/",
        f"progressupdate/{pk}/approve/",
    ):
        assert client.get(f"/admin/findings/{page}").status_code == 404
    assert client.post(f"/admin/findings/progressupdate/{pk}/discard/").status_code == 404
