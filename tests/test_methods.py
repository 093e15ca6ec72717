"""Which methods the addresses of the site take."""

import re
from itertools import cycle

import pytest
from django.urls import URLPattern, get_resolver

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
OTHERS = ("PUT", "DELETE", "PATCH", "TRACE", "PURGE", "PROPFIND")
# What stands for a value in an address: no such row need be there.
SAMPLES = [
    (r"\^\(\?P<app_label>(\w+)\|.*", r"\1/"),
    (r"\(\?P<url>\.\*\)\$", "nowhere"),
    (r"\^forgotten/.*", "forgotten/1-2/"),
    (r"<day:\w+>", "2026-11-30"),
    (r"<\w+:\w+>|<\w+>", "1"),
]
# Functions that take a form; a class says so by itself.
TAKES_FORM = re.compile(
    r"(_add|_change|_copy|_changelist|_delete|_undo|_waiting|_repeats|weekly_mail|_stop_mail|_login"
    r"|:login|:logout|:password_change|_password_change)$"
)


def addresses(resolver, address="/", namespace=""):
    """Every address of the site: one for each pattern, its name and its view."""
    for entry in resolver.url_patterns:
        here = address + str(entry.pattern)
        for pattern, sample in SAMPLES:
            here = re.sub(pattern, sample, here)
        if isinstance(entry, URLPattern):
            yield here, f"{namespace}:{entry.name}", entry.callback
        else:
            yield from addresses(entry, here, entry.namespace or namespace)


def test_every_address_refuses_other_methods_and_says_which_it_takes(client):
    seen = list(addresses(get_resolver()))
    assert len(seen) > 200
    # All others are refused alike: each address is tried with one of them.
    for (address, name, view), other in zip(seen, cycle(OTHERS), strict=False):
        options = client.options(address)
        allowed = options["Allow"].split(", ")
        assert (options.status_code, options.content) == (200, b""), address
        forms = getattr(view, "view_class", None)
        takes_form = TAKES_FORM.search(name) or (
            hasattr(forms, "post") and not name.endswith(":None")
        )
        only_sent = re.search(r"_(discard|withdraw|unsaved|reports)$", name)
        assert ("POST" in allowed) == bool(takes_form or only_sent), (address, name)
        assert {"GET" in allowed, "HEAD" in allowed} == {not only_sent}, address
        for method in {other, "POST", "GET", "HEAD"} - set(allowed):
            response = client.generic(method, address)
            assert (response.status_code, response["Allow"]) == (405, options["Allow"]), address
    page = client.post("/findings/")
    assert "This page cannot be used in this way" in page.text
    assert '<a href="/findings/">Open the page</a>' in page.text
    assert client.put("/nowhere/").status_code == 404


@pytest.mark.parametrize("address", ["/", "/findings/", "/admin/login/", "/healthz"])
def test_head_is_get_without_a_body(client, address):
    head, get = client.head(address), client.get(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Type"] == get["Content-Type"]
