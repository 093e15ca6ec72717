"""Two hundred addresses that nobody should ask for, over all public lists: each is answered at once, and none breaks."""

from itertools import product
from time import perf_counter

import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db
LISTS = ["findings:finding_list", "findings:action_list", "forces:organisation_list"]
OTHERS = [
    "forces:region_list",
    "forces:compare",
    "inspections:inspection_list",
    "findings:theme_list",
    "findings:plan_list",
    "inspections:source_list",
]
NAMES = ["q", "theme", "kind", "body", "region", "inspection", "response", "progress", "overdue", "status", "plan", "grade"]
OWN = ["sort", "page", "format", "per_page", "_export", "undated", "", "theme[]", "q%00", "%ff", "body__slug", "__proto__"]
VALUES = [
    "%00",
    "%ff%fe",
    "%F0%9F%9A%93",
    "x" * 1990,
    "-",
    "--workforce",
    "-none&{name}=none",
    "1e309",
]
# 24 names × 8 values are 192; and some that are worse than one name and value.
HOSTILE = [f"{name}={value.replace('{name}', name)}" for name, value in product(NAMES + OWN, VALUES)] + [
    "q=" + "word+" * 2000,
    "q=" + "+".join(f"word{n}" for n in range(12)),
    "q=" + "%22a+b%22+-c+" * 4 + "%28%7C%26%21%3A%2A",
    "&".join(f"theme=t{n}" for n in range(99)),
    "&" * 3000,
    "page=" + "9" * 500,
    "page=-99999999999999999999&sort=-reference",
    "%",
]
assert len(HOSTILE) == 200


def answer(client, address, query):
    start = perf_counter()
    response = client.get(address, QUERY_STRING=query)
    if response.streaming:
        response.getvalue()
    return response.status_code, perf_counter() - start


def bad_answers(client, asked):
    """What breaks, or takes longer than a second twice."""
    for address, query in asked:
        status, seconds = answer(client, address, query)
        if seconds > 1:
            status, seconds = answer(client, address, query)
        if status >= 500 or seconds > 1:
            yield address, query[:100], status, seconds


@pytest.mark.parametrize("name", LISTS)
def test_a_list_answers_whatever_is_asked_at_once(client, name):
    factories.made_up_region(bodies=20, findings=200, plans=10)
    assert list(bad_answers(client, [(reverse(name), query) for query in HOSTILE])) == []


def test_the_other_lists_take_them_in_turn(client):
    asked = [(reverse(OTHERS[turn % len(OTHERS)]), query) for turn, query in enumerate(HOSTILE)]
    assert list(bad_answers(client, asked)) == []
