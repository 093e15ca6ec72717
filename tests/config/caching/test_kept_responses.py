"""What is asked for again is sent before the rest of the site runs, and as that would send it."""

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection

from config.caching import kept_responses, page_cache
from config.caching.kept_responses import KeptResponses
from findings.models import Theme
from tests import accounts
from tests.serving import wsgi_environ

WORKFORCE = "/themes/workforce/"
pytestmark = pytest.mark.django_db


class Site:
    """The site as a web server calls it; how often more of it ran than the kept responses."""

    def __init__(self):
        self.handler, self.asked = WSGIHandler(), 0
        self.application = KeptResponses(self.run)

    def run(self, environ, start_response):
        self.asked += 1
        return self.handler(environ, start_response)

    def get(self, address, method="GET", **variables):
        """The status, the headers and the content of a response."""
        sent, environ = [], wsgi_environ(address, method, **variables)
        response = self.application(environ, lambda *head: sent.append(head))
        ((status, headers, *_),) = sent
        return status, headers, b"".join(response)

    def sent_alone(self, address, **variables):
        """The same, if nothing else of the site ran."""
        asked = self.asked
        answer = self.get(address, **variables)
        assert self.asked == asked, f"{address} {variables}"
        return answer


@pytest.fixture
def site(pages, monkeypatch):
    # Between requests, the connection would end that holds the test's transaction.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    return Site()


COMPRESSED = {"HTTP_ACCEPT_ENCODING": "gzip, br"}


@pytest.mark.parametrize("address", [WORKFORCE, "/findings/?kind=strength&theme=workforce"])
def test_a_kept_page_comes_alone_with_the_headers_that_it_was_made_with(site, address):
    for variables in ({}, COMPRESSED):
        made, kept = site.get(address, **variables), site.get(address, **variables)
        alone = site.sent_alone(address, **variables)
        assert alone == kept
        assert (alone[0], dict(alone[1]), alone[2]) == (made[0], dict(made[1]), made[2])
    names = dict(alone[1])
    assert names["Content-Encoding"] == "gzip"
    assert {"Content-Security-Policy", "ETag", "Vary", "X-Frame-Options"} <= set(names)
    tagged = {"HTTP_IF_NONE_MATCH": names["ETag"]} | COMPRESSED
    first = site.get(address, **tagged)
    assert site.sent_alone(address, **tagged) == first
    assert (first[0], first[2]) == ("304 Not Modified", b"")
    asked = site.asked
    head = site.get(address, "HEAD", **COMPRESSED)
    assert site.asked == asked + 1
    assert dict(head[1]) == names


def test_nothing_is_sent_alone_once_something_has_changed(site):
    tagged = {"HTTP_IF_NONE_MATCH": dict(site.get(WORKFORCE)[1])["ETag"]}
    for variables in ({}, tagged):
        site.get(WORKFORCE, **variables)
        site.sent_alone(WORKFORCE, **variables)
    Theme.objects.filter(slug="workforce").update(name="Quite another name")
    for variables in ({}, tagged):
        status, _, page = site.get(WORKFORCE, **variables)
        assert status == "200 OK"
        assert b"Quite another name" in page
    site.get(WORKFORCE)
    assert b"Quite another name" in site.sent_alone(WORKFORCE)[2]


def test_who_asks_and_what_they_have_changes_no_kept_page(site, client):
    accounts.sign_in(client, "steward")
    cookie = {
        "HTTP_COOKIE": "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    }
    assert cookie["HTTP_COOKIE"]
    signed_in = site.get(WORKFORCE, **cookie)
    site.get(WORKFORCE, **cookie)
    assert dict(site.sent_alone(WORKFORCE)[1]) == dict(signed_in[1])
    old = site.get(WORKFORCE, HTTP_IF_NONE_MATCH='W/"another"')
    assert (old[0], old[2]) == ("200 OK", signed_in[2])


@pytest.mark.parametrize(
    "variables",
    [{"wsgi.url_scheme": "https"}, {"HTTP_HOST": "127.0.0.1"}, {"QUERY_STRING": "theme=workforce"}],
)
def test_another_address_is_another_page(site, variables):
    for _ in range(2):
        site.get("/findings/")
    site.sent_alone("/findings/")
    asked = site.asked
    site.get("/findings/", **variables)
    assert site.asked == asked + 1


def test_no_more_is_kept_than_there_is_room_for(site, monkeypatch):
    monkeypatch.setattr(kept_responses, "MOST_BYTES", 150_000)
    addresses = ["/themes/", "/inspections/", "/sources/", "/forces/", WORKFORCE]
    for address in addresses:
        for _ in range(2):
            page = site.get(address)
        held = site.application.kept.values()
        assert 0 < sum(len(one.content) for one in held) <= 150_000
    assert len(held) < len(addresses)
    assert site.sent_alone(addresses[-1]) == page
    # What its reader writes is held too.
    tag = dict(page[1])["ETag"]
    for number in range(12):
        site.get(WORKFORCE, HTTP_IF_NONE_MATCH=tag + f', "{number}"' + 30_000 * " ")
    assert sum(len(word) for key in site.application.kept for word in key[1:]) <= 150_000


def test_a_database_that_does_not_answer_is_waited_for_once(site, monkeypatch):
    for _ in range(2):
        site.get(WORKFORCE)
    waited = []

    def wait():
        waited.append(1)
        raise OperationalError("It does not answer.")

    for module in (kept_responses, page_cache):
        monkeypatch.setattr(module, "read_version", wait)
    site.get(WORKFORCE)
    assert len(waited) == 1
