"""What every test may lean on.

- The database holds the core of the facts (tests/core_facts.py) when a test starts, and again when
  the next one does; of a module that uses the fixture `record`, all of them (`fixtures/`).
- `site` is the address of a running site that shows the facts: for browser tests that only read.
  One that writes takes `live_server`, a site of its own whose rows are put back afterwards (and so
  is slow).
- `reader` is a client for tests that write nothing: it asks for each page once, whichever test
  reads it.
- `lists_read_anew` is for modules whose tests share rows (tests/kept.py), and change some.
- `elsewhere` does something as somebody else would over a connection of their own, in tests that
  really commit; `come_between` has that done in the moment before a row is saved in the admin.
- `page` is a fresh browser page; `action` and `others_action` are actions that the facts hold.
- `mailing` is the site where a mail server is named.
- `empty_database` is the name of an empty database.
- `database_with_c` is a connection to an empty database whose LC_CTYPE is C.
- A drawing is made once for all runs, and again once what draws it has changed; where drawing
  itself is tested, `drawings` holds none at first.
- A template of ours that names an unknown variable fails, and so does any warning.
"""

import importlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from io import BytesIO
from threading import BoundedSemaphore
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection, connections, transaction
from django.template.base import Node
from django.test import TransactionTestCase
from django.test import client as test_client
from django.urls import clear_url_caches
from psycopg2.sql import SQL, Identifier, Literal
from pytest_django.live_server_helper import LiveServer

from config import urls
from findings import files
from findings.models import Action, Finding
from forces.admin import RoleScopedAdmin
from lib.audit import data_version
from lib.lists import downloads, freshness

from . import accounts, postgres, programs
from .crawl import Reader
from .pages import last_change


class UnknownVariable:
    """Stands for a variable that no one gave to the template: an error in ours, nothing in those
    of Django's admin."""

    def __contains__(self, text):
        return text == "%s"

    def __mod__(self, variable):
        frame = sys._getframe()
        while not isinstance(node := frame.f_locals.get("self"), Node):
            frame = frame.f_back
        if node.origin.name.startswith(str(settings.BASE_DIR / "templates")):
            pytest.fail(
                f"{node.origin.template_name} does not know {str(variable)!r}", pytrace=False
            )
        return ""


