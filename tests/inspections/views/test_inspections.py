import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from findings.models import Finding
from inspections.choices import Attribution, Grade, SourceKind
from inspections.models import Inspection, InspectionCitation, Question, Source
from tests import factories
from tests.pages import elements, hrefs, text

pytestmark = pytest.mark.django_db

SOUTH_WEST = reverse("inspections:inspection_detail", args=["soc-south-west-2025"])


def table(page, heading):
    """The rows of the first table after a heading, each as the texts of its cells."""
    held = elements(page)
    start = next(
        place for place, element in enumerate(held) if element.attributes.get("id") == heading
    )
    found = next(element for element in held[start:] if element.tag == "table")
    return [
        [cell.text for cell in row.held if not isinstance(cell, str)] for row in found.all("tr")
    ]


def test_the_south_west_inspection_shows_six_grades_with_their_dates_and_responses(reader):
    page = reader.get(SOUTH_WEST)
    rows = {cells[0]: cells[1] for cells in table(page, "gradings")[1:]}
    assert rows["SWROCU regional unit"].startswith(
        "Adequate comments on the report Fieldwork June to July 2024"
    )
    assert rows["Gloucestershire"].startswith(
        "Inadequate disputes the report Fieldwork June to July 2024"
    )
    assert rows["Dorset"].startswith("Requires improvement no response found Fieldwork March 2024")
    assert len(rows) == 6
    assert all("published 12 June 2025" in grade for grade in rows.values())


def test_sections_without_a_grade_are_named(reader):
    assert "In the report, but without a grade of its own: Understanding SOC" in text(
        reader.get(SOUTH_WEST)
    )


def test_the_local_policing_body_has_until_the_fifty_sixth_day(reader):
    assert (
        "The last day for comments was 6 August 2025: 56 days after publication, counting that day "
        "(Police Act 1996, section 55(5A))" in text(reader.get(SOUTH_WEST))
    )


def test_comments_of_local_policing_bodies_have_a_heading_of_their_own(reader):
    page = reader.get("/inspections/soc-south-west-2025/")
    headings = [row.text for row in elements(page) if row.tag in ("h2", "h3")]
    place = headings.index("Local policing bodies’ comments")
    assert headings[place - 1].startswith("Wiltshire:")
    assert headings[place + 1] == "The inspectorate’s follow-up"


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("london", "The forces by name."),
        ("south-west", "The regional unit first, then the forces by name."),
    ],
)
def test_a_table_says_that_the_unit_comes_first_only_where_there_is_one(reader, region, words):
    inspection = Inspection.objects.filter(region__slug=region).latest("published_on")
    for page in (inspection.get_absolute_url(), inspection.region.get_absolute_url()):
        captions = [caption.text for caption in elements(reader.get(page), "caption")]
        assert [words in caption for caption in captions].count(True) == 1, page
        assert ("unit first" in captions[0]) is ("unit first" in words)


def test_while_the_clock_runs_the_days_left_are_counted(client):
    on = timezone.localdate()
    inspection = factories.inspection.make(
        published_on=on - timedelta(days=54), public_at=timezone.now()
    )
    assert "1 day left." in text(client.get(inspection.get_absolute_url()))
    inspection = factories.inspection.make(
        published_on=on - timedelta(days=56), public_at=timezone.now()
    )
    assert "left." not in text(client.get(inspection.get_absolute_url()))


def test_conflicting_accounts_of_the_fieldwork_stand_side_by_side(reader):
    rows = {cells[0]: cells for cells in table(reader.get(SOUTH_WEST), "fieldwork")[1:]}
    assert rows["Avon and Somerset"][1] == "March 2024"
    assert "last summer" in rows["Avon and Somerset"][2]
    assert {
        "HMICFRS, the inspectorate’s words",
        "Police Professional ¶34, claimed by the force or unit",
    } <= {small.text for small in elements(reader.get(SOUTH_WEST), "small")}


