"""Addresses that were in use before a parameter or a chart was renamed lead on to today's."""

from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/findings/?body=dorset", "/findings/?organisation=dorset"),
        (
            "/findings/?theme=workforce&body=-dorset&body=wiltshire",
            "/findings/?theme=workforce&organisation=-dorset&organisation=wiltshire",
        ),
        ("/actions/?sort=body", "/actions/?sort=organisation"),
        ("/actions/?sort=-body&format=csv", "/actions/?sort=-organisation&format=csv"),
        (
            "/compare/?body=dorset&body=wiltshire",
            "/compare/?organisation=dorset&organisation=wiltshire",
        ),
        (
            "/regions/south-west/charts/theme_by_body.svg?scheme=dark",
            "/regions/south-west/charts/theme_by_organisation.svg?scheme=dark",
        ),
        (
            "/compare/charts/grade_by_body.json?body=dorset&body=wiltshire",
            "/compare/charts/grade_by_organisation.json?organisation=dorset&organisation=wiltshire",
        ),
    ],
)
def test_an_old_address_leads_on_for_good_to_a_page_that_is_there(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer.url) == (301, new)
    assert client.get(new).status_code == 200


def test_the_staffs_own_parameters_are_left_alone(client):
    answer = client.get("/admin/?body=dorset")
    assert "organisation" not in answer.url


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/?body=x",
        "/%2Fevil.example/?body=x",
        "//evil.example/x_by_body.svg",
        "//evil.example/?sort=body",
        "//[/?body=x",
        "//%E2%84%80/?body=x",
        "/a%3Fb%23c/?body=x",
    ],
)
def test_an_old_parameter_leads_from_no_address_that_is_none(client, path):
    path, _, query = path.partition("?")
    answer = client.get("/", PATH_INFO=unquote(path, "latin-1"), QUERY_STRING=query)
    assert (answer.status_code, answer.get("Location")) == (404, None)
