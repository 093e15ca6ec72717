"""Links that others make to the site: trackers do them no harm, what a page does not know it names,
and each page says what it is and what its one address is."""

import json
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from PIL import Image

from findings.models import Finding
from findings.views import FindingList
from lib.lists.downloads import FORMATS
from tests.embargoed import HIDDEN, make_embargoed

from .addresses import COMPARISON
from .crawl import crawled, unpacked
from .pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TRACKED = "utm_source=newsletter&fbclid=IwAR0&UTM_Campaign=%ff&_hsenc=p2&mc_eid=1&ref=a"


def with_parameters(address, query):
    return f"{address}{'&' if '?' in address else '?'}{query}"


def test_trackers_change_no_page_and_stand_in_none_of_its_links(reader):
    crawl = crawled()
    # One page of every view.
    pages = {page.resolver_match.view_name: address for address, page in crawl.pages.items()}
    for address in pages.values():
        page = crawl.get(address)
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
def test_trackers_do_no_harm_to_any_address(reader, address):
    answer, tracked = reader.get(address), reader.get(with_parameters(address, TRACKED))
    assert tracked.status_code == answer.status_code
    assert tracked.get("Location") == answer.get("Location")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/themes/",
        "/search/?q=drones",
        f"/compare/{COMPARISON}",
        "/findings/?theme=workforce&page=1",
    ],
)
def test_what_a_page_does_not_know_is_named_and_the_way_on_is_without_it(reader, address):
    page = reader.get(with_parameters(address, "per_page=5&nonsense=1"))
    assert page.status_code == 200
    assert "We do not recognise “per_page”, “nonsense” in the address" in text(page)
    (onward,) = (
        link.attributes["href"]
        for link in elements(page, "a")
        if link.text.startswith("Continue without")
    )
    assert onward == address.removesuffix("&page=1")
    (printed,) = (line for line in elements(page, "p") if "printed" in line.classes)
    assert printed.text == f"http://testserver{onward}"
    assert "We do not recognise" not in text(reader.get(onward))


def test_a_download_leaves_out_what_it_does_not_know(client):
    answer = client.get("/findings/?theme=workforce&nonsense=1&format=json")
    assert answer.status_code == 200
    assert b"nonsense" not in answer.getvalue()


SITE = "http://testserver"


def meta(page, name):
    """The one value of a meta element of a page."""
    (value,) = (
        " ".join(element.attributes["content"].split())
        for element in elements(page, "meta")
        if name in (element.attributes.get("name"), element.attributes.get("property"))
    )
    return value


def canonical(page):
    (link,) = (link for link in elements(page, "link") if link.attributes.get("rel") == "canonical")
    return link.attributes["href"]


def linked_data(page):
    """What a page says in the words of schema.org, by type."""
    scripts = [script for script in elements(page, "script") if script.held]
    return {
        item["@type"]: item for script in scripts for item in json.loads(script.held[0])["@graph"]
    }


def test_every_page_names_itself_as_its_one_address():
    for address, page in crawled().pages.items():
        assert canonical(page) == meta(page, "og:url") == SITE + address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/findings/?utm_source=x&nonsense=1", "/findings/"),
        (
            "/findings/?kind=strength&theme=workforce&page=1",
            "/findings/?theme=workforce&kind=strength",
        ),
        ("/findings/?page=2&sort=kind", "/findings/?page=2"),
        ("/themes/?page=2", "/themes/"),
    ],
)
def test_the_one_address_has_nothing_that_the_page_does_not_know(
    client, address, expected, monkeypatch
):
    monkeypatch.setattr(FindingList, "per_page", 10)
    assert canonical(client.get(address)) == SITE + expected


def test_every_page_has_one_title_and_a_description_of_its_own():
    descriptions = {}
    for address, page in crawled().pages.items():
        (title,) = (one for one in elements(page, "title") if one.closest("svg") is None)
        assert title.text == f"{meta(page, 'og:title')} – {meta(page, 'og:site_name')}"
        description = meta(page, "description")
        assert 30 < len(description) <= 400, address
        assert meta(page, "og:description") == description
        descriptions.setdefault(description, []).append(address)
    assert [same for same in descriptions.values() if len(same) > 1] == []


