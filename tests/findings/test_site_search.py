"""The search of the whole site, as somebody meets it who types into the box on any page."""

from datetime import date

import pytest
from django.utils import timezone

from findings.search import Search
from findings.summaries.search import group, site_search, terms
from forces.models import Organisation
from inspections.glossary import TERMS
from inspections.models import Inspection
from tests import factories
from tests.pages import elements, hrefs, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LONG = "x" * 201


def found(sought):
    """The results by the title of their group."""
    groups = site_search(Search(sought), timezone.now()).groups
    return {group.title: [result.title for result in group.results] for group in groups}


@pytest.mark.parametrize(
    ("sought", "sort", "title"),
    [
        ("West Mercia", "Forces", "West Mercia"),
        ("Gloucester", "Forces", "Gloucestershire"),
        ("D&C", "Forces", "Devon and Cornwall"),
        ("E23000037", "Forces", "Gloucestershire"),
        ("/forces/gloucestershire/", "Forces", "Gloucestershire"),
        ("South West ROCU", "Regional units", "SWROCU"),
        ("Yorkshire", "Regions", "Yorkshire and the Humber"),
        ("requires improvement", "Grades", "Forces and units graded requires improvement"),
        ("safeguarding", "Themes", "Safeguarding people"),
        ("rapid improvement", "Plans", "Gloucestershire Rapid Improvement Plan (GRIP)"),
        ("SOC", "Inspections", "Serious and organised crime: forces and their grades"),
        (
            "/inspections/soc/",
            "Inspections",
            "Serious and organised crime: forces and their grades",
        ),
        ("AFI", "Terms", "Area for improvement"),
        ("(F12)", "Findings", "F12: weakness"),
    ],
)
def test_what_people_look_for_comes_first_in_its_group(sought, sort, title):
    assert found(sought)[sort][0] == title


def test_an_inspection_is_found_by_its_title_its_programme_and_its_address():
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    for sought in (inspection.title, inspection.get_absolute_url()):
        assert found(sought)["Inspections"] == [inspection.title], sought


def test_what_is_exactly_so_stands_before_what_only_holds_the_words():
    assert next(iter(found("South West"))) == "Regions"
    factories.region.make(name="F12 Valley")
    assert list(found("F12"))[:2] == ["Findings", "Regions"]
    exact = ["Inspections", "Questions", "Terms"]
    assert list(found("serious and organised crime"))[:3] == exact


def test_a_name_that_begins_so_stands_before_one_that_holds_the_word():
    factories.force.make(name="Alder Quoll Police", short_name="Alder Quoll")
    factories.force.make(name="Quollshire Police", short_name="Quollshire")
    assert found("quoll")["Forces"] == ["Quollshire", "Alder Quoll"]


def test_what_surely_means_one_force_names_no_others():
    factories.unit.make(name="Dorset and Devon Unit", short_name="DDU")
    results = found("Dorset")
    assert results["Forces"] == ["Dorset"]
    assert "Regional units" not in results
    assert found("Dorset Unit")["Regional units"] == ["DDU"]


def test_a_theme_and_a_plan_are_found_by_what_they_are_about():
    theme = factories.theme.make(name="Night work", definition="Looking for quolls after dark.")
    assert found("quolls")["Themes"] == [theme.name]
    plan = factories.plan.make(name="Next steps", organisation__name="Quollshire Police")
    assert found("Quollshire steps")["Plans"] == [plan.name]


def test_a_few_of_each_are_listed_with_the_way_to_all(reader):
    page = reader.get("/search/", {"q": "unit"})
    (link,) = [one for one in elements(page, "a") if "data-count" in one.attributes]
    assert link.attributes["href"] == "/findings/?q=unit"
    listed = reader.get(link.attributes["href"], {"q": "unit"})
    count = int(link.attributes["data-count"])
    assert count > 5
    assert f"All {count} findings" in text(page)
    assert f"{count} findings" in text(listed)
    assert len(found("unit")["Findings"]) == 5
    assert len(found("police")["Forces"]) == 5
    assert "All forces" in text(reader.get("/search/", {"q": "police"}))


def test_initials_of_several_forces_name_them_all(reader):
    page = text(reader.get("/search/", {"q": "WMP"}))
    assert "“WMP” may mean West Mercia or West Midlands." in page
    assert found("WMP")["Forces"] == ["West Mercia", "West Midlands"]


def test_a_force_that_has_ended_is_found_with_its_last_day_and_its_successor():
    successor = factories.force.make(name="Wessex Police", short_name="Wessex", slug="wessex")
    Organisation.objects.filter(slug="dorset").update(
        valid_to=date(2026, 4, 1), successor=successor
    )
    (group,) = site_search(Search("Dorset Police"), timezone.now()).groups[:1]
    assert [result.title for result in group.results] == ["Dorset"]
    assert group.results[0].note.endswith("until 1 April 2026; now Wessex")


def test_an_old_name_finds_its_force_and_says_until_when_it_was_used():
    dorset = Organisation.objects.get(slug="dorset")
    factories.alias.make(organisation=dorset, name="Durnovaria Watch", valid_to=date(1974, 4, 1))
    (group,) = site_search(Search("durnovaria watch"), timezone.now()).groups[:1]
    assert group.results[0].title == "Dorset"
    assert group.results[0].note.endswith("called Durnovaria Watch until 1 April 1974")
    assert found("durnovaria")["Forces"] == ["Dorset"]


@pytest.mark.parametrize("sought", ["quoll", "the", "’", "🚓", "\\"])
def test_where_nothing_is_found_the_page_says_what_to_try(reader, sought):
    page = reader.get("/search/", {"q": sought})
    assert page.status_code == 200
    assert f"We found nothing for “{sought}”" in text(page)
    assert "Check the spelling, or use fewer words" in text(page)
    assert {"/forces/", "/findings/", "/about/glossary/"} <= hrefs(page)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"q": LONG}, "is longer than 200 characters"),
        ({"q": "a\0b"}, "It contains a NUL byte"),
        ({"q": ["one", "two"]}, "is given more than once"),
    ],
)
def test_what_cannot_be_searched_for_is_named(reader, query, error):
    page = reader.get("/search/", query)
    assert page.status_code == 400
    assert error in text(page)


def test_the_box_on_every_page_leads_here(reader):
    for address in ("/", "/search/"):
        page = reader.get(address)
        assert "/search/" in [form.attributes["action"] for form in elements(page, "form")]
    assert "Search for a force, a region" in text(reader.get("/search/"))


def test_every_term_of_the_glossary_is_found_by_its_name_and_its_abbreviation():
    for term in TERMS:
        for name in filter(None, (term.name, term.abbreviation)):
            first = group("Terms", name, terms(), "", "").results[0]
            assert first.title.lower() == term.name.lower(), name


def test_made_up_places_are_marked_as_such(client):
    made = factories.region.make(name="Quollshire")
    assert "Made-up data" in text(client.get("/search/", {"q": made.name}))
    assert "Made-up data" not in text(client.get("/search/", {"q": "Dorset"}))
