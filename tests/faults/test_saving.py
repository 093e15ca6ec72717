"""A database that hangs while somebody saves: what they are told is true."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests.faults.sites import own_postgres, site_on

pytestmark = pytest.mark.faults

SIGN_IN = """
from django.test import Client
from findings.models import Theme
from tests import accounts
client = Client()
accounts.sign_in(client, "steward")
theme = Theme.objects.get(slug="workforce")
print(client.cookies["session"].value, theme.pk, theme.definition, sep=chr(10))
"""
# Each save of a theme takes three seconds: as it is written, or as it is committed.
SLOW = """
    CREATE OR REPLACE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep(3); RETURN NULL; END';
    DROP TRIGGER IF EXISTS slow ON findings_theme;
    CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON findings_theme DEFERRABLE INITIALLY {when}
        FOR EACH ROW EXECUTE FUNCTION wait();
"""
SLEEPING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
TOKEN = "t" * 32


def until(happens):
    patience = time.monotonic() + 15
    while not happens():
        assert time.monotonic() < patience
        time.sleep(0.05)


@pytest.fixture(scope="module")
def database(django_db_setup):
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def save(database):
    """A function that saves a theme as a steward does: the status, the page and the seconds."""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "shell", "--verbosity=0", "-c", SIGN_IN],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database.url},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    session, key, definition = said.splitlines()
    with site_on(database) as site:

        def post(name):
            sent = {"name": name, "slug": "workforce", "definition": definition}
            began = time.monotonic()
            asking = contextlib.closing(HTTPConnection("127.0.0.1", site.port, timeout=30))
            with asking as ask:
                ask.request(
                    "POST",
                    f"/admin/findings/theme/{key}/change/",
                    urlencode(sent | {"csrfmiddlewaretoken": TOKEN}),
                    {
                        "Content-Type": "application/x-www-form-urlencoded",
                        "Cookie": f"session={session}; csrf={TOKEN}",
                    },
                )
                response = ask.getresponse()
                return response.status, response.read().decode(), time.monotonic() - began

        post.said = site.said
        yield post


@pytest.mark.parametrize(
    ("when", "words"),
    [("IMMEDIATE", "Nothing was saved."), ("DEFERRED", "We do not know if this was saved")],
)
def test_who_saves_while_the_database_hangs_is_told_what_is_known(
    database, save, fault_table, when, words
):
    with database.asking() as ask:
        ask(SLOW.replace("{when}", when))
        seen = []
        saving = threading.Thread(target=lambda: seen.append(save(when)))
        saving.start()
        until(lambda: ask(SLEEPING))
        database.hang()
        try:
            saving.join()
            at_once = save(when)
        finally:
            database.go_on()
        ((status, page, seconds),) = seen
        assert status == 503
        assert words in page
        assert ("Nothing was saved." in page) == (when == "IMMEDIATE")
        assert 11 < seconds < 15
        assert at_once[0] == 503, save.said()
        assert "The database is not responding. Nothing was saved." in at_once[1]
        assert at_once[2] < 1
        until(lambda: not ask(SLEEPING))
        stored = ask("SELECT name FROM findings_theme WHERE slug = 'workforce'") == [when]
        assert when == "DEFERRED" or not stored
        ask("DROP TRIGGER slow ON findings_theme")
    until(lambda: save(when)[0] == 302)
    fault_table(
        f"database hangs {'in the commit' if when == 'DEFERRED' else 'in mid-save'}",
        "–",
        f"“{words}” after {seconds:.1f} s, then at once",
        f"{'stored' if stored else 'not stored'}, and saved when sent again",
    )
