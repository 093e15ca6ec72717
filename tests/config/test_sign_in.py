"""How staff prove who they are, how that is throttled, and what is written down of it."""

import ast
import hashlib
import hmac
import importlib
import io
import json
import logging
import re
import struct
import time
from base64 import b32decode
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt
from cryptography.hazmat.primitives import serialization
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, clear_url_caches, reverse
from django.utils import timezone

from config import events, urls
from config.middleware import SESSION_RENEWED_EVERY
from config.sign_in import second_factor
from forces.models import Organisation
from lib.audit.models import Change
from tests import accounts, factories
from tests.pages import version_now
from tests.provider import Provider, new_key

from .test_settings import read

pytestmark = pytest.mark.django_db
HERE, THERE = "192.0.2.1", "192.0.2.2"
DOOR = "/admin/login/"
SET_UP = "/admin/second-factor/totp/activate/"


@pytest.fixture(autouse=True)
def nothing_tried_yet(db):
    cache.clear()


@pytest.fixture
def told():
    """What was written down, as a list of events that grows."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(events.LinesOfJSON())
    events.logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    events.logger.removeHandler(handler)


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


def enter(client, name, password=accounts.PASSWORD, address=HERE, **headers):
    return client.post(DOOR, {"login": name, "password": password}, REMOTE_ADDR=address, **headers)


def is_in(client):
    return "_auth_user_id" in client.session


def code(secret, at=None):
    """The code that an authenticator app shows, made as RFC 6238 says."""
    digest = hmac.new(
        b32decode(secret), struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1
    ).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def with_factor(user):
    """Set a second factor up for somebody; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(
        user, second_factor.SecondFactors().decrypt(second_factor.SecondFactors().encrypt(secret))
    )
    return secret


def plain(page):
    """A page without what differs each time."""
    return re.sub(r'value="[^"]*"', "", page.text)


# Name and password


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


def test_nobody_is_led_off_this_site(client):
    accounts.make("editor")
    response = client.post(
        DOOR,
        {"login": "editor", "password": accounts.PASSWORD, "next": "https://elsewhere.example/"},
    )
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
    assert "do not belong together" in pages[0].text
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
    "password", ["short", "password1234", "314159265358979", "gloucestershire"]
)
def test_a_password_that_is_easily_guessed_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, get_user_model()(username="gloucestershire"))


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
    assert "No role of yours is active today" in response.text
    assert 'action="/admin/logout/"' in response.text
    assert [(event["event"], event["user"], event.get("reason")) for event in told()] == [
        ("signed in", "past editor", None),
        ("refused", "past editor", "no role today"),
    ]
    client.post("/admin/logout/")
    assert not is_in(client)


@pytest.fixture
def mailing(settings):
    """The site as it is where a mail server is named."""
    settings.EMAIL_HOST = "mail.example"
    importlib.reload(urls)
    clear_url_caches()
    yield
    settings.EMAIL_HOST = ""
    importlib.reload(urls)
    clear_url_caches()


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
    (message,) = mail.outbox
    assert message.to == [user.email]
    link = re.search(r"http://findings\.example(\S+)", message.body)[1]
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.text
    weak = client.post(page.request["PATH_INFO"], {"password1": "short", "password2": "short"})
    assert "too short" in weak.text
    new = "quite another sentence"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True)
    assert "Your password is changed" in done.text
    assert not is_in(client)
    assert "This link is spent" in Client().get(link, follow=True).text
    assert enter(client, "editor").status_code == 200
    assert enter(client, "editor", new).status_code == 302


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
    assert [message.to for message in mail.outbox] == [["ed.itor@force.example"]] * 2
    assert (
        len({re.search(r"/admin/forgotten/(\w+)-", message.body)[1] for message in mail.outbox})
        == 2
    )


# Throttling


