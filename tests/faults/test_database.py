"""A database that hangs, is locked, only read, full of connections, restarted or refused: what
readers and staff get meanwhile, how soon, and that all goes on by itself afterwards."""

import contextlib
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import psycopg2
import pytest

from tests.faults.sites import own_postgres, site_on

pytestmark = pytest.mark.slow

KEPT, OTHER, STAFF = "/findings/", "/themes/", "/admin/login/"
NEEDS_NOTHING = ("/healthz", "/robots.txt", "/favicon.ico", "/static/staticfiles.json")
TOKEN = "t" * 32
WITHIN = 3.0  # seconds


@pytest.fixture(scope="module")
def database(django_db_setup):
    # Few connections, so that they can be used up.
    with own_postgres(max_connections="15", superuser_reserved_connections="3") as server:
        with server.asking() as ask:
            ask("CREATE ROLE site LOGIN PASSWORD 'right'")
            ask("GRANT pg_read_all_data, pg_write_all_data TO site")
        yield server


@pytest.fixture(scope="module")
def started(database):
    """A site with one process of four threads, which connects by TCP as a role of its own."""
    address = database.tcp_url.replace("postgres@", "site:right@")
    with site_on(database, address=address) as site:
        yield site


@pytest.fixture
def site(started):
    """The site, which responds, and has kept one page."""
    patiently(started)
    assert started.get(KEPT)[0].status == 200
    return started


class Seen:
    """What a reader sees at an address, and after how many seconds."""

    def __init__(self, site, address, **headers):
        began = time.monotonic()
        response, self.page = site.get(address, **headers)
        self.seconds = time.monotonic() - began
        self.status, self.headers = response.status, response.headers
        self.is_marked = "This page is as it was at <time" in self.page

    def __str__(self):
        kind = "its kept page, marked" if self.is_marked else self.status
        return f"{kind} after {self.seconds:.1f} s"