def test_region_wide_findings_come_before_those_of_organisations(reader):
    headings = [heading.text for heading in elements(reader.get(SOUTH_WEST), "h3")]
    assert headings[:3] == [
        "Region-wide",
        "SWROCU",
        "Avon and Somerset",
    ]


def test_every_finding_stands_on_its_inspection(reader):
    shown = {link.text for link in elements(reader.get(SOUTH_WEST), "a")}
    assert {finding.reference for finding in Finding.objects.all()} <= shown


def test_an_inspection_with_too_many_findings_counts_them_and_lists_none(client):
    region = factories.made_up_region(findings=60)
    page = client.get(region.inspection.get_absolute_url())
    counts = {
        link.attributes["href"]: link.text
        for link in elements(page, "a")
        if "data-count" in link.attributes
    }
    wide = (
        reverse("findings:finding_list")
        + f"?inspection={region.inspection.slug}&organisation=region-wide"
    )
    assert counts[wide] == "12"
    assert region.findings[0].reference not in text(page)


def relatives(page):
    return {
        term.text: term.parent.text.removeprefix(term.text).strip()
        for term in elements(page, "dt")
        if term.text.startswith("Supersede")
    }


def test_an_inspection_names_the_one_it_supersedes_but_not_one_under_embargo(client):
    old = factories.inspection.make(title="Made up long ago")
    new = factories.inspection.make(title="Made up since", supersedes=old)
    assert relatives(client.get(old.get_absolute_url())) == {
        "Superseded by": "Made up since, 15 January 2025"
    }
    assert relatives(client.get(new.get_absolute_url())) == {
        "Supersedes": "Made up long ago, 15 January 2025"
    }
    Inspection.objects.filter(pk=new.pk).update(public_at=None)
    assert relatives(client.get(old.get_absolute_url())) == {}


def test_inspections_are_listed_newest_first(reader):
    dates = [
        time.attributes["datetime"]
        for time in elements(reader.get(reverse("inspections:inspection_list")), "time")
    ]
    dates = [on for on in dates if len(on) == len("2025-06-12")]
    assert dates == sorted(dates, reverse=True)
    assert "2025-06-12" in dates


def test_without_inspections_the_list_says_why(client):
    Inspection.objects.update(public_at=None)
    assert "An inspection shows here from the day on which it is published." in text(
        client.get(reverse("inspections:inspection_list"))
    )


def test_an_inspection_under_embargo_is_in_no_list_and_has_no_page(client):
    inspection = factories.inspection.make(title="Not for today", public_at=None)
    factories.grading.make(inspection=inspection)
    source = factories.source.make(title="A page that gives it away")
    InspectionCitation.objects.create(inspection=inspection, source=source, attribution="press")
    assert client.get(inspection.get_absolute_url()).status_code == 404
    assert "Not for today" not in text(client.get(reverse("inspections:inspection_list")))
    assert "A page that gives it away" not in text(client.get(reverse("inspections:source_list")))
    Inspection.objects.filter(pk=inspection.pk).update(public_at=timezone.now())
    assert "A page that gives it away" in text(client.get(reverse("inspections:source_list")))


def test_every_source_says_what_was_read_of_it_and_what_cites_it(reader):
    address = reverse("inspections:source_detail", args=["police-professional-south-west-2025"])
    listed = reader.get(
        reverse("inspections:source_list"), {"q": '"police professional" south -bbc'}
    )
    (row,) = [
        row
        for row in elements(listed, "tr")
        if address in [link.attributes["href"] for link in row.all("a")]
    ]
    page = reader.get(address)
    said = text(page)
    assert "Paragraphs are counted from the headline" in said
    assert "Findings (25)" in said
    assert "F10 ¶9" in said
    counts = [int(count) for count in re.findall(r"\((\d+)\)", said)]
    assert [*row.all("td")][-1].text == str(sum(counts))
    assert reverse("findings:finding_detail", args=["soc-south-west-2025", "F10"]) in hrefs(page)


