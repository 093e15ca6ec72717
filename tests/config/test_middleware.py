"""What stands between the web server and the views."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.middleware import LONGEST_QUERY, LONGEST_VALUE, MOST_PARAMETERS, PublicGZipMiddleware

UNREADABLE = {
    "q=%00": "NUL byte",
    "q%00=1": "NUL byte",
    "q=%ff": "not UTF-8 text",
    "q=%ed%a0%80": "not UTF-8 text",
    f"q={'x' * (LONGEST_VALUE + 1)}": "longer than 2,000 characters",
    f"{'x' * (LONGEST_VALUE + 1)}=1": "longer than 2,000 characters",
    f"a={'x' * LONGEST_VALUE}&b={'x' * LONGEST_VALUE}": "longer than 4,000 characters",
    "&".join(["a=1"] * (MOST_PARAMETERS + 1)): "more than 100 parameters",
}


@pytest.mark.parametrize("query", UNREADABLE)
@pytest.mark.parametrize("address", ["/", "/admin/login/", "/nowhere/"])
def test_an_address_that_no_page_could_read_is_a_400_with_a_sentence(client, db, address, query):
    response = client.get(address, QUERY_STRING=query)
    assert response.status_code == 400
    assert UNREADABLE[query] in response.text


def test_a_path_may_hold_no_nul_byte(client, db):
    assert client.get("/findings/a\0b/").status_code == 400


@pytest.mark.parametrize("address", ["/", "/admin/", "/admin/login/"])
def test_a_cookie_may_hold_no_nul_byte(client, db, address):
    response = client.get(address, headers={"cookie": r'sessionid="\000abcdefgh"'})
    assert response.status_code == 400
    assert "One of its cookies contains a NUL byte." in response.text


@pytest.mark.parametrize(
    "query",
    [f"q={'x' * LONGEST_VALUE}", "q=%C3%A9&q=%EF%BF%BD", "&".join(["a=1"] * MOST_PARAMETERS)],
)
def test_what_can_be_read_passes(client, db, query):
    assert len(query) <= LONGEST_QUERY
    assert client.get("/healthz", QUERY_STRING=query).status_code == 200


def test_public_pages_are_compressed_and_those_of_the_staff_are_not():
    page = b"the same words again and again " * 100
    serve = PublicGZipMiddleware(lambda request: HttpResponse(page))
    public = serve(RequestFactory().get("/findings/", headers={"Accept-Encoding": "gzip"}))
    staff = serve(RequestFactory().get("/admin/", headers={"Accept-Encoding": "gzip"}))
    assert gzip.decompress(public.content) == page
    assert staff.content == page
