"""Pages as at a day in the past: what had been published by then, and nothing that came later."""

import json
import os
import re
from datetime import date, datetime, timedelta
from difflib import unified_diff
from html import unescape
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from findings.models import Theme
from inspections.choices import Precision
from lib.as_at.days import end_of
from lib.as_at.tables import create_tables
from lib.lists import freshness

from . import factories
from .embargoed import HIDDEN as UNDER_EMBARGO
from .embargoed import make_embargoed
from .histories import BEGINS, DAYS, History

pytestmark = pytest.mark.django_db

DAY = "2025-07-01"
TODAY = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_default_timezone())

BANNER = re.compile(r'<p class="past">.*?</p>\s*', re.DOTALL)
FIELD = re.compile(r'<input type="hidden" name="as_at" value="[0-9-]+">')
CHOSEN = re.compile(r'(name="as_at" value=")[0-9-]+')
NOTE = re.compile(r"As published by [^,]+, read from the record as it stands now\. ")
ADDRESSES = [
    "/",
    "/charts/grades_by_region.json",
    "/regions/westmarch/",
    "/regions/westmarch/charts/findings_by_theme.json",
    "/forces/",
    "/forces/?format=json",
    "/forces/ashford/",
    "/forces/birch/",
    "/forces/cedar/summary/",
    "/compare/?organisation=ashford&organisation=birch&organisation=cedar",
    "/findings/",
    "/findings/?format=csv",
    "/findings/?organisation=birch&format=json",
    "/findings/?q=nobody&sort=-progress",
    "/actions/",
    "/actions/?overdue=yes",
    "/actions/?format=csv",
    "/actions/?sort=due",
    "/gradings/",
    "/gradings/?format=json",
    "/plans/",
    "/themes/",
    "/themes/charts/findings_by_theme.json",
    "/inspections/",
    "/inspections/soc/",
    "/questions/serious-and-organised-crime/",
    "/sources/?format=csv",
    "/search/?q=nobody",
]
# Where everything of the South West would show.
EVERYWHERE = [
    "/",
    "/regions/south-west/",
    "/forces/gloucestershire/",
    "/findings/?format=json",
    "/actions/?format=json",
    "/gradings/?format=json",
    "/sources/",
    "/themes/",
    "/plans/",
    "/inspections/",
    "/questions/",
    "/search/?q=gloucestershire",
]


def without_day(text, day):
    """What a page as at a day says besides that it is one."""
    for marked, instead in ((BANNER, ""), (FIELD, ""), (CHOSEN, r"\1"), (NOTE, "")):
        text = marked.sub(instead, text)
    ampersand = r"(?:&amp;|&|\\u0026)"
    text = re.sub(rf"\?as_at={day}{ampersand}", "?", text)
    return re.sub(rf"(?:\?|{ampersand})as_at={day}", "", text)


def ask(address, monkeypatch, at, day=None):
    """The status and the words of an answer to whoever asks at a moment, as at a day or now."""
    monkeypatch.setattr(timezone, "now", lambda: at)
    if day:
        address += f"{'&' if '?' in address else '?'}as_at={day}"
    answer = Client().get(address)
    if answer.status_code == 404:  # whose words are others
        return 404, ""
    text = answer.getvalue().decode()
    return answer.status_code, without_day(text, day)


def difference(then, now):
    """The lines in which two answers differ, which begin with their status."""
    then, now = (
        [str(status), *filter(None, map(str.strip, text.splitlines()))]
        for status, text in (then, now)
    )
    return list(unified_diff(then, now, lineterm="", n=0))[2:22]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_page_as_at_a_day_is_the_page_of_that_day(seed, monkeypatch):
    history, stored = History(seed), {}
    days = sorted(history.choose.sample(range(10, DAYS - 10), 3))
    for day in (BEGINS + timedelta(days=after) for after in days):
        history.live(until=day)
        own = [one.get_absolute_url() for one in history.pages()]
        chosen = [*history.choose.sample(ADDRESSES, 8), *own]
        freshness.forget()
        stored[day] = {address: ask(address, monkeypatch, end_of(day)) for address in chosen}
    history.live(until=BEGINS + timedelta(days=DAYS))
    different = {
        (day, address): lines
        for day, answers in stored.items()
        for address, then in answers.items()
        if (lines := difference(then, ask(address, monkeypatch, end_of(history.day), day)))
    }
    assert different == {}


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("as_at=2026-03-03", "3 March 2026 is still to come. Choose today or an earlier day."),
        ("as_at=9999-12-31", "31 December 9999 is still to come."),
        ("as_at=2025-02-30", "“2025-02-30” is not a day. Write one as 2025-09-01."),
        ("as_at=1+September+2025", "“1 September 2025” is not a day."),
        ("as_at=20250901", "“20250901” is not a day."),
        ("as_at=٢٠٢٥-٠٩-٠١", "is not a day."),
        ("as_at=0000-00-00", "“0000-00-00” is not a day."),
        ("as_at=0001-01-01", "Nothing in this record had been published by "),
        ("as_at=2000-01-01", "published by 1 January 2000. It begins on "),
        ("as_at=", "No day is given. Write one as 2025-09-01."),
        ("as_at=2025-07-01&as_at=2025-07-02", "“as_at” is given more than once."),
    ],
)
def test_no_page_as_at_what_is_no_day_in_the_past(client, today, query, said):
    answer = client.get(f"/findings/?theme=workforce&{query}")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert said in page
    assert '<a href="/findings/?theme=workforce">Continue without it</a>' in page


