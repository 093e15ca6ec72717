"""Every number on every page opens a list of exactly so many rows (promise 1)."""

import json
from urllib.parse import parse_qsl, urlencode, urljoin

import pytest

from .crawl import crawled
from .pages import elements

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def in_one_order(address):
    """An address whose parameters stand in the order of their names, which says the same."""
    path, _, query = address.partition("#")[0].partition("?")
    return f"{path}?{urlencode(sorted(parse_qsl(query)))}"


def test_every_number_opens_exactly_its_rows(client):
    claims = {}
    for address, page in crawled().pages.items():
        assert page.status_code == 200, address
        for element in elements(page):
            if "data-count" in element.attributes:
                opened = urljoin(address, element.attributes["href"])
                claims.setdefault(in_one_order(opened), set()).add(
                    (int(element.attributes["data-count"]), address)
                )
    assert len(claims) > 200
    wrong = []
    for opened, said in claims.items():
        answer = client.get(f"{opened}&format=json".replace("?&", "?"))
        rows = (
            len(json.loads(answer.getvalue())["rows"])
            if answer.status_code == 200
            else f"status {answer.status_code}"
        )
        wrong += [
            f"{address} says {count}, {opened} has {rows}"
            for count, address in said
            if count != rows
        ]
    assert wrong == []