def pytest_configure():
    # Within the dictionary, of which the evidence's storage has made Django keep a copy already.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.WHITENOISE_AUTOREFRESH = True
    # What a test has changed is taken back, also in the audit, whose length is the pages' version.
    settings.CACHES["pages"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    # Nor is a point settled up to which changes need no counting: pages ask equally often.
    data_version.MOST_COUNTED = sys.maxsize
    # A template's context is kept as it is: a copy for every one takes a twentieth of all time.
    test_client.copy = lambda context: context
    # A document is looked through in a process of its own: here once, however often it is sent.
    files.check_document = lru_cache(files.check_document)
    # A download that a test leaves unread takes nothing from the next test.
    downloads.SLOTS = BoundedSemaphore(1_000)
    if os.environ["DATABASE_URL"] == postgres.url():
        settings.CACHES["drawings"] = postgres.kept_drawings()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # In the settings: from these Django makes its engine anew, where a test has changed some.
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UnknownVariable()


def pytest_itemcollected(item):
    """Mark what drives a browser."""
    if item.path.parent.name == "browser":
        item.add_marker(pytest.mark.browser)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What reads the crawl comes first, so that one worker does, and crawls for all."""
    items.sort(key=lambda item: not hasattr(item.module, "crawled"))


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker):
    """A database of this process's own, copied from the one that holds the facts."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    own = f"run_{os.environ['TEST_RUN']}_{worker}"
    with postgres.asking() as ask:
        postgres.copy(ask, postgres.facts(), own)
        connection.settings_dict["NAME"] = own
        with django_db_blocker.unblock():
            stored = StoredRows()
        with pytest.MonkeyPatch.context() as patch:
            # What a test really commits is taken back, where Django would empty every table.
            patch.setattr(TransactionTestCase, "_fixture_teardown", stored)
            yield
        with django_db_blocker.unblock():
            connections.close_all()
        postgres.drop(ask, own)


@pytest.fixture(scope="session")
def record_database(django_db_setup):
    """The name of a database of this process's own that holds the whole record."""
    own = f"{connection.settings_dict['NAME']}_record"
    with postgres.asking() as ask:
        postgres.have(ask, whole := postgres.facts(whole=True))
        postgres.copy(ask, whole, own)
        yield own
        postgres.drop(ask, own)


@pytest.fixture(scope="module")
def record(record_database, django_db_blocker):
    """The database holds the whole record while the tests of a module run, which commit nothing."""
    core = connection.settings_dict["NAME"]
    for name in (record_database, core):
        with django_db_blocker.unblock():
            connections.close_all()
        connection.settings_dict["NAME"] = name
        if name != core:
            yield


@pytest.fixture(scope="session")
def database_with_c(django_db_setup):
    """A connection to an empty database that takes dashes and curly quotes for letters."""
    own = f"{connection.settings_dict['NAME']}_c"
    with postgres.asking() as ask:
        postgres.drop(ask, own)
        ask(
            "CREATE DATABASE {own} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
            own=own,
        )
        address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{own}").geturl()
        with closing(psycopg2.connect(address)) as connected:
            yield connected
        postgres.drop(ask, own)


@pytest.fixture
def empty_database(django_db_setup):
    """The name of an empty database, made as OPERATING.md says."""
    own = f"{connection.settings_dict['NAME']}_empty"
    with postgres.asking() as ask:
        postgres.drop(ask, own)
        ask(
            "CREATE DATABASE {own} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'"
            " LC_CTYPE 'C.UTF-8'",
            own=own,
        )
        yield own
        postgres.drop(ask, own)


class StoredRows:
    """What every table held: read back where something changed, a hundred times as fast as
    fixtures are loaded."""

    def __init__(self):
        tables = connection.introspection.django_table_names(only_existing=True)
        tables = [*tables, settings.CACHES["default"]["LOCATION"]]
        self.rows = {}
        count = "SELECT {name}, count(*), max(xmin::text::bigint) FROM {table}"
        counts = [
            SQL(count).format(name=Literal(table), table=Identifier(table)) for table in tables
        ]
        self.query = SQL(" UNION ALL ").join(counts)
        with connection.cursor() as cursor:
            for table in tables:
                cursor.copy_expert(f"COPY {table} TO STDOUT", rows := BytesIO())
                self.rows[table] = rows.getvalue()
        self.seen = self.look()

    def look(self):
        """By table, how many rows it has and which transaction wrote the last of them."""
        with connection.cursor() as cursor:
            cursor.execute(self.query.as_string(connection.connection))
            return {name: rest for name, *rest in cursor}

    def __call__(self, *_):
        """Put every row back, in any order and without the triggers that wrote down when it
        came: as a superuser may."""
        now = self.look()
        changed = [table for table in now if now[table] != self.seen[table]]
        if not changed:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in changed:
                delete = SQL("DELETE FROM {table}").format(table=Identifier(table))
                cursor.execute(delete.as_string(connection.connection))
                if self.rows[table]:
                    cursor.copy_expert(f"COPY {table} FROM STDIN", BytesIO(self.rows[table]))
        self.seen = self.look()
        freshness.forget()  # whose version, the length of the audit, is shorter again


@pytest.fixture(scope="session")
def running_site(django_db_setup):
    server = LiveServer("localhost")
    with server._live_server_modified_settings:
        yield server
        server.stop()


@pytest.fixture
def site(running_site, db):
    """The address of a site that shows the facts."""
    return running_site.url


@pytest.fixture
def reader(db):
    return Reader()


@pytest.fixture
def lists_read_anew(db):
    """For a module that keeps rows (tests/kept.py): what a test has changed and is taken back would
    have the same version as what the next one changes."""
    before = last_change()
    yield
    if last_change() != before:
        freshness.forget()


@pytest.fixture
def steward(client):
    """A data steward, signed in."""
    return accounts.sign_in(client, "steward")


@pytest.fixture
def superuser(client):
    return accounts.sign_in(client, "superuser")


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


@pytest.fixture
def action(db):
    """One of Gloucestershire's, public and in progress, which answers F15."""
    action = Action.objects.get(plan__slug="gloucestershire-reported-steps", number=5)
    action.findings.add(Finding.objects.get(reference="F15"))
    return action


@pytest.fixture
def others_action(db):
    """One of another body's, public too."""
    return Action.objects.filter(plan__organisation__slug="avon-and-somerset").first()


@pytest.fixture
def elsewhere():
    """Does something as somebody else would who comes in between: over another connection, and
    done when this returns."""

    def do(work):
        def run():
            try:
                return work()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run).result(timeout=10)

    return do


@pytest.fixture
def come_between(client, monkeypatch, elsewhere):
    """Has somebody do something once, in the moment before a row that was sent is saved."""
    client.raise_request_exception = False

    def arrange(work, method="save_model"):
        usual = getattr(RoleScopedAdmin, method, None) or getattr(admin.ModelAdmin, method)

        def overtaken(*args):
            monkeypatch.undo()
            elsewhere(work)
            return usual(*args)

        monkeypatch.setattr(RoleScopedAdmin, method, overtaken, raising=False)

    return arrange


@pytest.fixture(scope="session")
def playwright(playwright):
    yield playwright
    # While its loop ran in this thread, Django kept a connection apart for it, with which the
    # database cannot be dropped.
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = programs.find_chromium()
    if not path:
        pytest.fail("Install chromium-headless-shell, or name a CHROMIUM.", pytrace=False)
    return browser_type_launch_args | {
        "executable_path": path,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