@pytest.mark.parametrize(
    "query", ["as_at=2026-03-02&theme=workforce", "theme=workforce&as_at=2026-03-02"]
)
def test_today_leads_to_the_page_of_now(client, today, query):
    answer = client.get(f"/findings/?{query}")
    assert (answer.status_code, answer["Location"]) == (302, "/findings/?theme=workforce")


def test_today_leads_to_no_other_site(client, today):
    answer = client.get("/?as_at=2026-03-02", PATH_INFO="//elsewhere.example/")
    assert answer["Location"] == "/%2Felsewhere.example/"
    lost = client.get(f"/?as_at={DAY}", PATH_INFO="//elsewhere.example/")
    assert '<a data-now href="/%2Felsewhere.example/">' in lost.content.decode()


@pytest.mark.parametrize("address", ["/healthz", "/robots.txt", "/admin/login/", "/sitemap.xml"])
def test_what_has_no_past_takes_no_notice_of_a_day(client, address):
    assert client.get(f"{address}?as_at=nonsense").status_code == 200


def addresses_on(page):
    """Every address on a page but those that lead to now on purpose."""
    for tag in re.findall(r"<[a-z]+\s[^>]*>", page):
        if " data-now" not in tag:
            yield from re.findall(r'\s(?:href|src|srcset|data-figure[-a-z]*)="([^"]*)"', tag)


def loses_the_day(address):
    is_elsewhere = address.startswith(("http:", "https:", "mailto:", "#"))
    is_now = address.startswith(settings.ALWAYS_NOW)
    return not (is_elsewhere or is_now or f"as_at={DAY}" in address)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/regions/south-west/",
        "/forces/gloucestershire/",
        "/findings/?theme=workforce",
        "/search/?q=gloucestershire",
        "/no-such-page/",
    ],
)
def test_every_link_of_a_page_keeps_its_day(client, address):
    answer = client.get(f"{address}{'&' if '?' in address else '?'}as_at={DAY}")
    page = answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex"
    assert "This page shows what had been published by 1 July 2025." in page
    assert f'<a data-now href="{address}">See it as it is now</a>' in page
    assert [one for one in addresses_on(page) if loses_the_day(one)] == []
    # No form asks twice for a day, nor leaves it out.
    forms = re.findall(r"<form\b.*?</form>", page, re.DOTALL)
    assert {form.count('name="as_at"') for form in forms} == {1}
    chart = next((one for one in addresses_on(page) if ".svg?" in one), None)
    if chart:
        drawn = client.get(urljoin(address, unescape(chart)))
        assert (drawn.status_code, drawn["X-Robots-Tag"]) == (200, "noindex")


def test_programs_are_told_in_their_own_form_what_is_no_day(client, today):
    answer = client.get("/api/v1/findings/?as_at=2026-03-03")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "3 March 2026 is still to come." in answer.json()["detail"]
    rows = client.get(f"/api/v1/findings/?as_at={DAY}").json()
    assert f"as_at={DAY}" in json.dumps(rows)


def about_file(client, address):
    return json.loads(client.get(address).getvalue())["about"]


def test_what_a_page_says_of_itself_names_its_day(client):
    page = client.get(f"/findings/?theme=workforce&as_at={DAY}").content.decode()
    own = f"http://testserver/findings/?theme=workforce&as_at={DAY}"
    assert f'rel="canonical" href="{own.replace("&", "&amp;")}"' in page
    assert own.replace("&", "&amp;") in re.search(r'class="printed">(.*?)</p>', page, re.S)[1]
    about = about_file(client, f"/findings/?theme=workforce&format=json&as_at={DAY}")
    assert (about["address"], about["as_at"]) == (own, f"{DAY}T23:59:59+01:00")
    assert about["note"].startswith("As published by 1 July 2025, read from the record as it")


def test_a_page_that_has_moved_keeps_its_day(client):
    answer = client.get(f"/findings?theme=workforce&as_at={DAY}")
    assert answer["Location"] == f"/findings/?theme=workforce&as_at={DAY}"
    assert client.get(f"/actions/?body=dorset&as_at={DAY}")["Location"].endswith(f"&as_at={DAY}")