def test_legislation_is_shown_though_no_fact_cites_it(reader):
    listed = reader.get(reverse("inspections:source_list"), {"kind": "legislation"})
    assert "Police Act 1996" in text(listed)
    assert "none: a law" in text(listed)
    (law,) = Source.objects.filter(kind=SourceKind.LEGISLATION)
    assert "No finding or grade cites it" in text(reader.get(law.get_absolute_url()))


def test_a_source_that_no_fact_cites_or_only_one_under_embargo_has_no_page(client):
    unused, hidden = factories.source.make(_quantity=2)
    inspection = factories.inspection.make(public_at=None)
    InspectionCitation.objects.create(
        inspection=inspection, source=hidden, attribution=Attribution.PRESS
    )
    for source in (unused, hidden):
        assert client.get(source.get_absolute_url()).status_code == 404
    assert "Nothing matches" in text(client.get("/sources/", {"q": f'"{hidden.title}"'}))


def test_each_grade_has_an_anchor_where_its_meaning_stands(reader):
    anchors = {
        element.attributes.get("id")
        for element in elements(reader.get(reverse("inspections:grades")))
    }
    assert {
        "outstanding",
        "good",
        "adequate",
        "requires-improvement",
        "inadequate",
        "four-good",
    } <= anchors


@pytest.mark.parametrize("name", ["about", "grades", "glossary", "source_list", "inspection_list"])
def test_pages_answer_whatever_parameters_follow(reader, name):
    assert reader.get(reverse(f"inspections:{name}") + "?utm_source=elsewhere").status_code == 200


def test_no_inspection_has_no_page(reader):
    assert reader.get(reverse("inspections:inspection_detail", args=["nowhere"])).status_code == 404


def test_an_inspection_of_several_questions_opens_with_the_headline_one_and_names_it(client):
    headline = Question.objects.get(is_headline=True)
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    first = factories.question.make(programme=headline.programme, position=0)
    for organisation in {grading.organisation for grading in inspection.gradings.all()}:
        factories.grading.make(
            inspection=inspection,
            organisation=organisation,
            question=first,
            grade=Grade.OUTSTANDING,
        )
    (lede,) = [
        element
        for element in elements(client.get(inspection.get_absolute_url()), "p")
        if "lede" in element.classes
    ]
    assert lede.text.startswith(f"On “{headline}”: the regional unit is adequate.")


MAIL, FORM = "findings@force.example", "https://force.example/contact"


@pytest.mark.parametrize(
    ("page", "contact", "link"),
    [
        ("about", MAIL, f"mailto:{MAIL}"),
        ("accessibility", MAIL, f"mailto:{MAIL}"),
        ("privacy", MAIL, f"mailto:{MAIL}"),
        ("about", FORM, FORM),
    ],
)
def test_a_page_says_how_to_reach_the_people_who_run_the_site(
    client, settings, page, contact, link
):
    settings.OPERATOR_CONTACT = contact
    answer = client.get(reverse(f"inspections:{page}"))
    assert {a.attributes["href"]: a.text for a in elements(answer, "a")}[link] == contact


def test_about_does_not_say_who_runs_this_copy_where_they_did_not(reader):
    said = text(reader.get("/about/"))
    assert "have not given their name here. They have given no contact." in said


def test_about_says_who_runs_this_copy_and_under_which_licence(client, settings):
    settings.OPERATOR_NAME, settings.DATA_LICENCE = "Northmarch Police", "OGL v3.0"
    page = text(client.get("/about/"))
    assert "This copy of the site is run by Northmarch Police." in page
    assert "Licence: OGL v3.0." in page


def test_a_force_that_a_finding_names_stands_there_without_a_grade_too(client):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    other = factories.force.make(name="Quollshire Police", short_name="Quollshire")
    factories.finding.make(inspection=inspection, organisations=[other])
    page = text(client.get(inspection.get_absolute_url()))
    assert "Quollshire" in page
