"""Citing a page: it is stored once, shown again, and compared with the page of today."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from config.public_forms import permalinks
from config.public_forms.limits import HOUR
from lib.permalinks.models import Permalink
from tests import factories
from tests.pages import hrefs, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_has_cited_yet(db):
    cache.clear()


def cite(client, address, **headers):
    return client.post("/cite/", {"address": address}, headers=headers)


def test_a_cited_page_is_stored_once_and_says_that_it_is_current(client):
    address = "/gradings/?grade=inadequate"
    answer = cite(client, address)
    assert answer.status_code == 302
    assert cite(client, address)["Location"] == answer["Location"]
    (stored,) = Permalink.objects.all()
    assert stored.address == address
    page = client.get(answer["Location"])
    said = text(page)
    assert "Current. The page still says the same." in said
    assert stored.page_content.title == "Gradings: Grade: Inadequate"
    assert stored.page_content.title in said
    assert address in hrefs(page)
    assert len(stored.content) < 60_000


def test_it_stays_the_same_but_for_its_status_when_the_record_moves_on(client):
    finding = factories.finding.make(summary="Nobody answered the made-up telephone.")
    address = finding.get_absolute_url()
    kept = cite(client, address)["Location"]
    before = Permalink.objects.get().content

    finding.summary = "Somebody answered the made-up telephone."
    finding.save()
    said = text(client.get(kept))
    assert "Changed since." in said
    assert "Somebody answered" in said
    assert Permalink.objects.get().content == before

    inspection = finding.inspection
    inspection.public_at = None
    inspection.save()
    said = text(client.get(kept))
    assert "Withdrawn. The page is no longer there." in said
    assert "Somebody answered" not in said


def test_one_that_is_deleted_is_gone_at_once(client):
    kept = cite(client, "/about/")["Location"]
    assert [client.get(kept).status_code for _ in "12"] == [200, 200]
    Permalink.objects.all().delete()
    assert client.get(kept).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/findings/?theme=no-such-theme",
        "/findings/?format=csv",
        "/admin/",
        "/nowhere/",
        "/healthz",
        "//elsewhere.example/findings/",
        "https://elsewhere.example/",
        "",
        "/findings/?q=" + "a" * 5_000,
        "/compare/?organisation=%00",
        "http://[elsewhere/",
        "/forces/dorset/?as_at=2999-09-01",
        "/findings/?format=csv&as_at=2025-09-01",
    ],
)
def test_what_is_no_page_of_the_record_cannot_be_cited(client, address):
    assert cite(client, address).status_code == 400
    assert not Permalink.objects.exists()


def test_a_page_as_at_a_day_is_cited_as_at_that_day(client):
    page = client.get("/gradings/?grade=inadequate&as_at=2025-06-11").content.decode()
    form = page[page.index('<form class="cite"') :].partition("</form>")[0]
    assert 'name="as_at" value="2025-06-11"' in form
    answer = client.post(
        "/cite/", {"address": "/gradings/?grade=inadequate", "as_at": "2025-06-11"}
    )
    stored = Permalink.objects.get()
    assert stored.address == "/gradings/?grade=inadequate&as_at=2025-06-11"
    said = text(client.get(answer["Location"]))
    assert "Current." in said
    assert "what had been published by 11 June 2025" in said
    assert stored.address in hrefs(client.get(answer["Location"]))
    assert cite(client, "/gradings/?as_at=2999-01-01").status_code == 400


def test_forms_of_other_sites_are_refused(client):
    assert cite(client, "/", origin="https://elsewhere.example").status_code == 403
    assert cite(client, "/", **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert cite(client, "/", origin="http://[elsewhere").status_code == 403
    assert cite(client, "/", origin="http://testserver").status_code == 302


def test_whoever_cites_too_many_pages_waits(client, monkeypatch):
    monkeypatch.setattr(permalinks, "MOST_AN_HOUR", 1)
    assert cite(client, "/about/").status_code == 302
    answer = cite(client, "/about/")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= HOUR


def test_the_count_lasts_for_the_hour_and_is_one_for_a_household(client, monkeypatch):
    monkeypatch.setattr(permalinks, "MOST_AN_HOUR", 1)
    ours, neighbour, others = (
        {"REMOTE_ADDR": f"2001:db8:0:{network}"} for network in ("1::1", "1::2", "2::1")
    )
    assert client.post("/cite/", {"address": "/about/"}, **ours).status_code == 302
    later = timezone.now() + timedelta(minutes=10)
    monkeypatch.setattr("django.core.cache.backends.db.tz_now", lambda: later)
    assert client.post("/cite/", {"address": "/about/"}, **neighbour).status_code == 429
    assert client.post("/cite/", {"address": "/about/"}, **others).status_code == 302


def test_every_page_offers_to_be_cited_by_its_own_address(reader):
    said = reader.get("/findings/?theme=workforce&utm_source=x&nonsense=1").content.decode()
    assert '<input type="hidden" name="address" value="/findings/?theme=workforce">' in said
