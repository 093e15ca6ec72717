"""What a release left in a database goes on with this version, while people read."""

import json
import re
import time
import tomllib
from contextlib import closing
from http.client import HTTPConnection
from threading import Event, Thread

import psycopg2
import pytest
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.management import call_command
from django.db import connection

from config.locations import PROJECT
from config.version import VERSION
from lib.permalinks.models import Permalink
from tests import accounts, postgres
from tests.backups import connected_to, in_folder, run_command
from tests.faults.sites import site_on

from .make import HERE, kept_migrations, migrations

RELEASES = sorted(path.name for path in HERE.iterdir() if (path / "manifest.json").exists())
# Pages that read the table which changes, now and as at a day, and one that reads what staff wrote.
PAGES = (
    "/regions/south-west/",
    "/findings/?theme=workforce",
    "/findings/?format=csv",
    "/themes/workforce/?as_at=2025-09-01",
    "/plans/gloucestershire-reported-steps/",
)
NEXT = ("-v0", "--settings=tests.releases.next.settings")
LONGEST = 3  # seconds that a page may take meanwhile


class Readers:
    """People who read without a pause, and never the same page twice, so that none is kept."""

    def __init__(self, site, *addresses):
        self.site, self.stopped, self.read, self.wrong, self.slowest = site, Event(), 0, [], 0
        self.threads = [Thread(target=self.go_on, args=[address]) for address in addresses]

    def go_on(self, address):
        number = 0
        while not self.stopped.is_set():
            number += 1
            started = time.monotonic()
            status, _ = ask(self.site, f"{address}&q=police+{number}")
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.read += 1
            if status != 200:
                self.wrong.append((address, status))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def end_once_waited_for(download):
    """Let a download go on reading for a while after a migration has begun to wait for it."""
    waiting = "SELECT FROM pg_locks WHERE relation = 'findings_finding'::regclass AND NOT granted"
    with postgres.asking(download.dsn) as ask_it:
        while not ask_it(f"SELECT 1 WHERE EXISTS ({waiting} AND mode = 'AccessExclusiveLock')"):
            time.sleep(0.05)
    time.sleep(1.5)
    download.rollback()


def ask(site, address):
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=20)) as connected:
        connected.request("GET", address)
        response = connected.getresponse()
        return response.status, response.read()


@pytest.fixture(params=RELEASES)
def released(request, django_db_setup, django_db_blocker, empty_database, tmp_path):
    """A database that holds what a release left there, its rows by table, and its evidence."""
    about = json.loads((HERE / request.param / "manifest.json").read_text())
    assert about["version"] == request.param
    evidence = tmp_path / "evidence"
    with connected_to(empty_database), django_db_blocker.unblock(), in_folder(evidence):
        call_command("restore", HERE / request.param)
        yield empty_database, about["rows"], evidence


@pytest.mark.slow
def test_what_a_release_left_is_migrated_and_shown(released, client):
    call_command("migrate", verbosity=0)
    call_command("makemigrations", "--check", verbosity=0)
    assert checks.run_checks(tags=["models", "database"], databases=["default"]) == []
    call_command("sweep_evidence", "--check", verbosity=0)
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 200
        assert answer.getvalue()
    (cited,) = Permalink.objects.all()
    assert client.get(cited.get_absolute_url()).status_code == 200
    accounts.open_session(client, get_user_model().objects.get(username="steward"))
    assert client.get("/admin/").status_code == 200


@pytest.mark.faults
def test_a_release_migrates_while_its_pages_are_read(released, fault_table):
    name, rows, evidence = released
    address, place = postgres.url(name), {"database": name, "evidence": evidence}
    with (
        site_on(None, address=address, EVIDENCE_DIR=str(evidence)) as site,
        closing(psycopg2.connect(address)) as download,
        closing(download.cursor()) as cursor,
    ):
        before = [ask(site, page) for page in PAGES]
        assert {status for status, _ in before} == {200}
        cursor.execute("SELECT count(*) FROM findings_finding")  # and the lock is kept
        Thread(target=end_once_waited_for, args=[download]).start()
        with Readers(site, "/findings/?", "/findings/?as_at=2025-09-01") as readers:
            code, said = run_command("migrate", "next", "0001", *NEXT, **place)
        assert (code, set(said.splitlines())) == (0, {"A table is in use. Trying again."})
        assert (readers.wrong, readers.slowest < LONGEST) == ([], True)
        assert readers.read > 10
        assert [ask(site, page) for page in PAGES] == before
        # Where the views of the past stand in the way of a migration, they are made anew.
        assert run_command("migrate", *NEXT, **place) == (0, "")
        assert [ask(site, page) for page in PAGES] == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(of_the_next_release), count(*) FROM findings_finding")
        assert cursor.fetchone() == (0, rows["findings_finding"])
        cursor.execute("SELECT count(*) FROM as_at.auth_group")
    fault_table(
        "An upgrade while people read, with a download that holds its table",
        f"{readers.read} pages, none late by more than {readers.slowest:.1f} s, no error",
        "–",
        "a column more, no row less",
    )


def test_one_version_is_named_everywhere():
    named = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    sections = re.findall(r"^## \[(\d.*?)\]", (PROJECT / "CHANGELOG.md").read_text(), re.M)
    assert (named, sections[0]) == (VERSION, VERSION)


def test_no_migration_of_a_release_is_ever_changed():
    assert VERSION in RELEASES
    now = migrations()
    for release in RELEASES:
        kept = kept_migrations(release)
        assert {path: now.get(path) for path in kept} == kept