def test_a_name_is_locked_where_it_failed_five_times_and_nobody_else(client):
    accounts.make("editor")
    accounts.make("steward")
    answers = [enter(client, "editor", "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    locked = enter(client, "editor")
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert "Wait a quarter of an hour" in locked.text
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
    settings.MOST_FAILURES_OF_AN_ADDRESS = 9
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


# Sessions


def test_cookies_are_for_this_host_and_no_script():
    names = "SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.REQUIRE_SECOND_FACTOR"
    assert read(names, HTTPS="1") == "__Host-session __Host-csrf True True"
    assert read(names, HTTPS="0") == "session csrf False False"
    assert read("REQUIRE_SECOND_FACTOR", HTTPS="1", REQUIRE_SECOND_FACTOR="0") == "False"


def test_the_cookies_of_a_session(client, settings):
    settings.SESSION_COOKIE_SECURE = True
    accounts.make("editor")
    client.get(DOOR)
    enter(client, "editor")
    assert set(client.cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
            True,
            "Lax",
            "/",
            "",
        )


def test_a_session_ends_when_nothing_was_done_for_a_while(client, monkeypatch):
    assert read("SESSION_COOKIE_AGE", IDLE_MINUTES="10") == "600"
    accounts.sign_in(client, "editor")
    client.get("/admin/")
    began = time.time()
    until = Session.objects.get().expire_date
    assert timedelta(minutes=29) < until - timezone.now() <= timedelta(minutes=30)
    monkeypatch.setattr("config.middleware.time.time", lambda: began + SESSION_RENEWED_EVERY - 5)
    client.get("/admin/")
    assert Session.objects.get().expire_date == until
    monkeypatch.setattr("config.middleware.time.time", lambda: began + SESSION_RENEWED_EVERY + 5)
    client.get("/admin/")
    assert Session.objects.get().expire_date > until
    Session.objects.update(expire_date=timezone.now())
    assert client.get("/admin/")["Location"].startswith(DOOR)


def test_a_session_ends_after_twelve_hours_however_busy(client, monkeypatch, told):
    accounts.sign_in(client, "editor")
    began = time.time()
    for hours, status in ((0, 200), (11.9, 200), (12.1, 302)):
        monkeypatch.setattr("config.middleware.time.time", lambda hours=hours: began + hours * 3600)
        assert client.get("/admin/").status_code == status
    assert [event["event"] for event in told()][-1] == "signed out"


def test_other_sessions_end_when_a_password_changes(client):
    accounts.sign_in(client, "editor")
    elsewhere = Client()
    elsewhere.force_login(get_user_model().objects.get(username="editor"))
    new = "quite another sentence"
    client.post(
        "/admin/password_change/",
        {"old_password": accounts.PASSWORD, "new_password1": new, "new_password2": new},
    )
    assert client.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302


def test_public_pages_neither_see_nor_touch_a_session(client, django_assert_num_queries):
    accounts.sign_in(client, "editor")
    with django_assert_num_queries(0):
        response = client.get("/nowhere/")
    assert not response.cookies
    response = client.get("/regions/south-west/")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_no_page_of_the_staff_is_kept_by_anyone(client):
    accounts.sign_in(client, "editor")
    for address in (DOOR, "/admin/", "/admin/second-factor/", "/admin/logout/"):
        assert "no-store" in client.get(address)["Cache-Control"]


# Second factor


@pytest.mark.parametrize("name", ["editor", "approver", "steward", "superuser"])
def test_who_may_write_can_do_nothing_before_a_second_factor_is_set_up(client, required, name):
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
        for answer in (
            client.get(address),
            client.post(address),
            client.get(address, SCRIPT_NAME="/mounted"),
        ):
            assert (answer.status_code, answer["Location"].removeprefix("/mounted")) == (
                302,
                SET_UP,
            )
    assert client.get("/admin/second-factor/").status_code == 200
    assert client.post("/admin/logout/").status_code == 302


@pytest.mark.parametrize("name", ["viewer", "auditor"])
def test_who_only_reads_needs_none(client, required, name):
    accounts.sign_in(client, name)
    assert client.get("/admin/").status_code == 200


def test_where_it_is_not_required_nobody_is_led_to_it(client):
    accounts.sign_in(client, "editor")
    assert client.get("/admin/").status_code == 200


def test_setting_one_up_opens_the_staffs_pages_and_shows_recovery_codes_once(
    client, required, told, django_capture_on_commit_callbacks
):
    accounts.make("editor")
    enter(client, "editor")
    page = client.get("/admin/", follow=True)
    assert page.request["PATH_INFO"] == SET_UP
    assert "style" not in re.search(r"<svg.*</svg>", page.text, re.DOTALL)[0]
    assert "data:" not in page.text
    secret = re.search(r'class="secret">(\w+)<', page.text)[1]
    wrong = client.post(SET_UP, {"code": "000000"})
    assert "Incorrect code" in wrong.text
    assert f'class="secret">{secret}<' in wrong.text
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(SET_UP, {"code": code(secret)}, follow=True)
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


def test_a_code_signs_in_once(client, required):
    secret = with_factor(accounts.make("editor"))
    now = code(secret)
    for visitor, enters in ((client, True), (Client(), False)):
        enter(visitor, "editor")
        visitor.post("/admin/second-factor/authenticate/", {"code": now})
        assert is_in(visitor) == enters


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
    assert "That is not your password" in page.text
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


# Through an organisation's identity provider


@pytest.fixture(scope="module")
def running_provider():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running_provider, settings):
    """A provider that the environment alone has named."""
    running_provider.lies, running_provider.told = {}, {}
    running_provider.signed_with, running_provider.algorithm = running_provider.key, "RS256"
    named = read("SOCIALACCOUNT_PROVIDERS", **running_provider.environment())
    settings.SOCIALACCOUNT_PROVIDERS = ast.literal_eval(named)
    return running_provider


@pytest.fixture
def editor():
    user = accounts.make("editor")
    user.email = "Editor@force.example"
    user.save()
    return user


def through(provider, client, query=""):
    """The whole way: from our page to the provider's door, back with a code, and on."""
    address = re.search(r'href="(/admin/oidc/[^"]+)"', client.get(DOOR).text)[1] + query
    return client.get(provider.consent(client.get(address)["Location"]))


def test_without_a_provider_none_is_offered(client):
    assert "oidc" not in client.get(DOOR).text
    assert client.get("/admin/oidc/organisation/login/").status_code == 404


def test_a_verified_address_leads_to_its_account_and_from_then_on_the_providers_own_name(
    client, provider, editor, told
):
    provider.is_about("s-1", email="editor@FORCE.example", email_verified=True)
    page = client.get(DOOR + "?next=/admin/findings/plan/")
    assert "Sign in through Made-up Police" in page.text
    assert through(provider, client)["Location"] == "/admin/"
    assert client.session["_auth_user_id"] == str(editor.pk)
    assert told()[-1] | {"at": "", "path": ""} == {
        "at": "",
        "event": "signed in",
        "user": "editor",
        "address": "127.0.0.1",
        "method": "GET",
        "path": "",
        "by": ["socialaccount"],
    }
    editor.refresh_from_db()
    assert editor.check_password(accounts.PASSWORD)
    provider.is_about("s-1", email="renamed@elsewhere.example", email_verified=False)
    again = Client()
    through(provider, again)
    assert again.session["_auth_user_id"] == str(editor.pk)


def test_it_leads_on_to_where_one_was_going(client, provider, editor):
    provider.is_about(email=editor.email, email_verified=True)
    address = re.search(
        r'href="(/admin/oidc/[^"]+)"', client.get(f"{DOOR}?next=/admin/findings/plan/").text
    )[1]
    answer = client.get(provider.consent(client.get(address.replace("&amp;", "&"))["Location"]))
    assert answer["Location"] == "/admin/findings/plan/"


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"email": "editor@force.example", "email_verified": False}, "no verified e-mail address"),
        ({"email": "editor@force.example"}, "no verified e-mail address"),
        ({}, "no verified e-mail address"),
        (
            {"email": "stranger@force.example", "email_verified": True},
            "no account has this e-mail address",
        ),
        # Capitals of letters that are others: PostgreSQL's of "ı" is "I".
        (
            {"email": "ed\u0131tor@force.example", "email_verified": True},
            "no account has this e-mail address",
        ),
        (
            {"email": "twin@force.example", "email_verified": True},
            "several accounts have this e-mail address",
        ),
        ({"email": "closed@force.example", "email_verified": True}, "account closed"),
    ],
)
def test_whoever_has_no_account_here_is_refused_and_gets_none(
    client, provider, editor, told, person, reason
):
    make = get_user_model().objects.create_user
    make("one", "twin@force.example")
    make("two", "twin@force.example")
    make("closed", "closed@force.example", is_active=False)
    known = get_user_model().objects.count()
    provider.is_about(**person)
    answer = through(provider, client)
    assert (answer.status_code, told()[-1]["reason"]) == (403, reason)
    assert reason not in answer.text
    assert not is_in(client)
    assert get_user_model().objects.count() == known


