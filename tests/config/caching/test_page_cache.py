"""Public pages are kept as long as nothing that they show has changed, and no longer."""

import gzip
from contextlib import closing
from datetime import datetime, timedelta

import psycopg2
import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.caching import page_cache
from findings.models import Theme
from inspections.models import Inspection
from tests import accounts, serving
from tests.pages import elements

WORKFORCE = "/themes/workforce/"
LISTED = "/findings/?theme=workforce"
pytestmark = pytest.mark.usefixtures("pages")


@pytest.mark.django_db
def test_a_page_is_made_once_while_nothing_changes(client, django_assert_num_queries):
    made = client.get("/findings/?theme=workforce&kind=strength")
    with django_assert_num_queries(1):
        kept = client.get("/findings/?kind=strength&utm_source=mail&theme=workforce")
    assert (kept.content, kept.headers) == (made.content, made.headers)
    assert made["Cache-Control"] == "no-cache"
    with django_assert_num_queries(1):
        squeezed = client.get(
            "/findings/?theme=workforce&kind=strength", headers={"accept-encoding": "gzip"}
        )
    assert squeezed["Content-Encoding"] == "gzip"
    assert squeezed["Content-Security-Policy"] == made["Content-Security-Policy"]
    assert gzip.decompress(squeezed.content) == made.content
    assert client.head("/findings/?theme=workforce&kind=strength")["ETag"] == made["ETag"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        WORKFORCE,
        "/findings/?format=csv",
        "/themes/charts/findings_by_theme.svg",
        "/embed/themes/charts/findings_by_theme/",
    ],
)
def test_whoever_has_todays_page_is_told_so_until_something_changes(client, address):
    first = client.get(address)
    asked = {"if-none-match": first["ETag"]}
    unchanged = client.get(address, headers=asked)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    for header in ("ETag", "Cache-Control", "Vary"):
        assert unchanged[header] == first[header]
    # Browsers take the headers of a 304 for those of the page that they have.
    assert not {"Content-Security-Policy", "X-Frame-Options"} & set(unchanged.headers)
    Theme.objects.filter(slug="workforce").update(name="Quite another name")
    changed = client.get(address, headers=asked)
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.django_db
def test_another_host_parameter_or_order_of_values_is_another_page(client):
    same = "/compare/?organisation=dorset&organisation=wiltshire"
    addresses = [same, "/compare/?organisation=wiltshire&organisation=dorset", "/compare/"]
    tags = [client.get(address)["ETag"] for address in addresses]
    tags += [client.get(same, headers={"host": "127.0.0.1"})["ETag"]]
    assert len(set(tags)) == 4


@pytest.mark.django_db
def test_neither_errors_nor_staff_pages_nor_what_says_how_the_site_is_are_kept(client, pages):
    accounts.sign_in(client, "steward")
    for address in ("/nowhere/", "/findings/?theme=nothing", "/healthz", "/admin/", "/favicon.ico"):
        assert not client.get(address).has_header("ETag"), address
    assert not pages._cache


@pytest.mark.django_db
def test_a_page_shows_an_inspection_from_the_moment_when_its_embargo_ends(client, monkeypatch):
    now = timezone.now()
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    inspection.public_at = now + timedelta(minutes=1)
    inspection.save()
    shown = []
    for minutes in (0, 0, 2):
        monkeypatch.setattr(timezone, "now", lambda at=now + timedelta(minutes=minutes): at)
        shown.append(inspection.title in client.get("/inspections/").content.decode())
    assert shown == [False, False, True]


@pytest.mark.django_db
def test_no_page_outlives_its_day(client, monkeypatch):
    midnight = (timezone.localtime() + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    days = []
    for seconds in (-30, -20, 5):
        monkeypatch.setattr(timezone, "now", lambda at=midnight + timedelta(seconds=seconds): at)
        page = client.get(WORKFORCE).content.decode()
        days.append(f"{midnight:%-d %B %Y}" in page)
    assert days == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_a_page_waits_once_for_what_somebody_else_has_locked(client):
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with closing(psycopg2.connect(**connection.get_connection_params())) as other:
        other.cursor().execute("LOCK TABLE inspections_inspection")
        with CaptureQueriesContext(connection) as asked:
            page = client.get(WORKFORCE)
    connection.close()
    assert (page.status_code, page["Retry-After"], len(asked)) == (503, "5", 1)


@pytest.fixture
def lost(monkeypatch):
    """A function from which on the database does not respond."""

    def read(at=None):
        raise OperationalError("The database did not respond a moment ago.")

    return lambda: monkeypatch.setattr(page_cache.versions, "read", read)


@pytest.mark.django_db
def test_a_page_that_cannot_be_checked_says_as_at_when_it_is(client, monkeypatch, lost):
    client.raise_request_exception = False
    now = timezone.now()

    def at(minutes):
        monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=minutes))

    at(-30)
    picture, embed = (f"/{part}themes/charts/findings_by_theme" for part in ("", "embed/"))
    pages = [LISTED, f"{embed}/", f"{picture}.svg", "/api/v1/findings/"]
    made = [client.get(address) for address in pages]
    at(-20)
    client.get("/forces/")  # at which they all hold
    at(0)
    lost()
    tagged = {"if-none-match": made[0]["ETag"], "accept-encoding": "gzip"}
    listed = client.get(LISTED, headers=tagged)
    assert listed.status_code == 200
    line = page_cache.render_to_string("unchecked.html", {"at": now - timedelta(0, 1200)})
    text = gzip.decompress(listed.content).decode()
    main = text.index(">", text.index("<main")) + 1
    assert text[main:].startswith(line)
    assert text.replace(line, "") == made[0].text
    assert listed["Cache-Control"] == "no-store"
    assert not listed.has_header("ETag")
    assert listed["Content-Security-Policy"] == made[0]["Content-Security-Policy"]
    assert line in client.get(pages[1]).text
    assert client.get(pages[2]).content == made[2].content
    for address in (pages[3], "/themes/", f"{LISTED}&format=csv"):
        assert client.get(address).status_code == 503, address
    at(12 * 60)
    assert client.get(LISTED).status_code == 503


