"""Whatever anyone asks: never an error of ours, never more than a second, and what could not be
read is named."""

import os
import time
from itertools import cycle
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import resolve, reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from findings.models import Finding
from findings.search import Search
from tests.hostile_words import BYTES, PAGES, QUERIES, SEARCHES, UNKNOWN, WORDS

from .addresses import COMPARISON, LISTS, public_addresses
from .pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CORES = os.cpu_count()


def slow():
    """A second, or as much longer as this machine has more to do at once than it has cores."""
    return max(1, os.getloadavg()[0] / CORES)


CHARTS = [
    "/charts/grades_by_region.svg",
    "/regions/south-west/charts/theme_by_organisation.json",
    "/compare/charts/grade_by_organisation.svg",
]
PATHS = [
    "regions/{}/",
    "forces/{}/",
    "forces/{}/summary/",
    "inspections/{}/",
    "findings/{}/",
    "themes/{}/",
    "plans/{}/",
    "charts/{}.svg",
    "regions/south-west/charts/{}.json",
    "forces/dorset/charts/theme.{}",
    "{}",
]
FACETS = {
    "forces:organisation_list": ["region", "kind", "grade", "response", "plan"],
    "inspections:grading_list": [
        *("strand", "programme", "grade", "organisation", "kind", "region", "inspection"),
        *("certainty", "newest", "carried", "corrected", "differ"),
    ],
    "inspections:source_list": ["kind", "year"],
    "findings:finding_list": [
        *("theme", "kind", "organisation", "region", "programme", "strand", "inspection"),
        *("response", "progress", "overdue"),
    ],
    "findings:action_list": [
        *("status", "organisation", "region", "programme", "plan"),
        *("overdue", "undated", "moved", "unowned", "unconfirmed"),
    ],
}
SEARCHING = ("findings:finding_list", "findings:search", "inspections:source_list")
UNDERSTOOD = ("", "none", "-none")
# Words that could steer a page, a template or a log.
MARKUP = [word for word in WORDS if set(word) & set('<>{}%"\n\0')]


@pytest.fixture
def client():
    """One that answers 500 as the site would, where Django's raises."""
    return Client(raise_request_exception=False)


def ask(client, address):
    """The answer, all of it; slow only if three times in a row, since other tests run beside this
    one."""
    for _ in range(3):
        started = time.perf_counter()
        answer = client.get(address)
        answer.getvalue()
        answer.seconds = time.perf_counter() - started
        if answer.seconds < slow():
            break
    return answer


def broken(client, addresses, statuses=(200, 400)):
    """The addresses that were answered with an error of ours, slowly, with what was asked as part
    of the page, or by a page that refuses and names nothing that it could not read."""
    answers = ((address, ask(client, address)) for address in addresses)
    return [
        (address[:100], answer.status_code, round(answer.seconds, 1))
        for address, answer in answers
        if answer.status_code not in statuses
        or answer.seconds >= slow()
        or holds_what_was_asked(answer)
        or refuses_without_a_name(answer)
    ]


def holds_what_was_asked(answer):
    return answer["Content-Type"].startswith("text/html") and any(
        element.tag == "b"
        or "onerror" in element.attributes
        or (element.tag == "script" and element.held and not holds_data(element))
        for element in elements(answer)
    )


def holds_data(script):
    """Whether a script element is no script, but data that no text can end."""
    (text,) = script.held
    return script.attributes.get("type") == "application/ld+json" and not set("<>&") & set(text)


def refuses_without_a_name(answer):
    return answer.status_code == 400 and not named(answer)


def named(page):
    """The sentences in which a page names what it could not read."""
    main = next(element for element in elements(page, "main"))
    return [item.text for item in main.all("li")]


def addresses_in(page):
    """Every address that a page names: in its links, forms and pictures."""
    return [
        value
        for element in elements(page)
        for name, value in element.attributes.items()
        if name in ("href", "src", "srcset", "action", "hx-get", "content") and value
    ]


def with_each(words, name, places):
    """Addresses of a list with each word in one of some places, by turns."""
    return [
        f"{reverse(name)}?{urlencode({place: word})}"
        for word, place in zip(words, cycle(places), strict=False)
    ]


def dealt(words, name):
    """A list's share of words: every list reads them alike."""
    return words[LISTS.index(name) :: len(LISTS)]