def test_an_address_that_was_given_to_somebody_else_leads_to_no_account(
    client, provider, editor, told
):
    SocialAccount.objects.create(user=editor, provider="organisation", uid="s-1")
    provider.is_about("s-2", email=editor.email, email_verified=True)
    assert through(provider, client).status_code == 403
    assert not is_in(client)


def test_the_settings_may_vouch_for_the_addresses_of_a_domain(client, provider, editor, settings):
    settings.SOCIALACCOUNT_PROVIDERS = ast.literal_eval(
        read("SOCIALACCOUNT_PROVIDERS", **provider.environment(OIDC_EMAIL_DOMAINS="force.example"))
    )
    provider.is_about(email=editor.email)
    through(provider, client)
    assert is_in(client)


def test_the_settings_may_let_it_make_accounts_but_never_staff(client, provider, settings):
    settings.OIDC_CREATE_ACCOUNTS = True
    provider.is_about(
        email="new@force.example", email_verified=True, preferred_username="new", is_staff=True
    )
    through(provider, client)
    made = get_user_model().objects.get(email="new@force.example")
    assert client.session["_auth_user_id"] == str(made.pk)
    assert (made.is_staff, made.is_superuser, made.memberships.exists()) == (False, False, False)
    assert client.get("/admin/", follow=True).status_code == 403


