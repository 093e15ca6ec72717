from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q
from django.http import QueryDict

from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from lib.lists import panel
from lib.lists.facets import Facet, yes_or_no
from lib.lists.filtersets import FilterSet
from tests import factories
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists_read_anew")]
AT = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/London"))


class Bodies(FilterSet):
    """Bodies of made-up regions, by the simplest facets that there are."""

    synthetic = "region__is_synthetic"

    def get_rows(self):
        return Organisation.objects.filter(region__is_synthetic=True).order_by("slug")

    def get_facets(self):
        return [
            Facet("region", "Region", "region__slug", "region__name", known=Region.objects.all()),
            Facet("kind", "Kind", "kind", choices=OrganisationKind),
            Facet("also", "Also called", "aliases__name", none="no other name"),
            yes_or_no("coded", "Has a code", Q(ons_code__isnull=False)),
        ]


def asked(query=""):
    return Bodies(QueryDict(query), AT)


def slugs(query=""):
    return [organisation.slug for organisation in asked(query).filter_queryset()]


def counts(query, facet):
    (group,) = [group for group in asked(query).groups() if group.name == facet]
    return {option.value: option.count for option in group.options}


@pytest.fixture(scope="module", autouse=True)
def organisations(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        north, south = (
            factories.region.make(slug="north", name="North"),
            factories.region.make(slug="south", name="South"),
        )
        north_unit = factories.unit.make(slug="a-unit", region=north)
        factories.force.make(slug="b-force", region=north, ons_code="X1")
        factories.force.make(slug="c-force", region=south)
        for name in ("one", "two"):
            factories.alias.make(organisation=north_unit, name=name)
        yield


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a-unit", "b-force", "c-force"]),
        ("region=north", ["a-unit", "b-force"]),
        ("region=north&region=south", ["a-unit", "b-force", "c-force"]),
        ("region=north&kind=force", ["b-force"]),
        ("region=-north", ["c-force"]),
        ("kind=force&region=-south", ["b-force"]),
        ("also=one&also=two", ["a-unit"]),
        ("also=none", ["b-force", "c-force"]),
        ("also=-none", ["a-unit"]),
        ("also=one&also=none", ["a-unit", "b-force", "c-force"]),
        ("coded=yes", ["b-force"]),
        ("coded=no", ["a-unit", "c-force"]),
        ("coded=-yes", ["a-unit", "c-force"]),
        ("region=&kind=", ["a-unit", "b-force", "c-force"]),
    ],
)
def test_values_of_a_facet_are_any_of_them_facets_narrow_and_a_hyphen_excludes(query, expected):
    assert slugs(query) == expected
    assert asked(query).count == len(expected)


@pytest.mark.parametrize(
    "query",
    ["", "region=north", "region=south&kind=unit", "also=none&coded=no", "kind=-unit&region=north"],
)
def test_each_count_is_that_of_the_list_that_its_link_opens(query):
    for group in asked(query).groups():
        for option in group.options:
            assert option.count == asked(option.url.removeprefix("?")).count, (
                group.name,
                option.value,
            )


def test_a_facet_s_own_choices_do_not_narrow_its_counts():
    assert counts("region=north&kind=unit", "region") == {"north": 1, "south": 0}
    assert counts("region=north&kind=unit", "kind") == {"unit": 1, "force": 1}


def test_a_row_with_two_values_counts_once_beside_each():
    assert counts("", "also") == {"one": 1, "two": 1, "none": 2}


def test_as_long_as_nothing_changes_a_list_only_asks_whether_something_did(
    django_assert_num_queries,
):
    asked()
    with django_assert_num_queries(1):
        filterset = asked("region=north&kind=unit&also=one&coded=no")
        assert filterset.count == 1
        assert filterset.total == 3
        assert filterset.groups()


def test_choices_stand_in_their_own_order_and_none_stands_last():
    groups = {group.name: [option.value for option in group.options] for group in asked().groups()}
    assert groups == {
        "region": ["north", "south"],
        "kind": ["unit", "force"],
        "also": ["one", "two", "none"],
        "coded": ["yes", "no"],
    }


def test_a_value_that_exists_but_that_no_row_has_lists_nothing_and_can_be_taken_away():
    factories.region.make(slug="empty", name="Empty")
    filterset = asked("region=empty")
    assert filterset.errors == []
    assert filterset.count == 0
    (group,) = [group for group in filterset.groups() if group.name == "region"]
    assert [(o.value, o.count, o.included) for o in group.options] == [
        ("empty", 0, True),
        ("north", 2, False),
        ("south", 1, False),
    ]
    assert [(chip.text, chip.url) for chip in filterset.chips()] == [("Region: Empty", ".")]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("region=nowhere", "Region: there is no “nowhere”."),
        ("region=-nowhere", "Region: there is no “nowhere”."),
        ("kind=north", "Kind: there is no “north”."),
        ("kind=%3Cb%3E", "Kind: there is no “<b>”."),
        ("coded=perhaps", "Has a code: there is no “perhaps”."),
        ("coded=none", "Has a code: there is no “none”."),
        ("region=" + "x" * 3000, "Region: there is no “" + "x" * 59 + "…”."),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_kept(query, problem):
    filterset = asked(f"{query}&region=south")
    assert filterset.errors == [problem]
    assert filterset.address() == "?region=south"


def test_parameters_that_no_list_knows_are_named_and_ignored():
    filterset = asked("per_page=5&region=south&q=word&per_page=6")
    assert filterset.ignored == ["per_page", "q"]
    assert filterset.errors == []
    assert filterset.address() == "?region=south"
    assert filterset.count == 1


def test_an_address_has_one_order_and_nothing_empty():
    filterset = asked("kind=force&also=&region=south&kind=unit&region=-north&kind=force")
    assert filterset.address() == "?region=south&region=-north&kind=force&kind=unit"
    assert filterset.words() == "Region: South; Region: not North; Kind: force; Kind: regional unit"


def test_each_choice_can_be_taken_away_alone():
    chips = {chip.text: chip.url for chip in asked("region=south&region=-north&kind=force").chips()}
    assert chips == {
        "Region: South": "?region=-north&kind=force",
        "Region: not North": "?region=south&kind=force",
        "Kind: force": "?region=south&region=-north",
    }


def test_rows_made_up_for_places_that_do_not_exist_are_counted():
    assert asked("region=north").synthetic_count == 2


def test_of_very_many_values_those_with_the_most_rows_are_offered_and_the_chosen(monkeypatch):
    monkeypatch.setattr(panel, "MOST_OFFERED", 2)
    (group,) = [group for group in asked("also=two").groups() if group.name == "also"]
    assert [option.value for option in group.options] == ["two", "none"]
    assert group.left_out == 1