def test_the_picture_of_a_link_is_there_in_the_size_that_it_is_said_to_have():
    card, shown = f"{SITE}{settings.STATIC_URL}card.png", {}
    for address, page in crawled().pages.items():
        shown[address] = meta(page, "og:image").removeprefix(SITE)
        charts = {
            link.attributes["href"]
            for figure in elements(page, "figure")
            for link in figure.all("a")
            if ".png" in link.attributes["href"]
        }
        assert shown[address] in {*charts, card.removeprefix(SITE)}, address
        assert len(meta(page, "og:image:alt")) > 20
    # A chart that is wider than high stands for its page; a list has the picture of the site.
    first = "/forces/gloucestershire/charts/grades_through_time.png"
    assert shown["/forces/gloucestershire/"].startswith(first)
    page = crawled().pages["/findings/"]
    assert meta(page, "og:image") == card
    said = tuple(int(meta(page, f"og:image:{side}")) for side in ("width", "height"))
    with Image.open(finders.find("card.png")) as card:
        assert (card.format, card.size) == ("PNG", said)


def test_breadcrumbs_are_data_too():
    for address, page in crawled().pages.items():
        crumbs = [nav for nav in elements(page, "nav") if "breadcrumbs" in nav.classes]
        listed = linked_data(page).get("BreadcrumbList", {"itemListElement": []})
        names = [item["name"] for item in listed["itemListElement"]]
        assert names == [item.text for nav in crumbs for item in nav.all("li")], address
        if names:
            assert listed["itemListElement"][-1]["item"] == SITE + address


@pytest.mark.parametrize("address", ["/forces/", "/findings/", "/actions/"])
def test_a_list_is_a_dataset_whose_files_are_there(reader, address):
    dataset = linked_data(reader.get(address))["Dataset"]
    assert dataset["name"]
    assert dataset["description"]
    assert dataset["url"] == SITE + address
    assert len(dataset["distribution"]) == len(FORMATS)
    for file in dataset["distribution"]:
        answer = reader.get(file["contentUrl"].removeprefix(SITE))
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith(file["encodingFormat"])
        assert answer.getvalue()
    assert "Dataset" not in linked_data(reader.get(f"{address}?region=south-west"))


def test_no_text_ends_the_element_of_linked_data(client):
    Finding.objects.filter(reference="F2").update(summary="</script><b>&")
    page = client.get("/findings/soc-south-west-2025/F2/")
    assert not [element for element in elements(page, "b") if element.closest("head")]
    assert linked_data(page)["BreadcrumbList"]


def test_an_error_says_nothing_of_an_address(reader):
    for address in ("/nowhere/", "/findings/?theme=nowhere"):
        page = reader.get(address)
        assert not [
            link for link in elements(page, "link") if link.attributes["rel"] == "canonical"
        ]


def listed(client):
    answer = client.get("/sitemap.xml")
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.content)  # noqa: S314
    return {
        url.find("{*}loc").text.removeprefix(SITE): url.find("{*}lastmod") is not None
        for url in root
    }


def test_the_sitemap_lists_every_public_page(reader):
    addresses = listed(reader)
    pages = {
        address
        for address in crawled().pages
        if "?" not in address
        and "/charts/" not in address
        and not address.endswith(("/summary/", "/due-dates/", "/search/"))
    }
    assert pages <= set(addresses)
    assert addresses["/findings/soc-south-west-2025/F2/"], "the audit knows when it last changed"
    for address in [*addresses][::20]:
        assert reader.get(address).status_code == 200


def test_the_sitemap_lists_nothing_that_is_not_published(client):
    before = listed(client)
    make_embargoed(None)
    new = set(listed(client)) - set(before)
    assert not [address for address in new if HIDDEN in address.lower()]
    assert not [address for address in new if address.startswith(("/findings/", "/inspections/"))]


def test_search_engines_are_led_to_the_sitemap(reader):
    answer = reader.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert b"Sitemap: http://testserver/sitemap.xml" in answer.content
    assert b"Disallow: /admin/" in answer.content


def test_the_icon_is_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, f"{settings.STATIC_URL}favicon.svg")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip"}], ids=["plain", "compressed"])
def test_asking_for_the_head_of_a_download_gives_its_headers_and_no_false_length(
    client, name, headers
):
    head, full = (
        method(f"/findings/?format={name}", headers=headers) for method in (client.head, client.get)
    )
    length = len(full.getvalue())
    assert head.getvalue() == b""
    assert head.get("Content-Length") in (None, str(length))
    without_length = [
        {key: value for key, value in answer.items() if key != "Content-Length"}
        for answer in (head, full)
    ]
    assert without_length[0] == without_length[1]