@pytest.mark.django_db
def test_a_page_that_no_longer_holds_is_as_at_when_it_was_made(client, monkeypatch, lost):
    made_at = timezone.localtime().replace(microsecond=0) - timedelta(minutes=5)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: made_at)
        client.get(WORKFORCE)
    Theme.objects.filter(slug="workforce").update(name="Quite another name")
    client.get("/forces/")
    lost()
    page = client.get(WORKFORCE)
    at, *_ = elements(page, "time")
    assert datetime.fromisoformat(at.attributes["datetime"]) == made_at
    assert "Quite another name" not in page.text


@pytest.mark.django_db
def test_a_page_that_has_gone_since_is_not_shown_again(client, lost):
    client.raise_request_exception = False
    client.get(WORKFORCE)
    Theme.objects.filter(slug="workforce").update(slug="people")
    assert client.get(WORKFORCE).status_code == 301
    lost()
    assert client.get(WORKFORCE).status_code == 301


@pytest.fixture
def processes(transactional_db, tmp_path):
    """Two processes that serve the site, each with pages of its own."""
    with (tmp_path / "log").open("w+") as log:
        servers = [serving.Server(log, tmp_path, 1) for _ in range(2)]
        try:
            for server in servers:
                server.ready()
            yield servers
        finally:
            for server in servers:
                server.end()


def in_the_admin(name, folder):
    theme = Theme.objects.get(slug="workforce")
    sent = {"name": name, "slug": "workforce", "definition": theme.definition}
    page = f"/admin/findings/theme/{theme.pk}/change/"
    client = Client()
    accounts.sign_in(client, "steward")
    answer = client.post(page, sent)
    assert answer.status_code == 302, answer.content.decode()


def by_an_import(name, folder):
    file = folder / "themes.csv"
    file.write_text(f"theme,name\nworkforce,{name}\n")
    call_command("import_data", file, commit=True, verbosity=0)


def in_a_shell(name, folder):
    theme = Theme.objects.get(slug="workforce")
    theme.name = name
    theme.save()


def in_psql(name, folder):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE findings_theme SET name = %s WHERE slug = 'workforce'", [name])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_process_sends_a_stale_page_however_the_data_change(processes, tmp_path):
    for change in (in_the_admin, by_an_import, in_a_shell, in_psql):
        name = f"People changed {change.__name__.replace('_', ' ')}"
        # A page is made, then kept, then sent before all else.
        before = [server.get(WORKFORCE) for server in processes for _ in range(3)]
        assert all(name not in server.get(LISTED)[1] for server in processes for _ in range(3))
        assert len({page for _, page in before}) <= len(processes)
        change(name, tmp_path)
        for server, (old, _) in zip(processes, before[::3], strict=True):
            response, page = server.get(WORKFORCE, **{"If-None-Match": old.headers["ETag"]})
            assert response.status == 200
            assert name in page
            assert name in server.get(LISTED)[1]


def counted(page):
    (count,) = (part for part in elements(page, "h2") if part.attributes.get("id") == "count")
    return count.text


@pytest.mark.django_db
def test_nobody_chooses_the_letters_in_which_others_read_an_address(client):
    address = "/findings/?theme=workforce&kind=strength"
    right = client.get(address)
    for charset in ("cp037", "utf-16", "latin-1"):
        caches["pages"].clear()
        headers = {"CONTENT_TYPE": f"text/plain; charset={charset}"}
        assert client.get(address, **headers)["ETag"] == right["ETag"]
        assert counted(client.get(address)) == counted(right)
    accented = client.get("/search/?q=caf%C3%A9").content.decode()
    assert "café" in accented


@pytest.mark.django_db
def test_a_browser_that_takes_no_compressed_pages_gets_none_and_a_star_tells_nothing(client):
    client.get(WORKFORCE)
    plain = client.get(WORKFORCE, headers={"accept-encoding": "gzip;q=0, identity"})
    assert not plain.has_header("Content-Encoding")
    assert client.get("/nowhere/", headers={"if-none-match": "*"}).status_code == 404


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_has_ended_meanwhile_costs_no_reader_a_page(client, elsewhere):
    assert client.get(WORKFORCE).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()

    def end():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    elsewhere(end)
    assert client.get(WORKFORCE).status_code == 200