def at_once(site, *addresses):
    """What is seen at several addresses that are asked for at the same time, in their order."""
    seen = {}

    def look(address):
        seen[address] = Seen(site, address)

    threads = [threading.Thread(target=look, args=[address]) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [seen[address] for address in addresses]


def send_form(site):
    """The status and the page that follow on an attempt to sign in, which is recorded."""
    headers = {"Cookie": f"csrf={TOKEN}", "Content-Type": "application/x-www-form-urlencoded"}
    form = f"csrfmiddlewaretoken={TOKEN}&login=nobody&password=wrong"
    with contextlib.closing(HTTPConnection("127.0.0.1", site.port, timeout=20)) as ask:
        ask.request("POST", STAFF, form, headers)
        response = ask.getresponse()
        return response.status, response.read().decode()


def patiently(site):
    """The seconds until a site is ready and shows pages that are checked again."""
    began = time.monotonic()
    while time.monotonic() < began + 20:
        if site.get("/readyz")[0].status == 200 and not Seen(site, KEPT).is_marked:
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(site.said())


def readers_and_staff(site):
    """What readers and staff see at once, and again a moment later, when nobody may wait."""
    kept, other, staff, *_ = at_once(site, KEPT, OTHER, STAFF, "/", *NEEDS_NOTHING)
    check(kept, other, staff)
    began = time.monotonic()
    check(*(Seen(site, address) for address in (KEPT, OTHER, STAFF)))
    for address in NEEDS_NOTHING:
        assert Seen(site, address).status in (200, 302), address
    assert time.monotonic() < began + 1
    readiness = Seen(site, "/readyz")
    assert readiness.status == 503
    assert readiness.seconds < 1.2
    return str(kept), str(staff)


def check(kept, other, staff):
    assert kept.status == 200
    assert kept.is_marked
    assert kept.headers["Cache-Control"] == "no-store"
    assert "ETag" not in kept.headers
    assert "Warning" not in kept.headers
    for refused in (other, staff):
        assert refused.status == 503
        assert refused.headers["Retry-After"] == "30"
        assert "This site is not available right now" in refused.page
    assert max(kept.seconds, other.seconds, staff.seconds) < WITHIN


def lines_since(site, said):
    return site.said().removeprefix(said).splitlines()


def test_readers_of_a_database_that_hangs_get_kept_pages_in_time(site, database, fault_table):
    said = site.said()
    database.hang()
    try:
        reader, editor = readers_and_staff(site)
        status, page = send_form(site)
        assert status == 503
        assert "Nothing was saved." in page
    finally:
        database.go_on()
    seconds = patiently(site)
    lines = lines_since(site, said)
    assert len(lines) <= 5, lines
    assert sum(map(len, lines)) < 1_500
    assert not any("Traceback" in line or "traceback" in line for line in lines)
    fault_table("database hangs", reader, editor, f"right again after {seconds:.1f} s")


def test_a_database_that_is_stopped_or_killed_is_noticed_and_found_again(
    site, database, fault_table
):
    for fault, end in (("stopped", database.end), ("killed", database.kill)):
        end()
        try:
            reader, editor = readers_and_staff(site)
        finally:
            database.start()
        seconds = patiently(site)
        fault_table(f"database is {fault}", reader, editor, f"right again after {seconds:.1f} s")


def test_a_database_that_refuses_the_site_is_no_longer_asked_by_every_reader(
    site, database, fault_table
):
    with database.asking() as ask:
        hba = Path(ask("SHOW hba_file")[0])
        usual = hba.read_text()
        refusals = {
            "database refuses the site": "host all site all reject\n" + usual,
            "database has another password": "host all site all scram-sha-256\n" + usual,
        }
        ask("ALTER ROLE site PASSWORD 'another'")
        try:
            for fault, rules in refusals.items():
                hba.write_text(rules)
                ask("SELECT pg_reload_conf()")
                end_connections(ask)
                reader, editor = readers_and_staff(site)
                fault_table(fault, reader, editor)
        finally:
            hba.write_text(usual)
            ask("SELECT pg_reload_conf()")
    patiently(site)


def test_a_database_without_a_free_connection_is_no_longer_asked_by_every_reader(
    site, database, fault_table
):
    with database.asking() as ask, contextlib.ExitStack() as others:
        end_connections(ask)
        with contextlib.suppress(psycopg2.OperationalError):
            for _ in range(20):
                held = psycopg2.connect(database.tcp_url.replace("postgres@", "site:right@"))
                others.callback(held.close)
        reader, editor = readers_and_staff(site)
    seconds = patiently(site)
    fault_table(
        "database has no connection left", reader, editor, f"right again after {seconds:.1f} s"
    )


def end_connections(ask):
    ask("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = 'site'")


def test_readers_wait_in_a_line_of_one_for_what_is_locked(site, database, fault_table):
    with contextlib.closing(psycopg2.connect(database.url)) as other:
        other.cursor().execute("LOCK TABLE inspections_inspection")
        kept, new, *_, health = at_once(site, KEPT, OTHER, "/healthz")
        assert kept.is_marked
        assert (new.status, new.headers["Retry-After"]) == (503, "5")
        assert max(kept.seconds, new.seconds) < WITHIN
        assert health.seconds < 1
        # From now on one of them waits at most.
        *many, health = at_once(site, KEPT, f"{KEPT}?", OTHER, "/", "/healthz")
        assert sum(seen.seconds > 1.5 for seen in many) <= 1
        assert health.seconds < 1
    seconds = patiently(site)
    fault_table("table is locked", str(kept), "–", f"right again after {seconds:.1f} s")


def test_a_database_that_is_only_read_shows_all_pages_and_saves_nothing(
    site, database, fault_table
):
    with database.asking() as ask:
        ask("ALTER SYSTEM SET default_transaction_read_only = on")
        ask("SELECT pg_reload_conf()")
        time.sleep(0.2)
        try:
            for address in (KEPT, "/findings/?theme=workforce", "/forces/"):
                seen = Seen(site, address)
                assert (seen.status, seen.is_marked) == (200, False), address
            login = Seen(site, STAFF)
            status, page = send_form(site)
            assert status == 503
            assert "The database can only be read at the moment. Nothing was saved." in page
        finally:
            ask("SET default_transaction_read_only = off")
            ask("ALTER SYSTEM RESET default_transaction_read_only")
            ask("SELECT pg_reload_conf()")
    fault_table("database is only read", str(seen), str(login))
