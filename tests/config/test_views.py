"""The pages that belong to no app."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from config import urls


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


def test_health_is_the_databases_answer_and_never_kept(client, db):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"database": "ok"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("address", "words", "retry_after"),
    [
        ("/slow", "This page took too long", "30"),
        ("/turned-away", "not available right now", "30"),
        ("/locked", "Go back to the form, where what you typed still is", "5"),
    ],
)
def test_a_database_that_cannot_answer_now_is_a_503(visitor, address, words, retry_after):
    response = visitor.get(address)
    assert response.status_code == 503
    assert words in response.text
    assert response["Retry-After"] == retry_after
    assert response["Cache-Control"] == "no-store"


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
