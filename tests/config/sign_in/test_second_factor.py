"""Who needs a second factor, and how it is set up and held."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from config.sign_in import second_factor
from tests import accounts
from tests.signing_in import DOOR, SET_UP, THERE, code, enter, is_in, with_factor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize(
    "name", ["viewer", "editor", "approver", "auditor", "steward", "superuser"]
)
def test_who_has_a_role_can_do_nothing_before_a_second_factor_is_set_up(client, required, name):
    accounts.sign_in(client, name)
    # Some of the admin's own lists are called like allauth's pages.
    lists = [
        f"/admin/{label.replace('.', '/')}/"
        for label in ("findings.plan", "mfa.authenticator", "socialaccount.socialaccount")
    ]
    for address in (
        "/admin/",
        *lists,
        "/admin/password_change/",
        "/admin/autocomplete/",
        "/admin/weekly-mail/",
        "/admin/nowhere/",
    ):
        posted = client.post(address)
        for answer in (
            client.get(address),
            client.get(address, SCRIPT_NAME="/mounted"),
            *([posted] if posted.status_code != 405 else []),  # a page that takes no form
        ):
            assert (answer.status_code, answer["Location"].removeprefix("/mounted")) == (
                302,
                SET_UP,
            )
    assert client.get("/admin/second-factor/").status_code == 200
    assert client.post("/admin/logout/").status_code == 302


def test_where_it_is_not_required_nobody_is_led_to_it(client):
    accounts.sign_in(client, "editor")
    assert client.get("/admin/").status_code == 200


def test_setting_one_up_opens_the_staffs_pages_and_shows_recovery_codes_once(
    client, required, told, monkeypatch, django_capture_on_commit_callbacks
):
    accounts.make("editor")
    enter(client, "editor")
    now = time.time()
    page = client.get("/admin/", follow=True)
    assert page.request["PATH_INFO"] == SET_UP
    assert "style" not in re.search(r"<svg.*</svg>", page.text, re.DOTALL)[0]
    assert "data:" not in page.text
    secret = re.search(r'class="secret">(\w+)<', page.text)[1]
    wrong = client.post(SET_UP, {"code": "000000"})
    assert "Incorrect code" in wrong.text
    assert f'class="secret">{secret}<' in wrong.text
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(SET_UP, {"code": (first := code(secret, now))}, follow=True)
    codes = re.findall(r"<code>(\d{8})</code>", page.text)
    assert len(codes) == 10
    assert not re.findall(r"<code>", client.get(page.request["PATH_INFO"]).text)
    assert client.get("/admin/").status_code == 200
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    assert [(event["event"], event.get("kind")) for event in told()][1:] == [
        ("second factor set up", "totp"),
        ("second factor set up", "recovery_codes"),
    ]
    client.post("/admin/logout/")
    assert enter(client, "editor")["Location"] == "/admin/second-factor/authenticate/"
    assert not is_in(client)
    assert client.get("/admin/").status_code == 302
    # Whoever saw the code that was typed cannot use it once more.
    page = client.post("/admin/second-factor/authenticate/", {"code": first})
    assert "Incorrect code" in page.text
    client.post("/admin/second-factor/authenticate/", {"code": codes[0]})
    assert is_in(client)
    again = Client()
    enter(again, "editor")
    assert (
        "Incorrect code"
        in again.post("/admin/second-factor/authenticate/", {"code": codes[0]}).text
    )
    again.post("/admin/second-factor/authenticate/", {"code": codes[1]})
    assert is_in(again)
    assert told()[-1]["by"] == ["password", "mfa"]


def test_a_session_from_before_a_second_factor_was_set_up_elsewhere_is_at_its_end(
    client, required, django_capture_on_commit_callbacks
):
    accounts.make("editor")
    thieves = [Client(), Client()]
    for visitor in (client, *thieves):
        enter(visitor, "editor")
    secret = re.search(r'class="secret">(\w+)<', client.get(SET_UP).text)[1]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SET_UP, {"code": code(secret)})
    assert client.get("/admin/").status_code == 200
    for thief, address in zip(
        thieves, ("/admin/findings/plan/", "/admin/second-factor/totp/deactivate/"), strict=True
    ):
        answer = thief.post(address)
        assert answer["Location"] == f"{DOOR}?next={address}"
        assert not is_in(thief)
    assert Authenticator.objects.filter(type="totp").exists()


def test_codes_cannot_be_tried_out(client, required, told):
    secret = with_factor(accounts.make("editor"))
    enter(client, "editor")
    for _ in range(5):
        assert (
            "Incorrect code"
            in client.post("/admin/second-factor/authenticate/", {"code": "000000"}).text
        )
    enter(again := Client(), "editor", address=THERE)
    for visitor in (client, again):
        assert (
            "Too many wrong codes"
            in visitor.post("/admin/second-factor/authenticate/", {"code": code(secret)}).text
        )
        assert not is_in(visitor)
    assert [event["reason"] for event in told()] == ["wrong code"] * 5 + [
        "too many wrong codes"
    ] * 2


def test_nor_where_a_second_factor_is_set_up(client, required, told):
    accounts.make("editor")
    enter(client, "editor")
    secret = re.search(r'class="secret">(\w+)<', client.get(SET_UP).text)[1]
    for _ in range(5):
        client.post(SET_UP, {"code": "000000"})
    assert "Too many wrong codes" in client.post(SET_UP, {"code": code(secret)}).text
    assert told()[-1]["reason"] == "too many wrong codes"
    assert not Authenticator.objects.exists()


def test_nobody_makes_room_for_more_guesses_by_filling_the_cache(client, required):
    with_factor(accounts.make("editor"))
    enter(client, "editor")
    for _ in range(5):
        client.post("/admin/second-factor/authenticate/", {"code": "000000"})
    for number in range(350):
        cache.set(f"{number:03}", "of a stranger")
        cache.set(f"~{number:03}", "of a stranger")
    assert (
        "Too many wrong codes"
        in client.post("/admin/second-factor/authenticate/", {"code": "000000"}).text
    )


def test_moving_to_another_telephone_asks_for_the_password_once_more(client, required, monkeypatch):
    user = accounts.make("editor")
    secret = with_factor(user)
    enter(client, "editor")
    client.post("/admin/second-factor/authenticate/", {"code": code(secret)})
    assert client.get("/admin/second-factor/totp/deactivate/").status_code == 200
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr("config.sign_in.password.timezone.now", lambda: later)
    monkeypatch.setattr(
        "allauth.account.internal.flows.reauthentication.time.time", later.timestamp
    )
    answer = client.post("/admin/second-factor/totp/deactivate/")
    assert answer["Location"].startswith("/admin/confirm/?")
    page = client.post(answer["Location"], {"password": "wrong"})
    assert "Your password is wrong" in page.text
    assert Authenticator.objects.filter(user=user).exists()
    monkeypatch.undo()
    client.post("/admin/confirm/", {"password": accounts.PASSWORD})
    client.post("/admin/second-factor/totp/deactivate/")
    assert not Authenticator.objects.filter(user=user).exists()


def test_secrets_survive_a_change_of_the_key_that_is_told(settings):
    kept = second_factor.SecondFactors().encrypt("JBSWY3DP")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert second_factor.SecondFactors().decrypt(kept) == "JBSWY3DP"
