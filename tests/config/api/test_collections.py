"""What programs read: the rows of lists, page by page and one by one, and nothing else."""

import json

import pytest

from config.api.collections import COLLECTIONS
from findings.models import Finding, Plan, Theme
from forces.models import Region
from inspections.models import GradingCitation, Inspection
from tests import factories

from .asking import ROOT, SITE, all_pages, own_facts, problem, read, rows

pytestmark = pytest.mark.django_db

LISTS = {
    "organisations": "/forces/",
    "gradings": "/gradings/",
    "findings": "/findings/",
    "actions": "/actions/",
    "sources": "/sources/",
}
CHOICES = [
    ("findings", "theme=workforce&kind=-strength&sort=-progress"),
    ("findings", "q=crime%20and%20investigation"),
    ("organisations", "exists=ended&exists=now&kind=force"),
    ("actions", "overdue=-yes&sort=due"),
]


@pytest.mark.parametrize("name, query", [*((name, "") for name in LISTS), *CHOICES])
def test_rows_are_those_of_the_list_in_its_order(client, name, query):
    download = json.loads(client.get(f"{LISTS[name]}?{query}&format=json").getvalue())
    address = f"{name}/?{query}&limit=70" if query else f"{name}/?limit=70"
    pages = list(all_pages(client, address))
    found = [row for page in pages for row in page["rows"]]
    assert [own_facts(row) for row in found] == download["rows"]
    assert len(download["rows"]) > 1
    about, said = pages[0]["about"], download["about"]
    assert about["rows"] == len(found)
    assert {about[name] == said[name] for name in ("title", "filters", "note", "licence")} == {True}
    assert about["address"] == f"{SITE}{ROOT}{address}"


@pytest.mark.slow
def test_every_collection_has_its_rows_and_each_row_an_address_and_a_page(client):
    counts = {
        "regions": Region.objects.count(),
        "inspections": Inspection.objects.count(),
        "plans": Plan.objects.count(),
        "themes": Theme.objects.in_use().count(),
    }
    index = read(client, "")["collections"]
    assert list(index) == [one.name for one in COLLECTIONS]
    for name, address in index.items():
        found = rows(client, address)
        assert len(found) == counts.get(name, len(found)) > 0
        assert len({row["self"] for row in found}) == len(found)
        for row in (found[0], found[-1]):
            one = read(client, row["self"].removeprefix(SITE))
            assert one["row"] == row
            assert one["about"]["rows"] == 1
            page, _, place = row["page"].partition("#")
            answer = client.get(page)
            assert answer.status_code == 200
            assert f'id="{place}"' in answer.text if place else not place


def test_facts_come_with_their_sources_places_and_whose_words_they_are(client):
    (row,) = read(client, "gradings/?organisation=gloucestershire&inspection=soc-south-west-2025")[
        "rows"
    ]
    cited = GradingCitation.objects.filter(
        grading__organisation__slug="gloucestershire",
        grading__inspection__slug="soc-south-west-2025",
    ).order_by("pk")
    assert [
        list(one) for one in zip(row["sources"], row["locators"], row["attributions"], strict=True)
    ] == [[one.source.slug, one.locator, one.attribution] for one in cited]
    assert row["sources"]


def test_the_page_of_a_late_action_is_that_which_shows_it(client):
    plan = factories.plan.make()
    late = factories.action.make(plan=plan, number=51)
    row = read(client, f"actions/{plan.slug}/51/")["row"]
    assert row["page"] == f"{SITE}{late.get_absolute_url()}"


def test_a_walk_meets_each_row_once_whatever_is_added_or_goes_meanwhile(client):
    names = [row["theme"] for row in rows(client, "themes/")]
    first = read(client, "themes/?limit=3")
    factories.theme.make(name="AAA first of all", slug="first-of-all")
    Theme.objects.filter(slug=names[0]).delete()
    walk = [row["theme"] for row in rows(client, first["next"].removeprefix(SITE))]
    assert walk == names[3:]
    gone = first["rows"][-1]["theme"]
    Theme.objects.filter(slug=gone).delete()
    said = problem(client, first["next"].removeprefix(SITE), 400)
    assert said["errors"][0]["parameter"] == "cursor"
    assert "begin again" in said["detail"]