def test_there_are_two_hundred_of_them():
    assert len({*WORDS, *BYTES, *SEARCHES, *QUERIES, *UNKNOWN, *PAGES}) > 200
    assert set(FACETS) == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_survives_any_page_order_and_format(client, name):
    assert broken(client, with_each(dealt(WORDS, name), name, ["sort", "page", "format"])) == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_survives_any_bytes_and_any_names(client, name):
    bytes_in_places = (
        f"{place}={value}" for place in ("q", FACETS[name][0], "page", "x") for value in BYTES
    )
    queries = dealt([*QUERIES, *bytes_in_places], name)
    assert broken(client, (f"{reverse(name)}?{query}" for query in queries)) == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_every_value_that_it_does_not_know(client, name):
    words = [*UNDERSTOOD, *dealt([word for word in WORDS if word not in UNDERSTOOD], name)]
    addresses = dict(zip(words, with_each(words, name, FACETS[name]), strict=True))
    understood = [addresses.pop(word) for word in UNDERSTOOD]
    assert broken(client, understood) == []
    assert broken(client, addresses.values(), (400,)) == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_every_parameter_that_it_does_not_know_and_goes_on(client, name):
    unknown = dict.fromkeys(
        ["per_page", "_export", "_popup", "page_size", "theme[]", "themes__slug", "o"], "1"
    )
    page = client.get(reverse(name), unknown)
    assert page.status_code == 200
    said, onward = text(page), " ".join(addresses_in(page))
    for parameter in unknown:
        assert f"“{parameter}”" in said.partition("We do not recognise")[2]
        assert urlencode({parameter: "1"}) not in onward
    assert client.get(reverse(name), unknown | {"sort": "nothing"}).status_code == 400


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("page", PAGES),
        ("sort", ["password", "-pk", "?", "--grade"]),
        ("format", ["yaml", "CSV", "html"]),
    ],
)
def test_a_list_names_the_page_order_or_format_that_it_does_not_have(
    client, name, parameter, values
):
    for value in dealt(values, name):
        page = client.get(reverse(name), {parameter: value})
        assert page.status_code == 400
        assert named(page)


@pytest.mark.parametrize("name", LISTS)
def test_what_could_be_read_is_kept_in_the_way_on(client, name):
    kept = "kind=legislation" if name == "inspections:source_list" else "region=south-west"
    page = client.get(f"{reverse(name)}?{kept}&nonsense=1&page=77")
    onward = [
        link.attributes["href"]
        for link in elements(page, "a")
        if link.text == "Continue without it"
    ]
    assert onward == [f"{reverse(name)}?{kept}"]
    assert client.get(onward[0]).status_code == 200


def test_any_search_is_answered_or_named(client):
    # All search alike: test_no_word_breaks_a_search has every search and every word.
    for name, searches in zip(SEARCHING, (SEARCHES[n::3] for n in range(3)), strict=True):
        assert broken(client, with_each(searches, name, ["q"])) == []
    assert broken(client, with_each([*MARKUP, *WORDS[::8]], "findings:search", ["q"])) == []
    assert broken(client, (f"/search/?{query}" for query in QUERIES[::2])) == []
    assert broken(client, (f"/search/?q={value}" for value in BYTES)) == []