def status(client, inspection, day):
    return client.get(f"{inspection.get_absolute_url()}?as_at={day}").status_code


@pytest.mark.parametrize(
    ("published_on", "precision", "from_day"),
    [
        (date(2025, 3, 14), Precision.DAY, date(2025, 3, 14)),
        (date(2025, 3, 1), Precision.MONTH, date(2025, 3, 31)),
        (date(2025, 1, 1), Precision.YEAR, date(2025, 12, 31)),
        (None, Precision.DAY, date(2025, 1, 1)),
    ],
)
def test_a_date_counts_from_its_end(client, published_on, precision, from_day):
    inspection = factories.inspection.make(
        published_on=published_on,
        published_precision=precision,
        public_at=end_of(date(2025, 1, 1)),
    )
    before = from_day - timedelta(days=1)
    assert [status(client, inspection, day) for day in (before, from_day)] == [404, 200]


def test_a_fact_keeps_its_earliest_source_however_late_that_is(client):
    finding = factories.finding.make()
    for day in (date(2025, 3, 1), date(2025, 4, 1)):
        source = factories.source.make(published_on=day, publisher=f"Paper of {day:%B}")
        finding.citations.create(source=source, locator="¶1", attribution="press")
    address = finding.get_absolute_url()
    asked = [f"{address}?as_at={day}" for day in ("2025-02-01", "2025-03-31", "2025-04-01")]
    pages = [client.get(one).content.decode() for one in asked]
    assert [("of March" in page, "of April" in page) for page in pages] == [
        (True, False),
        (True, False),
        (True, True),
    ]


@pytest.mark.slow
def test_what_is_under_embargo_is_on_no_day(client, today):
    make_embargoed(TODAY + timedelta(days=30))
    for address in EVERYWHERE:
        answer = client.get(f"{address}{'&' if '?' in address else '?'}as_at=2026-03-01")
        assert answer.status_code == 200
        assert UNDER_EMBARGO not in answer.getvalue().decode(), address


def test_the_past_is_kept_beside_now_and_made_anew_once_something_changes(client, settings):
    settings.CACHES = settings.CACHES | {
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "past"}
    }
    caches["pages"].clear()
    address = "/themes/workforce/"
    now, then, earlier = (
        client.get(one).content
        for one in (address, f"{address}?as_at={DAY}", f"{address}?as_at=2025-06-12")
    )
    assert len({now, then, earlier}) == 3
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{address}?as_at={DAY}").content == then
        assert client.get(address).content == now
    assert len(asked) == 2  # the version of the data, of each
    Theme.objects.filter(slug="workforce").update(definition="Renewed.")
    assert b"Renewed." in client.get(f"{address}?as_at={DAY}").content
    caches["pages"].clear()


@pytest.mark.parametrize("address", ["/findings/", "/regions/south-west/", "/themes/workforce/"])
def test_the_past_asks_the_database_two_questions_more_than_now(client, address):
    asked = {}
    for one in (address, f"{address}?as_at=2026-01-01"):
        client.get(one)
        with CaptureQueriesContext(connection) as queries:
            client.get(one)
        asked[one] = len(queries)
    now, then = asked.values()
    assert then <= now + 2


def test_lists_of_many_days_push_out_none_of_now(client, monkeypatch):
    monkeypatch.setattr(freshness, "MOST_PAST_KEPT", 2)
    freshness.forget()
    for query in ("", "?as_at=2025-08-01", "?as_at=2025-08-02", "?as_at=2025-08-03"):
        client.get(f"/findings/{query}")
    assert (len(freshness._kept), len(freshness._past_kept)) == (1, 2)
    before, after = (
        about_file(client, f"/findings/?format=json&as_at={day}")["rows"]
        for day in ("2025-06-11", "2025-06-12")
    )
    assert before < after


def test_no_page_of_now_stands_for_one_of_the_past_while_its_tables_are_made(client):
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA as_at CASCADE")
    assert client.get(f"/findings/?as_at={DAY}").status_code == 503
    assert client.get("/findings/").status_code == 200
    create_tables("default")
    assert client.get(f"/findings/?as_at={DAY}").status_code == 200


def test_the_site_reads_the_past_by_the_privileges_that_it_has_on_tables(client):
    """As OPERATING.md grants them, before the owner migrates."""
    site = f"site_of_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA as_at CASCADE")
        cursor.execute(f"CREATE ROLE {site}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {site}")
        cursor.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {site}")
        create_tables("default")
        cursor.execute(f"SET LOCAL ROLE {site}")
    assert client.get(f"/forces/?as_at={DAY}").status_code == 200
