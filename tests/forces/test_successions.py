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
from tests.pages import elements, hrefs, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

REGION = "/regions/south-west/"
INSPECTION = "/inspections/soc-south-west-2025/"
DAY = date(2026, 4, 1)
MERGED = "On 1 April 2026 Devon and Cornwall and Dorset merged into Peninsula."


def organisation(slug):
    return Organisation.objects.get(slug=slug)


def new_force(name, **fields):
    """A force of the South West that began on the day."""
    return factories.force.make(
        region=organisation("dorset").region,
        name=f"{name} Police",
        short_name=name,
        slug=name.lower(),
        valid_from=DAY,
        **fields,
    )


@pytest.fixture
def merged():
    """Devon and Cornwall and Dorset, merged into one."""
    peninsula = new_force("Peninsula")
    Organisation.objects.filter(slug__in=["dorset", "devon-and-cornwall"]).update(
        valid_to=DAY, successor=peninsula
    )
    return peninsula


@pytest.fixture
def renamed():
    """Dorset under a new name."""
    wessex = new_force("Wessex")
    Organisation.objects.filter(slug="dorset").update(valid_to=DAY, successor=wessex)
    return wessex


@pytest.fixture
def split():
    """Dorset, split into two."""
    dorset = organisation("dorset")
    Organisation.objects.filter(pk=dorset.pk).update(valid_to=DAY)
    return [new_force(name, split_from=dorset) for name in ("Coast", "Heath")]


def listed(client, query):
    """The names in a list of forces and units."""
    response = client.get(f"/forces/?{query}&format=json")
    assert response.status_code == 200
    return [row["organisation_name"] for row in json.loads(response.getvalue())["rows"]]


def wrong_numbers(client, address):
    """The numbers on a page whose links do not open so many rows."""
    return wrong(claims_of([(address, client.get(address))]))


def sentences(on=date(2026, 11, 1)):
    return [
        "".join(part.text for part in succession(row, on)) for row in successions(timezone.now())
    ]


# In words


def test_a_merger_is_one_sentence_with_its_day(merged):
    assert sentences() == [MERGED]
    assert sentences(date(2026, 3, 31)) == [
        "On 1 April 2026 Devon and Cornwall and Dorset will merge into Peninsula."
    ]


def test_a_new_name_is_a_sentence_with_its_day(renamed):
    assert sentences() == ["On 1 April 2026 Dorset was renamed Wessex."]
    assert sentences(date(2026, 3, 31)) == ["On 1 April 2026 Dorset will be renamed Wessex."]


def test_a_split_is_a_sentence_with_its_day(split):
    assert sentences() == ["On 1 April 2026 Dorset was split into Coast and Heath."]


def test_a_part_that_leaves_a_force_that_goes_on_was_split_off():
    new_force("Coast", split_from=organisation("dorset"))
    assert sentences() == ["On 1 April 2026 Coast was split off from Dorset."]


def test_a_force_that_joins_one_that_was_there_was_made_part_of_it():
    Organisation.objects.filter(slug="dorset").update(
        valid_to=DAY, successor=organisation("wiltshire")
    )
    assert sentences() == ["On 1 April 2026 Dorset was made part of Wiltshire."]


def test_a_line_of_successions_is_followed_both_ways(merged):
    Organisation.objects.filter(pk=merged.pk).update(valid_to=date(2026, 9, 1))
    last = factories.force.make(region=merged.region, valid_from=date(2026, 9, 1))
    Organisation.objects.filter(pk=merged.pk).update(successor=last)
    rows = successions(timezone.now())
    assert descendants([organisation("dorset")], rows) == [merged, last]
    assert predecessors(last, rows) == [merged]


# On pages


def test_the_region_counts_those_that_were_inspected_and_denies_no_grade(client, merged):
    page = client.get(REGION)
    said = text(page)
    assert "Four of its five forces require improvement and one is inadequate." in said
    assert MERGED in said
    row = next(
        row.text for row in elements(page, "tr") if row.text.startswith("Peninsula did not exist")
    )
    assert "Before, Dorset: Requires improvement, published 12 June 2025" in row
    assert "Before, Devon and Cornwall: Requires improvement, published 12 June 2025" in row
    assert organisation("dorset").get_absolute_url() in hrefs(page)


@pytest.mark.parametrize(
    ("change", "addresses"),
    [
        ("merged", ["/", REGION, "/forces/dorset/", INSPECTION]),
        ("renamed", ["/"]),
        ("split", ["/"]),
    ],
)
def test_every_number_still_opens_its_rows(client, change, addresses, request):
    request.getfixturevalue(change)
    for address in addresses:
        assert wrong_numbers(client, address) == [], address


@pytest.mark.parametrize(
    ("change", "sentence", "new"),
    [
        ("merged", MERGED, ["peninsula"]),
        ("renamed", "On 1 April 2026 Dorset was renamed Wessex.", ["wessex"]),
        ("split", "On 1 April 2026 Dorset was split into Coast and Heath.", ["coast", "heath"]),
    ],
)
def test_links_lead_both_ways_with_the_day(client, request, change, sentence, new):
    request.getfixturevalue(change)
    for slug in ("dorset", *new):
        for address in (f"/forces/{slug}/", f"/forces/{slug}/summary/"):
            page = client.get(address)
            assert sentence in text(page)
            for other in {"dorset", *new} - {slug}:
                assert f"/forces/{other}/" in hrefs(page)
    old = text(client.get("/forces/dorset/"))
    assert "This force existed until 31 March 2026." in old
    assert "This force existed" not in text(client.get(f"/forces/{new[0]}/"))
    for slug in new:
        said = text(client.get(f"/forces/{slug}/"))
        assert "did not exist then" in said
        assert "Before, Dorset: Requires improvement" in said