def test_the_next_page_is_named_in_the_answer_and_in_its_link(client):
    answer = client.get(f"{ROOT}findings/?limit=2&kind=weakness")
    following = json.loads(answer.content)["next"]
    assert answer["Link"] == f'<{following}>; rel="next"'
    assert following.startswith(f"{SITE}{ROOT}findings/?limit=2&kind=weakness&cursor=")
    whole = client.get(f"{ROOT}regions/")
    assert json.loads(whole.content)["next"] is None and "Link" not in whole


def test_fields_choose_what_is_said_of_rows(client):
    page = read(client, "findings/?fields=kind_name,finding&limit=2&fields=self")
    assert [list(row) for row in page["rows"]] == [["self", "finding", "kind_name"]] * 2
    whole = read(client, "findings/?limit=2")["rows"]
    assert page["rows"] == [{name: row[name] for name in page["rows"][0]} for row in whole]
    address = page["rows"][0]["self"].removeprefix(SITE)
    assert list(read(client, f"{address}?fields=progress")["row"]) == ["progress"]


@pytest.mark.parametrize(
    "address, parameters",
    [
        ("findings/?nonsense=1&theme=workforce", ["nonsense"]),
        ("findings/?theme=none-such&kind=good", ["theme", "kind"]),
        ("findings/?theme=", ["theme"]),
        ("findings/?theme=%C3%A9", ["theme"]),
        ("findings/?page=2", ["page"]),
        ("findings/?format=csv", ["format"]),
        ("findings/?boxes=exclude", ["boxes"]),
        ("findings/?sort=colour", ["sort"]),
        ("findings/?sort=kind&sort=progress", ["sort"]),
        ("themes/?sort=name", ["sort"]),
        ("findings/?limit=0", ["limit"]),
        ("findings/?limit=1001", ["limit"]),
        ("findings/?limit=%D9%A3", ["limit"]),
        ("findings/?cursor=first", ["cursor"]),
        ("findings/?cursor=9223372036854775808", ["cursor"]),
        ("findings/?fields=finding,colour", ["fields"]),
        ("findings/?fields=,", ["fields"]),
        ("findings/?changed_since=0", ["changed_since"]),
        ("findings/?changed_since=2025-02-30", ["changed_since"]),
        ("findings/?changed_since=2025-02-03T10:00", ["changed_since"]),
        ("findings/?changed_since=0001-01-01T00:00:00%2B14:00", []),
        ("actions/?changed_since=0001-01-01T00:00:00%2B14:00", []),
        ("findings/?changed_since=2999-01-01", ["changed_since"]),
        (f"findings/?q={'x' * 201}", ["q"]),
        ("organisations/?programme=none-such", ["programme"]),
        ("organisations/?question=none-such", ["question"]),
        ("regions/south-west/?limit=3", ["limit"]),
        ("regions/south-west/?fields=colour", ["fields"]),
        ("openapi.json?nonsense=1", ["nonsense"]),
        ("?nonsense=1", ["nonsense"]),
    ],
)
def test_what_cannot_be_read_is_refused_and_named(client, address, parameters):
    if not parameters:
        read(client, address)
        return
    said = problem(client, ROOT + address, 400)
    assert [error["parameter"] for error in said["errors"]] == parameters
    assert said["detail"] == " ".join(error["detail"] for error in said["errors"])
    assert (said["type"], said["status"]) == ("/api/#parameters", 400)


