"""Whoever tries out passwords is slowed down."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from config.sign_in import events
from forces.access import RoleBackend
from tests import accounts
from tests.signing_in import HERE, THERE, code, enter, is_in, plain, with_factor

pytestmark = pytest.mark.django_db


def test_a_name_is_locked_where_it_failed_five_times_and_nobody_else(client):
    accounts.make("editor")
    accounts.make("steward")
    answers = [enter(client, "editor", "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    locked = enter(client, "editor")
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert "Wait 15 minutes" in locked.text
    assert not is_in(client)
    assert enter(Client(), "steward").status_code == 302
    assert enter(Client(), "editor", address=THERE).status_code == 302
    assert enter(client, "editor").status_code == 429


def test_a_lock_ends_by_itself_and_knocking_does_not_prolong_it(client):
    accounts.make("editor")
    for _ in range(5):
        enter(client, "editor", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert enter(client, "editor").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert enter(client, "editor").status_code == 302


def test_success_forgets_failures(client):
    accounts.make("editor")
    for _ in range(3):
        for _ in range(4):
            assert enter(client, "editor", "wrong").status_code == 200
        assert enter(Client(), "editor").status_code == 302


def test_an_address_as_a_whole_is_locked_only_after_very_many_failures(client, settings):
    settings.MOST_FAILURES = settings.MOST_FAILURES | {"address": 9}
    accounts.make("editor")
    for number in range(8):
        assert enter(client, f"guess {number}", "wrong").status_code == 200
    assert enter(Client(), "editor").status_code == 302
    assert enter(client, "guess 8", "wrong").status_code == 429
    assert enter(client, "editor").status_code == 429
    assert enter(client, "editor", address=THERE).status_code == 302


def test_a_household_with_many_addresses_is_one(client):
    for number in range(5):
        answer = enter(client, "editor", "wrong", address=f"2001:db8::{number}")
    assert answer.status_code == 429
    assert enter(client, "editor", "wrong", address="2001:db8:0:1::1").status_code == 200


def guess_everywhere(name):
    """Guess a name's password until nobody may from anywhere; the last answer."""
    for number in range(21):
        answer = enter(Client(), name, "wrong", address=f"198.51.100.{number}")
        assert answer.status_code == (200 if number < 19 else 429)
    return answer


def in_known_browser(name="editor", password=accounts.PASSWORD):
    browser = Client()
    assert enter(browser, name, password).status_code == 302
    browser.post("/admin/logout/")
    assert not is_in(browser)
    return browser


def test_a_name_is_locked_for_strangers_everywhere_and_never_where_its_owner_was_before(told):
    accounts.make("editor")
    accounts.make("steward")
    known = in_known_browser()
    in_other = in_known_browser("steward")
    answers = [guess_everywhere(name) for name in ("editor", "a name that nobody has")]
    assert len({plain(answer) for answer in answers}) == 1
    assert told()[-1]["reason"] == "too many failures, over all addresses"
    # The right password is not even tried, in the browser of a colleague neither.
    assert enter(Client(), "editor").status_code == 429
    assert enter(in_other, "editor").status_code == 429
    assert enter(known, "editor").status_code == 302
    # Strangers have got no further by that.
    assert enter(Client(), "editor").status_code == 429
    # A stolen cookie is worth five guesses, from however many addresses.
    known.post("/admin/logout/")
    for number in range(6):
        answer = enter(known, "editor", "wrong", address=f"198.51.100.{number}")
        assert answer.status_code == (200 if number < 4 else 429)


def test_a_browser_is_known_for_each_account_until_its_password_changes_or_half_a_year(settings):
    editor = accounts.make("editor")
    accounts.make("steward")
    browser = in_known_browser()
    enter(browser, "steward")
    new = "quite another sentence"
    sent = {"old_password": accounts.PASSWORD, "new_password1": new, "new_password2": new}
    elsewhere = in_known_browser("steward")
    assert browser.post("/admin/password_change/", sent).status_code == 302
    browser.post("/admin/logout/")
    for name in ("editor", "steward"):
        guess_everywhere(name)
    # Who changed it is known in that browser still, for the new password.
    assert enter(elsewhere, "steward", new).status_code == 429
    assert enter(browser, "steward", new).status_code == 302
    browser.post("/admin/logout/")
    assert enter(browser, "editor").status_code == 302
    browser.post("/admin/logout/")
    editor.set_password(new)
    editor.save()
    assert enter(browser, "editor", new).status_code == 429
    settings.KNOWN_DEVICE_LASTS = timedelta(0)
    assert enter(browser, "steward", new).status_code == 429
    for nonsense in ("x", "....", "a:b:c" * 300, "é"):
        browser.cookies[settings.KNOWN_DEVICE_COOKIE_NAME] = nonsense
        assert enter(browser, "steward", new).status_code == 429


def test_a_password_alone_makes_no_browser_known_where_a_second_factor_is_needed(
    client, required, settings
):
    secret = with_factor(accounts.make("editor"))
    enter(client, "editor")
    assert settings.KNOWN_DEVICE_COOKIE_NAME not in client.cookies
    client.post("/admin/second-factor/authenticate/", {"code": code(secret)})
    client.get("/admin/")
    assert settings.KNOWN_DEVICE_COOKIE_NAME in client.cookies


def test_a_link_lets_an_owner_in_whom_strangers_keep_out_of_every_browser(client):
    accounts.make("editor")
    guess_everywhere("editor")
    with pytest.raises(CommandError, match="no account in use"):
        call_command("password_link", "nobody at all")
    link = StringIO()
    call_command("password_link", "editor", stdout=link)
    page = client.get(link.getvalue().strip().removeprefix("http://localhost"), follow=True)
    new = "quite another sentence"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert enter(Client(), "editor", new).status_code == 429
    assert enter(client, "editor", new).status_code == 302


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_guesses_in_parallel_gets_no_more_tries(monkeypatch):
    tried = []

    def slowly(self, request, username, password):
        tried.append(request.META["REMOTE_ADDR"])
        time.sleep(0.1)

    def guess(number):
        try:
            return enter(Client(), "editor", "wrong", address=f"198.51.100.{number // 8}")
        finally:
            connection.close()

    monkeypatch.setattr(RoleBackend, "authenticate", slowly)
    with ThreadPoolExecutor(16) as guessers:
        answers = list(guessers.map(guess, range(64)))
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert len(tried) == 20
    assert max(map(tried.count, tried)) == 5


def test_a_password_that_is_confirmed_is_no_failure_and_renews_the_session(client):
    accounts.make("editor")
    enter(client, "editor")
    sessions = {client.session.session_key}
    for _ in range(6):
        confirmed = client.post("/admin/confirm/", {"password": accounts.PASSWORD})
        assert confirmed.status_code == 302
        sessions.add(client.session.session_key)
        assert is_in(client)
    assert len(sessions) == 7


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "203.0.113.9", HERE),
        (True, "203.0.113.9, 203.0.113.8", "203.0.113.8"),
        (True, "", HERE),
        (True, "nonsense", None),
    ],
)
def test_an_address_is_the_one_that_our_own_proxy_saw(settings, behind, forwarded, address):
    settings.BEHIND_PROXY = behind
    asked = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=HERE)
    assert events.address(asked) == address


def test_what_a_failure_leaves_behind_holds_no_secret(client, told):
    enter(client, "editor", "my old password")
    kept = AccessAttempt.objects.get()
    assert "my old password" not in str(vars(kept)) + str(told())
    assert "my old password" not in str(told())
