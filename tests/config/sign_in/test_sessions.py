"""How long a session lasts, and what its cookies allow."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from config.middleware import SESSION_RENEWED_EVERY
from config.sign_in.sessions import SessionStore
from lib.database import circuit
from tests import accounts
from tests.settings_anew import read
from tests.signing_in import DOOR, enter

pytestmark = pytest.mark.django_db


def test_cookies_are_for_this_host_and_no_script():
    for https, prefix in (("1", "__Host-"), ("0", "")):
        settings = read(HTTPS=https)
        cookies = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
        cookies |= {settings.KNOWN_DEVICE_COOKIE_NAME}
        assert cookies == {prefix + name for name in ("session", "csrf", "known-device")}
        assert settings.SESSION_COOKIE_SECURE is settings.REQUIRE_SECOND_FACTOR is bool(prefix)
    assert not read(HTTPS="1", REQUIRE_SECOND_FACTOR="0").REQUIRE_SECOND_FACTOR


def test_the_cookies_of_a_session(client, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.HTTPS = True
    accounts.make("editor")
    client.get(DOOR)
    enter(client, "editor")
    assert {
        name: (cookie["samesite"], cookie["max-age"]) for name, cookie in client.cookies.items()
    } == {
        settings.SESSION_COOKIE_NAME: ("Lax", ""),
        settings.CSRF_COOKIE_NAME: ("Lax", 31449600),
        settings.KNOWN_DEVICE_COOKIE_NAME: ("Strict", 180 * 24 * 60 * 60),
    }
    for cookie in client.cookies.values():
        assert (cookie["secure"], cookie["httponly"]) == (True, True)
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_a_session_ends_when_nothing_was_done_for_a_while(client, monkeypatch):
    assert read(IDLE_MINUTES="10").SESSION_COOKIE_AGE == 600
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
    with django_assert_num_queries(2) as seen:  # the version of the data, twice
        response = client.get("/nowhere/")
    assert not any("session" in query["sql"] for query in seen.captured_queries)
    assert not response.cookies
    response = client.get("/regions/south-west/")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_no_page_of_the_staff_is_kept_by_anyone(client):
    accounts.sign_in(client, "editor")
    for address in (DOOR, "/admin/", "/admin/second-factor/", "/admin/logout/"):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_a_session_that_the_database_cannot_save_has_not_ended():
    session = SessionStore()
    session.create()
    with pytest.raises(DatabaseError, match="read-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        session.save()
    session.save()
    SessionStore(session.session_key).delete()
    with pytest.raises(UpdateError):
        session.save()


def test_who_cannot_save_a_session_as_the_database_hangs_is_not_told_that_it_has_ended(
    client, monkeypatch
):
    accounts.sign_in(client, "editor")
    session = client.session

    def refuse(*args, **kwargs):
        raise circuit.Circuit().error()

    monkeypatch.setattr("django.contrib.sessions.models.Session.save", refuse)
    with pytest.raises(OperationalError):
        session.save()
