"""A name and its password, and a password that was forgotten."""

import re
import socket
import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, reverse

from config import after_response
from lib.audit.models import Change
from tests import accounts
from tests.signing_in import DOOR, HERE, enter, is_in, plain

pytestmark = pytest.mark.django_db
CHANGE = "/admin/password_change/"
# What programs that keep passwords look for, wherever one is set.
WHOSE = 'name="username" value="editor" autocomplete="username"'


def test_a_name_and_its_password_lead_to_where_one_was_going(client):
    accounts.make("editor")
    response = client.get("/admin/findings/plan/", follow=True)
    assert response.request["PATH_INFO"] == DOOR
    response = client.post(
        DOOR,
        {"login": "editor", "password": accounts.PASSWORD, "next": "/admin/findings/plan/"},
        follow=True,
    )
    assert (response.status_code, response.request["PATH_INFO"]) == (200, "/admin/findings/plan/")


def test_where_a_password_is_set_programs_that_keep_them_learn_whose_it_is(client):
    editor = accounts.sign_in(client, "editor")
    assert WHOSE in client.get(CHANGE).text
    accounts.sign_in(client, "superuser")
    assert WHOSE in client.get(reverse("admin:auth_user_password_change", args=[editor.pk])).text


@pytest.mark.parametrize(
    "onward", ["//example.org", "https://example.org", "/\\example.org", "javascript:alert(1)"]
)
def test_nobody_is_led_off_this_site(client, onward):
    accounts.make("editor")
    response = client.post(DOOR, {"login": "editor", "password": accounts.PASSWORD, "next": onward})
    assert response["Location"] == "/admin/"


def test_the_page_says_the_same_whichever_part_was_wrong(client):
    accounts.make("editor")
    closed = accounts.make("viewer")
    closed.is_active = False
    closed.save()
    pages = [
        enter(client, "editor", "wrong"),
        enter(client, "nobody at all", "wrong"),
        enter(client, "viewer"),
    ]
    assert "or password is wrong" in pages[0].text
    assert len({(page.status_code, plain(page)) for page in pages}) == 1


def test_a_password_is_compared_even_for_a_name_that_nobody_has(client, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "django.contrib.auth.base_user.make_password",
        lambda password, **rest: hashed.append(password),
    )
    enter(client, "nobody at all", "guess")
    assert hashed == ["guess"]


def test_a_password_that_is_hashed_anew_at_sign_in_is_told_to_be_the_same(client, settings):
    editor = accounts.make("editor")
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    enter(client, "editor")
    change = Change.objects.of_itself("auth_user", editor.pk).first()
    assert (change.before, change.reason) == (
        {"password": "the one before"},
        "The same password, kept by newer rules.",
    )


