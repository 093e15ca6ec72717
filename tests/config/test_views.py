"""The pages that belong to no app."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import path

from config import urls, views


def asks(sql):
    """A view that asks the database something and has nothing to say."""

    def view(request):
        with connection.cursor() as cursor:
            cursor.execute(sql)
        return HttpResponse()

    return view


def suspicious(request):
    raise SuspiciousOperation("a secret of the code")


urlpatterns = [
    *urls.urlpatterns,
    path("slow", asks("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(1)")),
    path(
        "turned-away",
        asks("DO $$ BEGIN RAISE EXCEPTION 'too many clients' USING ERRCODE = '53300'; END $$"),
    ),
    path(
        "locked",
        asks("DO $$ BEGIN RAISE EXCEPTION 'canceled' USING ERRCODE = '55P03'; END $$"),
    ),
    path(
        "full",
        asks("DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"),
    ),
    path(
        "read-only",
        asks("SET TRANSACTION READ ONLY; CREATE TABLE of_nobody (id int)"),
        name="read_only",
    ),
    path(
        "too-large",
        asks("SELECT to_tsvector(string_agg(md5(n::text), ' ')) FROM generate_series(1, 60000) n"),
    ),
    path("wrong", asks("SELECT nothing FROM nowhere")),
    path("suspicious", suspicious),
]
handler400 = urls.handler400
handler500 = urls.handler500


@pytest.fixture
def visitor(client, db, settings):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    return client


def test_health_asks_no_database_and_readiness_asks_it_anew(client, db):
    with CaptureQueriesContext(connection) as asked:
        health, readiness = client.get("/healthz"), client.get("/readyz")
    assert not asked.captured_queries
    assert (health.status_code, health.json()) == (200, {"site": "ok"})
    assert readiness.status_code == 200
    assert readiness.json() == {"database": "ok", "migrations": "ok"}
    for response in (health, readiness):
        assert "no-store" in response["Cache-Control"]


def test_a_site_is_not_ready_before_its_migrations_are_applied(client, db, monkeypatch):
    monkeypatch.setattr(views, "own_migrations", lambda: {("forces", "0001_initial"), ("new", "1")})
    readiness = client.get("/readyz")
    assert readiness.status_code == 503
    assert readiness.json() == {"database": "ok", "migrations": "1 not applied"}
    monkeypatch.setattr(views, "MIGRATIONS", "SELECT app, name FROM nowhere")
    assert client.get("/readyz").json()["migrations"] == "2 not applied"


@pytest.mark.parametrize(
    ("address", "words", "retry_after"),
    [
        ("/slow", "This page took too long", "30"),
        ("/turned-away", "not available right now", "30"),
        ("/locked", "Go back to the form, where what you typed still is", "5"),
        ("/full", "The database has no more room for what this page needs", "30"),
    ],
)
def test_a_database_that_cannot_answer_now_is_a_503(visitor, address, words, retry_after):
    response = visitor.get(address)
    assert response.status_code == 503
    assert words in response.text
    assert response["Retry-After"] == retry_after
    assert response["Cache-Control"] == "no-store"


def test_whoever_sends_to_a_database_that_is_only_read_is_told_that_nothing_was_saved(visitor):
    response = visitor.post("/read-only")
    assert response.status_code == 503
    assert "The database can only be read at the moment. Nothing was saved." in response.text
    # Readers' pages write nothing: one that does is wrong.
    assert visitor.get("/read-only").status_code == 500


@pytest.mark.parametrize("address", ["/wrong", "/too-large"])
def test_a_database_that_refuses_is_our_mistake(visitor, address):
    response = visitor.get(address)
    assert response.status_code == 500
    assert "There is a problem with this site" in response.text


def test_an_attack_is_a_400_that_gives_nothing_away(visitor):
    response = visitor.get("/suspicious")
    assert response.status_code == 400
    assert "secret" not in response.text


def test_an_unknown_address_is_a_404_in_the_same_house(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "<h1>" in response.text


def test_a_foreign_host_is_a_400_in_the_same_house(client, db):
    response = client.get("/regions/south-west/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert "<h1>" in response.text
