"""Every number on every page opens a list of exactly so many rows (promise 1)."""

import json
import re

import pytest
from django.urls import reverse

from lib.sentences import WORDS

from .addresses import LISTS
from .counts import Lists, claims_of, wrong
from .crawl import crawled
from .pages import elements, hrefs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_number_opens_exactly_its_rows(client):
    claims = claims_of(crawled().pages.items())
    assert len(claims) > 200
    assert wrong(claims) == []
    lists = Lists()
    for path in map(reverse, LISTS):
        opened = [address for address in claims if address.startswith(f"{path}?")]
        for address in opened[:: -(-len(opened) // 3)]:
            answer = client.get(f"{address}&format=json".replace("?&", "?"))
            rows = json.loads(answer.getvalue())["rows"]
            assert len(rows) == lists.count(address), address


NUMBER = re.compile(rf"\b(?:{'|'.join(WORDS[1:])}|\d[\d,]*)\b", re.IGNORECASE)
# How many themes name a force is counted in the table beside it: no list has themes for rows.
COUNTS_THEMES = "theme_by_organisation"


def sentences(page):
    """The sentences of a page that are made of numbers: its lede, and those above its charts."""
    for element in elements(page):
        figure = element.closest("figure")
        if "lede" in element.classes or (
            element.tag == "strong"
            and figure is not None
            and figure.attributes["data-chart"] != COUNTS_THEMES
        ):
            yield element


def without_links(element):
    return "".join(
        part if isinstance(part, str) else without_links(part)
        for part in element.held
        if isinstance(part, str) or part.tag != "a"
    )


@pytest.mark.parametrize("address", ["/", "/regions/south-west/"])
def test_each_number_in_a_sentence_is_a_link(address):
    page = crawled().get(address)
    said = list(sentences(page))
    assert len(said) > 1
    assert {one.text: NUMBER.findall(without_links(one)) for one in said} == {
        one.text: [] for one in said
    }
    assert sum(len(list(one.all("a"))) for one in said) >= 8


def test_forces_with_one_grade_are_one_click_from_home():
    links = hrefs(crawled().get("/"))
    for grade in ("good", "adequate", "requires-improvement", "inadequate"):
        assert f"/forces/?kind=force&grade={grade}" in links


def test_compare_is_in_the_navigation():
    for address, page in crawled().pages.items():
        (link,) = (
            link
            for nav in elements(page, "nav")
            if nav.attributes.get("aria-label") == "Main"
            for link in nav.all("a")
            if link.text == "Compare"
        )
        assert link.attributes["href"] == "/compare/"
        assert ("aria-current" in link.attributes) == address.startswith("/compare/")
