"""Mergers, new names and splits, as every page shows them; all of these are made up."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from findings.models import Finding
from forces.models import Organisation
from forces.sentences import succession
from forces.summaries import descendants, predecessors, successions
from inspections.choices import MissingReason
from inspections.models import Inspection
from tests import factories
from tests.counts import claims_of, wrong
from tests.kept import RememberingClient, kept
from tests.pages import elements, hrefs, text

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.usefixtures("lists_read_anew"),
]

REGION = "/regions/south-west/"
INSPECTION = "/inspections/soc-south-west-2025/"
DAY = date(2026, 4, 1)
MERGED = "On 1 April 2026 Devon and Cornwall and Dorset merged into Peninsula."
RENAMED = "On 1 April 2026 Surrey was renamed Downland."
SPLIT = "On 1 April 2026 West Mercia was split into Coast and Heath."


def organisation(slug):
    return Organisation.objects.get(slug=slug)


def new_force(name, before, **fields):
    """A force that began on the day, in the region of one that was there before."""
    return factories.force.make(
        region=organisation(before).region,
        name=f"{name} Police",
        short_name=name,
        slug=name.lower(),
        valid_from=DAY,
        **fields,
    )


def end(slug, **fields):
    Organisation.objects.filter(slug=slug).update(valid_to=DAY, **fields)


@pytest.fixture(scope="module", autouse=True)
def pages(django_db_setup, django_db_blocker):
    """The pages after a merger, a new name and a split, each in a region of its own."""
    with kept(django_db_blocker):
        peninsula = new_force("Peninsula", "dorset")
        for slug in ("dorset", "devon-and-cornwall"):
            end(slug, successor=peninsula)
        end("surrey", successor=new_force("Downland", "surrey"))
        for name in ("Coast", "Heath"):
            new_force(name, "west-mercia", split_from=organisation("west-mercia"))
        end("west-mercia")
        yield RememberingClient()


def listed(pages, query):
    """The short names in a list of forces and units."""
    response = pages.get(f"/forces/?{query}&format=json")
    assert response.status_code == 200
    names = [row["organisation_name"] for row in json.loads(response.getvalue())["rows"]]
    return sorted(Organisation.objects.get(name=name).short_name for name in names)


def wrong_numbers(client, *addresses):
    """The numbers on pages whose links do not open so many rows."""
    return wrong(claims_of((address, client.get(address)) for address in addresses))


def sentences(on=date(2026, 11, 1)):
    return {
        "".join(part.text for part in succession(row, on)) for row in successions(timezone.now())
    }


# In words


def test_a_merger_a_new_name_and_a_split_are_sentences_with_their_day():
    assert sentences() == {MERGED, RENAMED, SPLIT}
    assert sentences(date(2026, 3, 31)) >= {
        "On 1 April 2026 Devon and Cornwall and Dorset will merge into Peninsula.",
        "On 1 April 2026 Surrey will be renamed Downland.",
    }


def test_a_part_that_leaves_a_force_that_goes_on_was_split_off():
    new_force("Shore", "kent", split_from=organisation("kent"))
    assert "On 1 April 2026 Shore was split off from Kent." in sentences()


def test_a_force_that_joins_one_that_was_there_was_made_part_of_it():
    end("kent", successor=organisation("essex"))
    assert "On 1 April 2026 Kent was made part of Essex." in sentences()


def test_a_line_of_successions_is_followed_both_ways():
    peninsula = organisation("peninsula")
    last = factories.force.make(region=peninsula.region, valid_from=date(2026, 9, 1))
    Organisation.objects.filter(pk=peninsula.pk).update(valid_to=date(2026, 9, 1), successor=last)
    rows = successions(timezone.now())
    assert descendants([organisation("dorset")], rows) == [peninsula, last]
    assert predecessors(last, rows) == [peninsula]


# On pages


def test_the_region_counts_those_that_were_inspected_and_denies_no_grade(pages):
    page = pages.get(REGION)
    said = text(page)
    assert "Four of its five forces require improvement and one is inadequate." in said
    assert MERGED in said
    row = next(
        row.text for row in elements(page, "tr") if row.text.startswith("Peninsula did not exist")
    )
    assert "Before, Dorset: Requires improvement, published 12 June 2025" in row
    assert "Before, Devon and Cornwall: Requires improvement, published 12 June 2025" in row
    assert organisation("dorset").get_absolute_url() in hrefs(page)


def test_every_number_still_opens_its_rows(pages):
    assert wrong_numbers(pages, "/", REGION, "/forces/dorset/", INSPECTION) == []


@pytest.mark.parametrize(
    ("sentence", "old", "graded", "new"),
    [
        (MERGED, "dorset", "Dorset: Requires improvement", ["peninsula"]),
        (RENAMED, "surrey", "Surrey: Requires improvement", ["downland"]),
        (SPLIT, "west-mercia", "West Mercia: Inadequate", ["coast", "heath"]),
    ],
)
def test_links_lead_both_ways_with_the_day(pages, sentence, old, graded, new):
    for slug in (old, *new):
        summary = [f"/forces/{slug}/summary/"] if sentence == MERGED else []
        for address in (f"/forces/{slug}/", *summary):
            page = pages.get(address)
            assert sentence in text(page)
            for other in {old, *new} - {slug}:
                assert f"/forces/{other}/" in hrefs(page)
    assert "This force existed until 31 March 2026." in text(pages.get(f"/forces/{old}/"))
    for slug in new:
        said = text(pages.get(f"/forces/{slug}/"))
        assert "This force existed" not in said
        assert "did not exist then" in said
        assert f"Before, {graded}" in said


def test_a_force_that_ended_without_a_known_successor_says_so(client):
    end("kent")
    assert "We do not know what took its place." in text(client.get("/forces/kent/"))


@pytest.mark.parametrize(
    ("address", "graded", "new"),
    [
        (INSPECTION, "Dorset: Requires improvement", ["Peninsula"]),
        ("/inspections/soc-south-east-2024/", "Surrey: Requires improvement", ["Downland"]),
        ("/inspections/soc-west-midlands-2024/", "West Mercia: Inadequate", ["Coast", "Heath"]),
    ],
)
def test_an_inspection_shows_the_new_force_beside_the_grades_of_those_before_it(
    pages, address, graded, new
):
    rows = [row.text for row in elements(pages.get(address), "tr")]
    for name in new:
        row = next(row for row in rows if row.startswith(name))
        assert "did not exist then" in row
        assert f"Before, {graded}" in row
    assert [row for row in rows if row.startswith(graded.partition(":")[0])]
    if address == INSPECTION:
        assert "Four of its five forces require improvement" in text(pages.get(address))


def test_the_list_leads_on_from_those_that_ended(pages):
    query = "region=south-west&kind=force"
    now = ["Avon and Somerset", "Gloucestershire", "Peninsula", "Wiltshire"]
    assert listed(pages, query) == now
    assert listed(pages, f"{query}&exists=ended") == ["Devon and Cornwall", "Dorset"]
    assert listed(pages, f"{query}&exists=when-inspected") == [
        "Avon and Somerset",
        "Devon and Cornwall",
        "Dorset",
        "Gloucestershire",
        "Wiltshire",
    ]
    assert listed(pages, f"{query}&grade=did-not-exist") == ["Peninsula"]
    page = pages.get(f"/forces/?{query}&exists=ended")
    assert "only in the past" in text(page)
    row = next(row.text for row in elements(page, "tr") if "Dorset" in row.text)
    assert "ended on 1 April 2026" in row


def test_a_list_by_organisation_leads_on_to_what_came_before_and_after(pages):
    asked = ["/findings/?organisation=dorset", "/findings/?organisation=peninsula"]
    for address in (*asked, "/actions/?organisation=peninsula"):
        page = pages.get(address)
        assert f"{MERGED} Select a name to see what is listed for it." in text(page)
        assert "?organisation=dorset" in hrefs(page)
        assert "?organisation=peninsula" in hrefs(page)
    assert MERGED not in text(pages.get("/findings/?organisation=wiltshire"))
    assert MERGED not in text(pages.get("/actions/"))


def test_a_comparison_takes_those_that_ended_and_leads_on(pages):
    page = pages.get("/compare/?organisation=dorset&organisation=peninsula")
    said = text(page)
    assert MERGED in said
    assert "did not exist then" in said
    boxes = {
        box.attributes["value"]
        for box in elements(page, "input")
        if box.attributes.get("type") == "checkbox"
    }
    assert {"dorset", "peninsula"} <= boxes
    assert "devon-and-cornwall" not in boxes


def test_once_the_new_force_is_inspected_its_own_grade_stands_and_is_the_next(client):
    before = Inspection.objects.get(slug="soc-south-west-2025")
    finding = Finding.objects.filter(organisations__slug="dorset").first()
    inspection = factories.inspection.make(
        programme=before.programme, region=before.region, published_on=date(2026, 10, 1)
    )
    question = before.gradings.first().question
    for slug in ("peninsula", "wiltshire"):
        factories.grading.make(
            inspection=inspection, organisation=organisation(slug), question=question
        )
    said = text(client.get(REGION))
    assert "did not exist then" not in said
    assert "of its four forces" in said
    assert wrong_numbers(client, REGION) == []
    assert "did not exist then" in text(client.get(INSPECTION))
    assert "Peninsula" in text(client.get(finding.get_absolute_url()))


def test_a_missing_grade_of_a_young_force_has_its_own_reason(pages):
    assert MissingReason.DID_NOT_EXIST.label == "did not exist then"
    assert "did not exist then" in text(pages.get("/about/grades/"))


@pytest.mark.parametrize("field", ["successor", "split_from"])
def test_forces_do_not_follow_one_another_in_a_circle(field):
    dates = {"valid_from": DAY - timedelta(days=900), "valid_to": DAY}
    first, second = factories.force.make(**dates), factories.force.make(**dates)
    Organisation.objects.filter(pk=first.pk).update(**{field: second})
    setattr(second, field, Organisation.objects.get(pk=first.pk))
    with pytest.raises(ValidationError, match="in a circle"):
        second.full_clean()