@pytest.mark.parametrize(
    "password",
    [
        *("short", "password1234", "314159265358979", "j.gloucester"),
        *("j.gloucesterj.gloucester", "J.Gloucester-2026-J.Gloucester", "Gl0uce$t3r gloucester!!"),
        *("retsecuolg.jj.gloucester", "éva.ford@eva.ford", "gloucester eva ford 2026"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password):
    names = {"username": "j.gloucester", "first_name": "Éva", "email": "eva.ford@force.example"}
    user = get_user_model()(**names)
    with pytest.raises(ValidationError):
        validate_password(password, user)
    validate_password("gloucester has nine bridges", user)


def test_the_old_password_is_not_guessed_where_it_is_changed(client, told):
    editor = accounts.make("editor")
    enter(client, "editor")
    new = {"new_password1": "quite another sentence", "new_password2": "quite another sentence"}
    answers = [
        client.post(CHANGE, new | {"old_password": f"guess {n}"}, REMOTE_ADDR=HERE)
        for n in range(5)
    ]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert "Your password is wrong" in answers[0].text
    assert [event["event"] for event in told()][-2:] == ["locked out", "signed out"]
    # Whoever guessed is out, and stays out for as long as after guessing at sign-in.
    assert not is_in(client)
    assert enter(client, "editor").status_code == 429
    editor.refresh_from_db()
    assert editor.check_password(accounts.PASSWORD)


@pytest.mark.parametrize(
    "address",
    ["signup/", "email/", "password/reset/", "forgotten/", "3rdparty/", "oidc/elsewhere/login/"],
)
def test_nobody_signs_up_and_without_mail_nobody_is_sent_a_password(client, address):
    page = client.get(f"/admin/{address}", follow=True)
    assert page.status_code == 404 or page.request["PATH_INFO"] == DOOR
    with pytest.raises(NoReverseMatch):
        reverse("account_reset_password")


def test_who_has_no_role_today_is_told_so_and_can_leave(client, told):
    accounts.make("past editor")
    enter(client, "past editor")
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "You do not have an active role" in response.text
    assert 'action="/admin/logout/"' in response.text
    assert [(event["event"], event["user"], event.get("reason")) for event in told()] == [
        ("signed in", "past editor", None),
        ("refused", "past editor", "no role today"),
    ]
    client.post("/admin/logout/")
    assert not is_in(client)


def wait_for_mail():
    """Wait until the thread that sends mail has done all that it was asked for."""
    after_response.sender.submit(lambda: None).result(timeout=10)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_forgotten_password_takes_as_long_whether_an_address_is_known(
    client, mailing, settings, told
):
    """The server for mail accepts a connection and never says a word."""
    get_user_model().objects.create_user("editor", "editor@force.example")
    client.get("/admin/forgotten/")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 1
        for email in ("nobody@force.example", "editor@force.example"):
            began = time.monotonic()
            response = client.post("/admin/forgotten/", {"email": email})
            assert response.status_code == 302
            assert time.monotonic() - began < settings.EMAIL_TIMEOUT / 2
        wait_for_mail()
    assert [(event["event"], event["user"], event.get("reason")) for event in told()] == [
        ("password reset asked for", "editor", None),
        (
            "password reset not sent",
            "editor",
            "SMTPServerDisconnected: Connection unexpectedly closed: timed out",
        ),
    ]


@pytest.mark.django_db(transaction=True)
def test_with_mail_a_forgotten_password_is_replaced(client, mailing, settings):
    # Not the host that whoever asks has named.
    settings.SITE_ADDRESS = "http://findings.example"
    user = accounts.make("editor")
    user.email = "editor@force.example"
    user.save()
    pages = [
        client.post("/admin/forgotten/", {"email": email}, follow=True)
        for email in (user.email, "nobody@force.example")
    ]
    assert plain(pages[0]) == plain(pages[1])
    wait_for_mail()
    (message,) = mail.outbox
    assert message.to == [user.email]
    link = re.search(r"http://findings\.example(\S+)", message.body)[1]
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.text
    assert WHOSE in page.text
    weak = client.post(page.request["PATH_INFO"], {"password1": "short", "password2": "short"})
    assert "too short" in weak.text
    new = "quite another sentence"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True)
    assert "Your password has been changed" in done.text
    assert not is_in(client)
    assert "This link no longer works" in Client().get(link, follow=True).text
    assert enter(client, "editor").status_code == 200
    assert enter(client, "editor", new).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_password_is_asked_for_in_whatever_case_an_address_was_entered(client, mailing):
    for name, email in (
        ("editor", "Ed.Itor@Force.example"),
        ("twin", "ed.itor@force.example"),
        ("closed", "ED.ITOR@force.example"),
    ):
        get_user_model().objects.create_user(name, is_active=name != "closed")
        get_user_model().objects.filter(username=name).update(email=email)
    client.post("/admin/forgotten/", {"email": "ed.itor@FORCE.example"})
    client.post("/admin/forgotten/", {"email": "ed.\u0131tor@force.example"})
    wait_for_mail()
    assert [message.to for message in mail.outbox] == [["ed.itor@force.example"]] * 2
    assert (
        len({re.search(r"/admin/forgotten/(\w+)-", message.body)[1] for message in mail.outbox})
        == 2
    )