def test_a_force_that_ended_without_a_known_successor_says_so(client):
    Organisation.objects.filter(slug="dorset").update(valid_to=DAY)
    assert "We do not know what took its place." in text(client.get("/forces/dorset/"))


@pytest.mark.parametrize("change", ["merged", "renamed", "split"])
def test_an_inspection_shows_the_new_force_beside_the_grades_of_those_before_it(
    client, request, change
):
    made = request.getfixturevalue(change)
    page = client.get(INSPECTION)
    for force in made if isinstance(made, list) else [made]:
        row = next(row.text for row in elements(page, "tr") if row.text.startswith(str(force)))
        assert "did not exist then" in row
        assert "Before, Dorset: Requires improvement" in row
    assert "Dorset" in text(page)
    assert "Four of its five forces require improvement" in text(page)


def test_the_list_leads_on_from_those_that_ended(client, merged):
    query = "region=south-west&kind=force"
    now = ["Avon and Somerset", "Gloucestershire", "Peninsula", "Wiltshire"]

    def short_names(query):
        return sorted(
            Organisation.objects.get(name=name).short_name for name in listed(client, query)
        )

    assert short_names(query) == now
    assert short_names(f"{query}&exists=ended") == ["Devon and Cornwall", "Dorset"]
    assert short_names(f"{query}&exists=when-inspected") == [
        "Avon and Somerset",
        "Devon and Cornwall",
        "Dorset",
        "Gloucestershire",
        "Wiltshire",
    ]
    assert short_names(f"{query}&grade=did-not-exist") == ["Peninsula"]
    page = client.get(f"/forces/?{query}")
    assert "only in the past" in text(page)
    row = next(
        row.text
        for row in elements(client.get(f"/forces/?{query}&exists=ended"), "tr")
        if "Dorset" in row.text
    )
    assert "ended on 1 April 2026" in row


def test_while_nothing_ended_the_list_has_no_filter_for_it(client):
    assert "exists=ended" not in client.get("/forces/").content.decode()
    assert client.get("/forces/?exists=ended").status_code == 200


@pytest.mark.parametrize("path", ["/findings/", "/actions/"])
@pytest.mark.parametrize("slug", ["dorset", "peninsula"])
def test_a_list_by_organisation_leads_on_to_what_came_before_and_after(client, merged, path, slug):
    page = client.get(f"{path}?organisation={slug}")
    assert f"{MERGED} Select a name to see what is listed for it." in text(page)
    assert "?organisation=dorset" in hrefs(page)
    assert "?organisation=peninsula" in hrefs(page)
    assert MERGED not in text(client.get(f"{path}?organisation=wiltshire"))
    assert MERGED not in text(client.get(path))


def test_a_comparison_takes_those_that_ended_and_leads_on(client, merged):
    page = client.get("/compare/?organisation=dorset&organisation=peninsula")
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


def test_once_the_new_force_is_inspected_its_own_grade_stands(client, merged):
    before = Inspection.objects.get(slug="soc-south-west-2025")
    inspection = factories.inspection.make(
        programme=before.programme, region=before.region, published_on=date(2026, 10, 1)
    )
    question = before.gradings.first().question
    for force in (merged, organisation("wiltshire")):
        factories.grading.make(inspection=inspection, organisation=force, question=question)
    said = text(client.get(REGION))
    assert "did not exist then" not in said
    assert "of its four forces" in said
    assert wrong_numbers(client, REGION) == []
    assert "did not exist then" in text(client.get(INSPECTION))


def test_the_next_grade_after_a_finding_is_that_of_the_new_force(client, merged):
    before = Inspection.objects.get(slug="soc-south-west-2025")
    finding = Finding.objects.filter(organisations__slug="dorset").first()
    inspection = factories.inspection.make(
        programme=before.programme, region=before.region, published_on=date(2026, 10, 1)
    )
    question = finding.section if finding.section and finding.section.is_graded else None
    factories.grading.make(
        inspection=inspection,
        organisation=merged,
        question=question or before.gradings.first().question,
    )
    assert "Peninsula" in text(client.get(finding.get_absolute_url()))


def test_a_missing_grade_of_a_young_force_has_its_own_reason(client, merged):
    assert MissingReason.DID_NOT_EXIST.label == "did not exist then"
    assert "did not exist then" in text(client.get("/about/grades/"))


@pytest.mark.parametrize("field", ["successor", "split_from"])
def test_forces_do_not_follow_one_another_in_a_circle(field):
    dates = {"valid_from": DAY - timedelta(days=900), "valid_to": DAY}
    first, second = factories.force.make(**dates), factories.force.make(**dates)
    Organisation.objects.filter(pk=first.pk).update(**{field: second})
    setattr(second, field, Organisation.objects.get(pk=first.pk))
    with pytest.raises(ValidationError, match="in a circle"):
        second.full_clean()