OPERATORS = st.text(alphabet="-\"'()\\!&|<>:* aiTthe", max_size=40)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=220) | OPERATORS)
@example("\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
def test_no_search_breaks(sought):
    search_and_highlight(sought)


def test_no_word_breaks_a_search():
    for word in [*WORDS, *SEARCHES]:
        search_and_highlight(word)


def search_and_highlight(sought):
    search = Search(sought)
    found = search.with_headline(search.filter(Finding.objects.all()))
    assert search.errors or all(search.highlight(finding) for finding in found)


def test_a_comparison_names_what_it_cannot_read(client):
    assert broken(client, (f"/compare/?{query}" for query in QUERIES[1::2])) == []
    for word in dict.fromkeys(["", *MARKUP, *WORDS[::4]]):  # lists are asked for all of them
        page = ask(client, f"/compare/?organisation=dorset&{urlencode({'organisation': word})}")
        assert page.status_code == 200 if not word else page.status_code == 400 and named(page), (
            word[:40]
        )


@pytest.mark.parametrize("address", CHARTS)
def test_a_chart_survives_any_query(client, address):
    own = COMPARISON.replace("?", "&") if "compare" in address else ""
    queries = [*QUERIES, *(f"scheme={value}" for value in BYTES)]
    queries = queries[CHARTS.index(address) :: len(CHARTS)]
    assert broken(client, (f"{address}?{query}{own}" for query in queries), (200, 400, 404)) == []
    for query in ("scheme=sepia", "scheme=light&scheme=dark", "width=9999"):
        assert client.get(f"{address}?{query}{own}").status_code == 400
    ignored = "per_page=1&page=2&utm_source=%ff&fbclid=1"
    assert client.get(f"{address}?{ignored}{own}").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_an_address_that_nobody_gave_out_is_not_found(client, path):
    words = [quote(word[:1_500], safe="") for word in WORDS if word.strip(" .")] + BYTES
    found = []
    # Each is tried as the name of several sorts of pages: all look names up alike.
    for word in dict.fromkeys(words[PATHS.index(path) % 3 :: 3]):
        answer = ask(client, "/" + path.format(word))
        if answer.get("Location", "").strip("/") == path.format(word.lower()).strip("/"):
            continue  # an address in capitals leads to the one that was given out
        if answer.status_code not in (400, 404) or answer.seconds >= slow():
            found.append((word[:60], answer.status_code))
    assert found == []


@pytest.mark.parametrize(
    "path",
    [
        "//example.org",
        "//example.org/..",
        "/findings//example.org",
        "/\\example.org",
        "/%2f%2fexample.org",
        "/themes",
    ],
)
def test_no_address_leads_off_the_site(client, path):
    answer = client.get("/", PATH_INFO=path)
    assert answer.status_code in (301, 400, 404)
    assert answer.get("Location", "/themes/") == "/themes/"


def one_of_each():
    """One address of every sort of page."""
    return {
        resolve(address.partition("?")[0]).view_name: address for address in public_addresses()
    }.values()


def test_public_pages_are_only_read():
    """By no form; test_methods.py has the other methods."""
    for strict in (False, True):
        client = Client(enforce_csrf_checks=strict, raise_request_exception=False)
        for address in [*one_of_each(), *CHARTS, "/healthz"]:
            answer = client.post(
                address, "theme=workforce", content_type="application/x-www-form-urlencoded"
            )
            assert answer.status_code in ((405, 403) if strict else (405,)), address
            assert not answer.cookies


def test_head_is_what_get_says_without_saying_it(client):
    for address in one_of_each():
        head = client.head(address)
        assert (head.status_code, head.getvalue()) == (200, b"")
        assert head["Content-Type"] == "text/html; charset=utf-8"
    for address in [
        "/findings/",
        "/findings/?format=csv",
        "/findings/?format=xlsx",
        "/findings/?theme=nowhere",
        *CHARTS[:2],
    ]:
        head, full = client.head(address), client.get(address)
        assert head.status_code == full.status_code
        assert head["Content-Type"] == full["Content-Type"]
        assert head.getvalue() == b""


def test_options_say_what_may_be_done(client):
    for address in one_of_each():
        assert client.options(address)["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "testserver.example.org",
        "testserver:0x",
        "",
        "a b",
        "'",
        "[::1",
        "testserver\x00",
        "١٢٧.0.0.1",
    ],
)
def test_a_host_that_is_not_ours_is_refused_with_a_page_of_ours(client, host):
    answer = client.get("/findings/", headers={"host": host})
    assert answer.status_code == 400
    assert "We could not read that address" in text(answer)
    assert b"example.org" not in answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "example.org", "x-forwarded-proto": "https"},
        {"hx-request": "true", "hx-current-url": "http://[::1", "hx-target": "<script>"},
        {
            "hx-request": "true",
            "hx-current-url": "%ff",
            "hx-trigger-uri-autoencoded": "true",
            "hx-trigger": "%ff",
        },
        {"accept-language": "xx;q=9, *, ../../etc"},
        {"accept": "application/json;q=abc"},
        {"accept-encoding": "gzip;q=0, br, zstd, *"},
        {"if-none-match": 'W/"abc', "if-modified-since": "yesterday", "range": "bytes=9-1"},
        {"cookie": "sessionid=%00; csrftoken=" + "a" * 500},
        {"content-length": "nine"},
        {"referer": "javascript:alert(1)"},
    ],
)
def test_no_header_breaks_a_page(client, headers):
    for address in ("/findings/?theme=workforce", CHARTS[0]):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200
        assert b"example.org" not in answer.content