# What is wrong with an id_token, and what the log then says of it.
FORGED = {
    "another sign-in": ({"lies": {"nonce": "of another"}}, "id_token: made for another sign-in"),
    "no sign-in at all": ({"lies": {"nonce": None}}, "id_token: made for another sign-in"),
    "another site": ({"lies": {"aud": "elsewhere"}}, "id_token: Audience doesn't match"),
    "another issuer": ({"lies": {"iss": "https://elsewhere.example"}}, "id_token: Invalid issuer"),
    "an hour ago": (
        {"lies": {"iat": 1, "exp": int(time.time()) - 3600}},
        "id_token: Signature has expired",
    ),
    "ever": ({"lies": {"exp": None}}, 'id_token: Token is missing the "exp" claim'),
    "another key": ({"signed_with": new_key()}, "id_token: Signature verification failed"),
    "nobody": (
        {"algorithm": "none", "signed_with": None},
        "id_token: The specified alg value is not allowed",
    ),
    "another person in userinfo": (
        {"told": {"userinfo": {"sub": "s-9"}}},
        "userinfo speaks of somebody else",
    ),
    "another issuer's settings": (
        {"told": {"issuer": "https://elsewhere.example"}},
        "not the issuer that the settings name",
    ),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_an_id_token_made_for_or_by_another_is_refused(client, provider, editor, told, forgery):
    provider.is_about(email=editor.email, email_verified=True)
    lies, reason = FORGED[forgery]
    for name, value in lies.items():
        setattr(provider, name, value)
    answer = through(provider, client)
    assert answer.status_code == 401
    assert "You could not be signed in" in answer.text
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert (told()[-1]["event"], told()[-1]["reason"]) == ("sign-in failed", reason)


def test_an_id_token_signed_with_the_public_key_as_if_it_were_secret_is_refused(
    client, provider, editor
):
    """The oldest forgery of all: HS256 with what everybody may know."""
    provider.is_about(email=editor.email, email_verified=True)
    public = provider.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    provider.signed_with, provider.algorithm = public, "HS256"
    assert through(provider, client).status_code == 401
    assert not is_in(client)


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(client, provider, editor):
    provider.is_about(email=editor.email, email_verified=True)
    answer = provider.consent(client.get("/admin/oidc/organisation/login/")["Location"])
    stranger = Client()
    assert stranger.get(answer).status_code == 401
    assert not is_in(stranger)
    assert client.get(answer.replace("state=", "state=x")).status_code == 401
    assert client.get(answer)["Location"] == "/admin/"
    client.post("/admin/logout/")
    assert client.get(answer).status_code == 401
    assert not is_in(client)


def test_an_address_cannot_ask_the_provider_for_more(client, provider):
    asked = client.get(
        "/admin/oidc/organisation/login/?scope=everything&auth_params=prompt%3Dnone&process=connect"
    )["Location"]
    assert "everything" not in asked
    assert "prompt" not in asked


def test_leaving_the_provider_before_the_end_is_no_mistake(client, provider):
    state = re.search(r"state=(\w+)", client.get("/admin/oidc/organisation/login/")["Location"])[1]
    page = client.get(
        f"/admin/oidc/organisation/login/callback/?error=access_denied&state={state}", follow=True
    )
    assert (page.status_code, "You are not signed in" in page.text) == (200, True)


def test_a_provider_that_does_not_answer_is_told_apart_from_a_broken_site(
    client, provider, settings
):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    page = client.get("/admin/oidc/organisation/login/")
    assert (page.status_code, "You could not be signed in" in page.text) == (401, True)


@pytest.mark.parametrize("counts", [True, False])
def test_the_providers_second_factor_counts_where_the_settings_say_so(
    client, provider, editor, settings, required, counts
):
    settings.OIDC_SECOND_FACTOR = counts
    provider.is_about(email=editor.email, email_verified=True)
    through(provider, client)
    assert client.get("/admin/").status_code == (200 if counts else 302)
    by_password = Client()
    enter(by_password, "editor")
    assert by_password.get("/admin/")["Location"] == SET_UP


def test_who_signs_in_through_a_provider_alone_can_set_up_a_second_factor(
    client, provider, editor, required, django_capture_on_commit_callbacks
):
    editor.set_unusable_password()
    editor.save()
    provider.is_about(email=editor.email, email_verified=True)
    through(provider, client)
    secret = re.search(r'class="secret">(\w+)<', client.get(SET_UP).text)[1]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SET_UP, {"code": code(secret)})
    assert client.get("/admin/").status_code == 200


