"""Links that others make to the site: trackers do them no harm, and what a page does not know it
names."""

import pytest

from .addresses import COMPARISON
from .crawl import crawled, unpacked
from .pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TRACKED = "utm_source=newsletter&fbclid=IwAR0&UTM_Campaign=%ff&_hsenc=p2&mc_eid=1&ref=a"


def with_parameters(address, query):
    return f"{address}{'&' if '?' in address else '?'}{query}"


def test_trackers_change_no_page_and_stand_in_none_of_its_links(client):
    crawl = crawled()
    for address, page in crawl.pages.items():
        tracked = crawl.get(with_parameters(address, TRACKED))
        assert (address, tracked.status_code) == (address, 200)
        assert unpacked(tracked) == unpacked(page), address


@pytest.mark.parametrize(
    "address",
    [
        "/findings/?theme=workforce&format=csv",
        "/findings/?body=dorset",
        f"/compare/{COMPARISON}",
        "/charts/grades_by_region.svg?scheme=dark",
        "/findings/f1/",
    ],
)
def test_trackers_do_no_harm_to_any_address(client, address):
    answer, tracked = client.get(address), client.get(with_parameters(address, TRACKED))
    assert tracked.status_code == answer.status_code
    assert tracked.get("Location") == answer.get("Location")


@pytest.mark.parametrize(
    "address", ["/", "/themes/", f"/compare/{COMPARISON}", "/findings/?theme=workforce&page=1"]
)
def test_what_a_page_does_not_know_is_named_and_the_way_on_is_without_it(client, address):
    page = client.get(with_parameters(address, "per_page=5&nonsense=1"))
    assert page.status_code == 200
    assert "We do not recognise “per_page”, “nonsense” in the address" in text(page)
    (onward,) = (
        link.attributes["href"]
        for link in elements(page, "a")
        if link.text.startswith("Go on without")
    )
    assert onward == address.removesuffix("&page=1")
    assert "We do not recognise" not in text(client.get(onward))


def test_a_download_leaves_out_what_it_does_not_know(client):
    answer = client.get("/findings/?theme=workforce&nonsense=1&format=json")
    assert answer.status_code == 200
    assert b"nonsense" not in answer.getvalue()