def test_other_errors_are_problems_too(client, monkeypatch):
    nowhere = [
        "nowhere/",
        "themes/none-such/",
        "actions/none-such/1/",
        f"actions/gloucestershire-reported-steps/{'9' * 40}/",
        "findings/soc-south-west-2025/F999/",
    ]
    for address in nowhere:
        assert problem(client, ROOT + address, 404)["title"] == "Not Found"
    long = problem(client, f"{ROOT}findings/?theme={'x' * 5_000}", 400)
    assert "longer than 4,000 characters" in long["detail"]
    assert problem(client, f"{ROOT}findings/?theme=%00", 400)["detail"] == "It contains a NUL byte."
    refused = client.post(f"{ROOT}findings/")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert json.loads(refused.content)["status"] == 405
    client.raise_request_exception = False

    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("lib.api.parameters.read", fail)
    assert "made a note" in problem(client, f"{ROOT}findings/", 500)["detail"]


def test_answers_say_whether_they_still_hold_and_any_site_may_read_them(client):
    answer = client.get(f"{ROOT}themes/", headers={"origin": "https://other.example"})
    head = client.head(f"{ROOT}themes/")
    again = client.get(f"{ROOT}themes/", headers={"if-none-match": answer["ETag"]})
    missing = client.get(f"{ROOT}nowhere/")
    options = client.options(f"{ROOT}themes/")
    everywhere = {one["Access-Control-Allow-Origin"] for one in (answer, head, again, missing)}
    assert everywhere | {options["Access-Control-Allow-Origin"]} == {"*"}
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert options["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in options["Access-Control-Allow-Headers"]
    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert [head[name] for name in ("ETag", "Last-Modified", "Cache-Control")] == [
        answer[name] for name in ("ETag", "Last-Modified", "Cache-Control")
    ]
    assert (again["ETag"], again["Vary"]) == (answer["ETag"], answer["Vary"])
    assert not answer.cookies
    assert "Access-Control-Allow-Origin" not in client.get("/api/")
    Theme.objects.filter(slug="workforce").update(definition="Of other words.")
    assert client.get(f"{ROOT}themes/")["ETag"] != answer["ETag"]


def test_an_old_address_leads_on_to_today_s(client):
    theme = Theme.objects.get(slug="workforce")
    theme.slug = "people"
    theme.save()
    finding = Finding.objects.get(reference="F15")
    finding.reference = "F915"
    finding.save()
    inspection = finding.inspection
    inspection.slug = "south-west-anew"
    inspection.save()
    moved = {
        "themes/workforce/": "themes/people/",
        "themes/workforce/?fields=theme": "themes/people/?fields=theme",
        "findings/?theme=workforce": "findings/?theme=people",
        "findings/soc-south-west-2025/F15/": "findings/south-west-anew/F915/",
        "findings/soc-south-west-2025/F915/": "findings/south-west-anew/F915/",
    }
    for old, new in moved.items():
        answer = client.get(ROOT + old)
        assert (answer.status_code, answer["Location"]) == (301, ROOT + new)
        read(client, ROOT + new)


def test_a_day_in_the_past_has_the_rows_that_its_pages_have(client):
    day = "2025-09-01"
    for name, address in LISTS.items():
        download = json.loads(client.get(f"{address}?format=json&as_at={day}").getvalue())
        pages = list(all_pages(client, f"{name}/?as_at={day}&limit=200"))
        found = [row for page in pages for row in page["rows"]]
        assert [own_facts(row) for row in found] == download["rows"]
        assert pages[0]["about"]["as_at"] == f"{day}T23:59:59+01:00"
        row = found[0]
        assert f"as_at={day}" in row["page"]
        assert read(client, row["self"].removeprefix(SITE))["row"] == row
    for query, parameter in (
        ("as_at=2999-01-01", "as_at"),
        ("as_at=0", "as_at"),
        ("as_at=1900-01-01", "as_at"),
        (f"as_at={day}&changed_since=2025-01-01", "changed_since"),
    ):
        (error,) = problem(client, f"{ROOT}findings/?{query}", 400)["errors"]
        assert error["parameter"] == parameter