# What is written down


def test_each_event_is_one_line_of_json_with_who_where_and_why(client, told):
    accounts.make("editor")
    for name, password in (
        ("editor\nforged", "wrong"),
        *[("editor", "wrong")] * 5,
        ("steward", "wrong"),
    ):
        enter(client, name, password)
    enter(client, "editor", address=THERE)
    client.post("/admin/logout/", REMOTE_ADDR=THERE)
    at = [event.pop("at") for event in told()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", time) for time in at)
    common = {"method": "POST", "path": DOOR}
    wrong = common | {
        "event": "sign-in failed",
        "address": HERE,
        "reason": "wrong name or password",
    }
    assert [{name: value for name, value in event.items() if name != "at"} for event in told()] == [
        wrong | {"user": "editor\nforged"},
        *[wrong | {"user": "editor"}] * 4,
        common
        | {"event": "locked out", "user": "editor", "address": HERE, "reason": "too many failures"},
        wrong | {"user": "steward"},
        common | {"event": "signed in", "user": "editor", "address": THERE, "by": ["password"]},
        {
            "event": "signed out",
            "user": "editor",
            "address": THERE,
            "method": "POST",
            "path": "/admin/logout/",
        },
    ]


def test_a_refusal_is_written_down(client, told):
    accounts.sign_in(client, "editor")
    address = "/admin/auth/user/add/"
    assert client.get(address).status_code == 403
    refused = told()[-1]
    assert (refused["event"], refused["user"], refused["method"], refused["path"]) == (
        "refused",
        "editor",
        "GET",
        address,
    )


@pytest.mark.parametrize("page", ["change", "history", "record_progress", "due_date", "owner"])
def test_whoever_asks_for_what_another_organisation_keeps_is_written_down(client, told, page):
    editor = accounts.sign_in(client, "editor")
    own, theirs = (
        factories.action.make(plan__organisation=Organisation.objects.get(slug=organisation))
        for organisation in (accounts.OWN, accounts.OTHER)
    )
    client.get(reverse(f"admin:findings_action_{page}", args=[own.pk]))
    assert [event["event"] for event in told()] == ["signed in"]
    address = reverse(f"admin:findings_action_{page}", args=[theirs.pk])
    client.get(address)
    refused = told()[-1]
    assert (refused["event"], refused["user"], refused["path"]) == ("refused", "editor", address)
    assert refused["reason"].endswith("or none of theirs")
    # One that they only read, among several.
    accounts.give(editor, "viewer", accounts.OTHER)
    chosen = {
        "action": "set_owners",
        "_selected_action": [own.pk, theirs.pk],
        "version": version_now(),
    }
    client.post(
        reverse("admin:findings_action_changelist"),
        chosen | {"owner_role": "head of crime", "reason": "Agreed."},
    )
    assert (told()[-1]["event"], told()[-1]["reason"]) == (
        "refused",
        f"action {theirs.pk} is none of theirs",
    )


def test_whoever_would_see_every_row_is_refused_nothing_where_there_is_none(client, told):
    accounts.sign_in(client, "steward")
    assert client.get(reverse("admin:findings_action_change", args=[0])).status_code == 302
    assert [event["event"] for event in told()] == ["signed in"]


def test_a_form_without_our_token_is_refused_in_the_same_house_and_written_down(told):
    client = Client(enforce_csrf_checks=True)
    answer = enter(client, "editor")
    assert answer.status_code == 403
    assert "This page is not yours to open" in answer.text
    assert (told()[-1]["event"], told()[-1]["reason"]) == ("refused", "CSRF cookie not set.")
