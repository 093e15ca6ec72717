"""What a reader's browser fetches for a page whose charts nobody explores, compressed as the site
would send it.

`pytest tests/test_weight.py -s` prints the table.
"""

import gzip
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from . import factories
from .crawl import BROWSER, crawled
from .pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MOST_IN_ALL, MOST_HTML = 50_000, 13_000  # bytes


class Weights:
    """Asks for pages, pictures and static files, each once."""

    def __init__(self, get):
        self.get, self.fetched = get, {}

    def of(self, address):
        if address not in self.fetched:
            self.fetched[address] = (
                static(address) if address.startswith(settings.STATIC_URL) else self.sent(address)
            )
        return self.fetched[address]

    def sent(self, address):
        answer = self.get(address)
        assert answer.status_code == 200, address
        return len(answer.content)

    def of_page(self, address):
        """The weights of a page's HTML, styles, scripts and pictures."""
        page = self.get(address)
        assert page.status_code == 200, address
        root = read(page)
        styles = [
            link.attributes["href"]
            for link in root.all("link")
            if link.attributes["rel"] not in ("canonical", "alternate")
        ]
        scripts = [script.attributes["src"] for script in root.all("script") if not script.held]
        pictures = [image.attributes["src"] for image in root.all("img")]
        return [
            len(page.content),
            *(
                sum(self.of(urljoin(address, one)) for one in set(part))
                for part in (styles, scripts, pictures)
            ),
        ]


def static(address):
    """A static file's weight as whitenoise sends it to any browser; to most it sends brotli, which
    is lighter still."""
    file = Path(finders.find(address.removeprefix(settings.STATIC_URL)))
    return len(gzip.compress(file.read_bytes(), compresslevel=9))


def report(weights):
    """Print the table, and give back the addresses of the pages that are too heavy."""
    print(f"\n{'HTML':>7}{'CSS':>7}{'JS':>7}{'charts':>7}{'in all':>8}")
    for address, parts in sorted(weights.items(), key=lambda row: -sum(row[1])):
        print("".join(f"{part:>7,}" for part in parts) + f"{sum(parts):>8,}  {address}")
    return [
        address
        for address, parts in weights.items()
        if parts[0] > MOST_HTML or sum(parts) > MOST_IN_ALL
    ]


def test_no_page_is_too_heavy():
    crawl = crawled()
    weighed = Weights(crawl.get)
    assert len(crawl.pages) > 60
    assert report({address: weighed.of_page(address) for address in crawl.pages}) == []


def test_no_page_of_a_region_twice_as_large_as_any_is_too_heavy():
    made = factories.made_up_region(organisations=24, findings=600, plans=24)
    rows = [
        made.region,
        made.inspection,
        *made.organisations[:2],
        *made.findings[:3],
        *made.plans[:2],
    ]
    addresses = [
        "/",
        "/forces/",
        "/findings/",
        "/actions/",
        "/themes/",
        "/plans/",
        "/sources/",
        "/inspections/",
        "/themes/workforce/",
    ]
    addresses += [row.get_absolute_url() for row in rows] + [
        f"{made.organisations[1].get_absolute_url()}summary/"
    ]
    weighed = Weights(Client(headers=BROWSER).get)
    assert report({address: weighed.of_page(address) for address in addresses}) == []


def test_everything_is_sent_compressed(client):
    for address in (
        "/",
        "/findings/?format=csv",
        "/charts/grades_by_region.svg",
        "/charts/grades_by_region.json",
    ):
        assert client.get(address, headers=BROWSER)["Content-Encoding"] == "gzip", address
