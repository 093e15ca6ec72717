"""The site behind a real pgbouncer that pools transactions, with fewer connections than clients."""

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.urls import reverse

from config.database import database
from config.doctor.examination import examine
from config.doctor.management.commands.doctor import PARTS
from findings.models import Theme
from lib.audit.models import Change
from tests import accounts, postgres, serving
from tests.forms_sent import token_of

from .pooler import pgbouncer

pytestmark = pytest.mark.slow
CSRF = "t" * 32
LOCKS = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid"
    " WHERE locktype = 'advisory' AND datname = current_database()"
)


@pytest.fixture
def site(transactional_db, tmp_path):
    host, database = postgres.FOLDER / "postgresql", connection.settings_dict["NAME"]
    few = {"default_pool_size": 3, "reserve_pool_size": 0}
    with pgbouncer(host, 5432, database, **few) as pooler, (tmp_path / "log").open("w+") as log:
        site = serving.Server(log, tmp_path, 2, pooler.url, DATABASE_POOLED="1")
        site.ready()
        yield site
        site.end()


def post(site, session, address, typed):
    """The status of a response to a form, and where it leads."""
    asking = HTTPConnection("127.0.0.1", site.port, timeout=30)
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    asking.request("POST", address, urlencode(typed | {"csrfmiddlewaretoken": CSRF}), headers)
    response = asking.getresponse()
    response.read()
    asking.close()
    return response.status, response.headers["Location"]


def test_readers_and_an_editor_share_three_connections(site, client):
    addresses = [
        "/findings/?theme=workforce",
        "/findings/?format=csv",
        "/actions/",  # of files a process makes two at once, and refuses a third
        "/search/?q=officers",
        "/themes/?as_at=2025-09-01",
        "/gradings/?format=xlsx",
        "/changes/",
        "/api/v1/findings/",
    ]

    def read(number):
        response, _ = asked(site, f"{addresses[number % len(addresses)]}")
        return response.status

    with ThreadPoolExecutor(4) as readers:
        assert set(readers.map(read, range(40))) == {200}, site.said()[-3000:]
    # No session of the server keeps what one request has set.
    assert "as at" not in asked(site, "/themes/")[1].lower().partition("<h1")[0]
    # What is changed is seen by the next request, whichever session serves it.
    theme = Theme.objects.get(slug="workforce")
    for number in range(8):
        theme.name = f"Renamed {number}"
        theme.save()
        assert theme.name in asked(site, "/themes/workforce/")[1]
    # A form sent eight times at once is one form: its lock holds, and is nobody's afterwards.
    page = reverse("admin:findings_theme_add")
    accounts.sign_in(client, "steward")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    typed = {"name": "Custody", "slug": "custody", "definition": "Cells."}
    typed["form_token"] = token_of(client, page)
    with ThreadPoolExecutor(8) as clicks:
        results = list(clicks.map(lambda _: post(site, session, page, typed), range(8)))
    assert {status for status, _ in results} <= {302, 503}, results
    assert (302, reverse("admin:findings_theme_changelist")) in results
    assert Theme.objects.filter(slug="custody").count() == 1
    with connection.cursor() as cursor:
        cursor.execute(LOCKS)
        assert cursor.fetchone() == (0,)
    change = Change.objects.filter(table="findings_theme").latest("pk")
    assert (change.operation, change.user) == ("INSERT", get_user_model().objects.get().pk)
    assert "error" not in site.said().lower()


def test_the_doctor_leaves_sessions_of_the_server_as_they_were(
    transactional_db, settings, monkeypatch
):
    host, name = postgres.FOLDER / "postgresql", connection.settings_dict["NAME"]
    with pgbouncer(host, 5432, name) as pooler:
        settings.REPLICA = database(pooler.url, pooled=True)
        connections.close_all()
        with monkeypatch.context() as patch:
            for key, value in settings.REPLICA.items():
                patch.setitem(connection.settings_dict, key, value)
            found = examine({part: PARTS[part] for part in ("database", "replica")})
            connections.close_all()
        told = " ".join(fault.sentence for fault in found)
        assert "REPLICA_URL names the same server" in told
        assert "cannot be reached" not in told
        with postgres.asking(pooler.url) as ask:
            assert ask("SHOW default_transaction_read_only") == ["off"]


def asked(site, address):
    with_content = HTTPConnection("127.0.0.1", site.port, timeout=30)
    with_content.request("GET", address)
    response = with_content.getresponse()
    content = response.read()
    with_content.close()
    return response, content.decode(errors="replace")
