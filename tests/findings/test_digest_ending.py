"""How the weekly mail is ended: by its link, by a mail program, and on the staff's own page."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from findings.digest import stop_token
from forces.models import Digest
from tests import accounts
from tests.pages import elements, hrefs, text
from tests.weekly_mail import member, overdue, run

pytestmark = pytest.mark.django_db

PAGE = "/admin/weekly-mail/"


@pytest.fixture
def stop(settings):
    """Where the link in an editor's mail leads."""
    overdue()
    member()
    run()
    (message,) = mail.outbox
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert address in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return address.removeprefix(settings.SITE_ADDRESS)


def test_the_link_in_a_mail_ends_it_by_a_button_and_without_a_session(stop):
    client = Client(enforce_csrf_checks=True)
    page = client.get(stop)
    assert (
        page.status_code,
        [form.attributes["method"] for form in elements(page, "form") if "door" in form.classes],
    ) == (200, ["post"])
    assert Digest.objects.get().wanted
    assert "You will not get the weekly email" in text(client.post(stop))
    assert not Digest.objects.get().wanted
    assert client.cookies == {}
    assert "You will not get the weekly email" in text(client.get(stop))
    Digest.objects.update(sent_at=None)
    assert "0 mails sent." in run()


def test_a_mail_program_ends_it_by_one_click(stop):
    client = Client(enforce_csrf_checks=True)
    assert client.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Digest.objects.get().wanted


def test_a_token_that_was_never_made_ends_nothing(client, stop):
    for broken in (
        stop[:-3] + "/",
        "/admin/weekly-mail/stop/1/",
        "/admin/weekly-mail/stop/%C3%A9:x/",
    ):
        for method in (client.get, client.post):
            assert method(broken).status_code == 404
    assert Digest.objects.get().wanted


def test_the_token_opens_nothing_else(client, stop):
    assert client.get("/admin/", follow=True).redirect_chain != []
    assert client.get(PAGE).status_code == 302
    gone = reverse("account_stop_mail", args=[stop_token(type("Gone", (), {"pk": 0}))])
    assert client.get(gone).status_code == 404


def test_a_member_switches_the_mail_off_and_on(client):
    user = member()
    client.force_login(user)
    assert "We send it to editor@force.example." in text(client.get(PAGE))
    assert "It is turned off." in text(client.post(PAGE, {}, follow=True))
    assert not user.digest.wanted
    assert "We send it to" in text(client.post(PAGE, {"wanted": "1"}, follow=True))
    assert Digest.objects.get().wanted
    assert PAGE in hrefs(client.get("/admin/"))


def test_who_has_no_address_is_told_so(client):
    accounts.sign_in(client, "viewer")
    page = client.get(PAGE)
    assert "We do not have an email address for you" in text(page)
    assert "Stop the weekly email" not in text(page)


@pytest.mark.parametrize("name", ["nobody", "past editor"])
def test_who_holds_no_role_has_no_weekly_mail_to_switch(client, name):
    accounts.sign_in(client, name)
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, {"wanted": "1"}).status_code == 302
    assert not Digest.objects.exists()


def test_switching_needs_the_sites_own_form():
    client = Client(enforce_csrf_checks=True)
    client.force_login(member())
    assert client.post(PAGE, {}).status_code == 403
