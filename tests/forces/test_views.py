"""Pages of the country, a region, a body, and bodies compared."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from forces.models import Organisation
from forces.views import RegionDetail
from inspections.models import Fieldwork, Inspection
from tests import factories
from tests.addresses import COMPARISON, charts
from tests.pages import elements, hrefs, text

pytestmark = pytest.mark.django_db

REGION = "/regions/south-west/"


def grades_on(response):
    """Each mark of a grade on the page: its classes."""
    classes = [element.attributes.get("class", "") for element in elements(response)]
    return [value for value in classes if value.startswith("grade ")]


def test_the_dashboard_shows_six_organisations_and_six_grades_with_their_dates(reader):
    page = reader.get(REGION)
    said = text(page)
    assert len(grades_on(page)) == 6
    assert said.count("Requires improvement") == 4
    assert said.count("Fieldwork March 2024 · published 12 June 2025") == 2
    assert said.count("Fieldwork June to July 2024 · published 12 June 2025") == 4


def test_the_dashboard_opens_with_what_the_organisations_were_graded(reader):
    said = text(reader.get(REGION))
    assert (
        "The regional unit is adequate. Four of its five forces require improvement and one is "
        "inadequate." in said
    )
    assert "The region itself is not graded." in said
    assert re.search(r"Evidence is\s*\d+ to \d+ months old", said)


def test_theme_by_organisation_is_drawn_on_the_dashboard_beside_its_table(reader):
    figures = [
        element.attributes["data-chart"] for element in elements(reader.get(REGION), "figure")
    ]
    assert set(figures) == set(RegionDetail.charts)


@pytest.mark.parametrize("address", [REGION, "/forces/gloucestershire/"])
def test_a_chart_calls_what_needs_to_improve_so_not_all_of_it_weakness(reader, address):
    said = text(reader.get(address))
    assert "what needs to improve to the left" in said
    assert "weaknesses to the left" not in said


def test_a_made_up_region_says_so_and_themes_of_very_many_organisations_are_a_table_alone(client):
    made = factories.made_up_region(organisations=20)
    region, organisation = made.region, made.organisations[0]
    for address in (
        organisation.get_absolute_url(),
        f"{organisation.get_absolute_url()}summary/",
        "/",
    ):
        assert "Made-up data for places that do not exist." in text(client.get(address)), address
    page = client.get(region.get_absolute_url())
    assert "Made-up data for places that do not exist." in text(page)
    assert "Themes by force and unit" in text(page)
    assert "theme_by_organisation" not in [
        element.attributes["data-chart"] for element in elements(page, "figure")
    ]
    assert (
        client.get(f"{region.get_absolute_url()}charts/theme_by_organisation.svg").status_code
        == 404
    )


def test_the_dashboard_names_what_is_not_known(reader):
    said = text(reader.get(REGION))
    assert "3 forces with no response found" in said
    assert "0 findings known to be closed" in said
    assert "3 forces without a recorded improvement plan" in said


def test_a_region_without_anything_recorded_says_so(reader):
    page = reader.get("/regions/southern-wales/")
    said = text(page)
    assert page.status_code == 200
    assert "Findings not recorded here" in said
    assert "no plan recorded" in said
    assert "0" not in said.split("Side by side")[1].partition("What is not known")[0]
    assert "No improvement plan recorded" in said
    assert "no publication found" in said
    assert "28 to" not in said


def test_an_organisation_that_did_not_respond_reads_no_response_found(reader):
    said = text(reader.get("/forces/dorset/"))
    assert "We have found no published response from" in said
    assert "We have found no published response." in text(reader.get("/forces/dorset/summary/"))


@pytest.mark.parametrize(
    "address",
    [REGION, "/forces/dorset/", "/findings/", "/findings/soc-south-west-2025/F6/", "/forces/", "/"],
)
def test_no_page_says_that_an_answer_is_not_recorded(reader, address):
    said = text(reader.get(address))
    assert "no answer" not in said
    assert "answer: none recorded" not in said
    assert "without a recorded response" not in said


@pytest.mark.parametrize(
    "address",
    [
        "/forces/gloucestershire/",
        "/forces/gloucestershire/summary/",
        REGION,
        "/compare/" + COMPARISON,
    ],
)
def test_gloucestershires_dispute_stands_beside_its_grade(reader, address):
    page = reader.get(address).content.decode()
    after = page.split("Inadequate</a>", 1)[1]
    assert "disputes the report" in re.sub(r"<[^>]+>", " ", after)[:1200]


def test_avon_and_somersets_six_actions_show_on_its_summary(reader):
    page = reader.get("/forces/avon-and-somerset/summary/")
    rows = [element for element in elements(page, "th") if element.attributes.get("scope") == "row"]
    assert len(rows) == 6


def test_the_summary_carries_its_as_at_stamp(reader):
    assert re.search(r"As at \d+ \w+ \d{4}, \d\d:\d\d", text(reader.get("/forces/dorset/summary/")))


def test_the_clock_of_the_local_policing_bodys_comments_ends_on_the_56th_day(reader):
    assert "6 August 2025" in text(reader.get("/forces/gloucestershire/"))


def test_comments_that_were_not_found_read_so_and_since_when_they_are_late(reader):
    for address in ("/forces/gloucestershire/", "/forces/gloucestershire/summary/"):
        said = text(reader.get(address))
        assert "We have found no published comments." in said
        assert "That does not mean that none were sent." in said
        assert "Any sent since 7 August 2025 were late." in said


def test_comments_that_were_found_link_to_their_source(client):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    comment = factories.policing_body_comment.make(
        inspection=inspection,
        organisation=Organisation.objects.get(slug="gloucestershire"),
        source__url="https://example.org/comments",
        published_on=date(2025, 8, 7),
    )
    page = client.get("/forces/gloucestershire/")
    said = text(page)
    assert "were published on 7 August 2025, after the last day" in said
    assert "We have found no published comments" not in said
    assert "late since" not in said
    assert comment.source.url in hrefs(page)
    said = text(client.get(inspection.get_absolute_url()))
    assert "Comments for Gloucestershire were published on 7 August 2025" in said
    assert (
        "We have found no published comments for "
        "Avon and Somerset, Devon and Cornwall, Dorset or Wiltshire" in said
    )


def test_where_fieldwork_is_not_dated_the_age_counts_from_publication_and_says_so(client):
    Fieldwork.objects.filter(organisation__slug="dorset").delete()
    for address in ("/forces/dorset/", "/forces/dorset/summary/"):
        said = text(client.get(address))
        assert "counted from publication, as we found no fieldwork dates" in said
        assert "published 12 June 2025 · age counts from publication" in said
    for address in (REGION, "/inspections/soc-south-west-2025/"):
        said = text(client.get(address))
        assert "counted from publication where we found no fieldwork dates" in said
        assert "published 12 June 2025 · age counts from publication" in said
    row = next(row for row in elements(client.get("/forces/"), "tr") if "Dorset" in row.text)
    assert "not found in our sources; age counts from publication" in row.text


def test_conflicting_dates_of_fieldwork_stand_side_by_side(reader):
    said = text(reader.get("/forces/avon-and-somerset/"))
    assert "March 2024" in said
    assert "last summer" in said


def test_an_organisation_without_a_known_grade_says_why(reader):
    assert "not found in our sources" in text(reader.get("/forces/essex/"))
    summary = text(reader.get("/forces/essex/summary/"))
    assert "We have found no source for this grade." in summary


def test_the_country_counts_what_is_known_and_what_is_not(reader):
    said = text(reader.get("/"))
    assert "10 regions, nine regional units and 44 forces" in said
    assert "known for eight units and 30 forces" in said


def test_organisations_are_compared_in_columns_unit_first(reader):
    said = text(reader.get("/compare/" + COMPARISON))
    assert "SWROCU, Dorset and Gloucestershire compared" in said
    assert "A regional unit and a force do different work" in said
    assert "Their fieldwork took place at different times." in said


def test_forces_of_one_fieldwork_are_like_for_like(reader):
    assert "Not like for like" not in text(
        reader.get("/compare/?organisation=wiltshire&organisation=gloucestershire")
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Choose two to six forces or units"),
        ("?organisation=", "Choose two to six forces or units"),
        ("?organisation=dorset", "one more force or unit to compare with Dorset"),
    ],
)
def test_a_comparison_asks_for_the_organisations_that_it_lacks(reader, query, said):
    page = reader.get("/compare/" + query)
    assert page.status_code == 200
    assert said in text(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?organisation=dorset&organisation=nowhere", "nowhere"),
        ("?organisation=dorset&organisation=nowhere&per_page=9", "nowhere"),
        (
            "?"
            + "&".join(
                f"organisation={slug}"
                for slug in ("dorset", "kent", "essex", "surrey", "sussex", "cumbria", "durham")
            ),
            "seven",
        ),
    ],
)
def test_a_comparison_names_what_it_cannot_read(reader, query, said):
    page = reader.get("/compare/" + query)
    assert page.status_code == 400
    assert said in text(page)


CHARTS = [
    (f"{path}charts/{name}", question + query)
    for page, names in charts().items()
    for path, question, query in [page.partition("?")]
    for name in names
]


@pytest.mark.slow
@pytest.mark.parametrize(("address", "query"), CHARTS)
def test_every_chart_can_be_taken_away_with_its_source_date_and_address(reader, address, query):
    page = reader.get(address.partition("charts/")[0] + query)
    (figure,) = (
        one
        for one in elements(page, "figure")
        if one.attributes["data-chart"] == address.rpartition("/")[2]
    )
    svg, _, link = (one.attributes["href"] for one in list(figure.all("a"))[-3:])
    assert link.startswith(f"{address}/")
    picture = reader.get(svg)
    assert picture["Content-Type"].startswith("image/svg+xml")
    root = ElementTree.fromstring(picture.content)  # noqa: S314, for we drew it
    said = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert root[0].text == next(figure.all("strong")).text
    assert "Source: Inspection findings, which cites" in " ".join(said)
    assert f"As at {localdate().strftime('%-d %B %Y')}." in " ".join(said)
    assert f"http://testserver{link}" in "".join(said)
    button = next(figure.all("button")).text
    assert button == f"Explore this chart: {root[0].text}"
    assert reader.get(f"{address}.json{query}").json()["data"]


def test_a_picture_is_the_same_whenever_it_is_asked_for_and_a_png_has_the_name_of_its_page(client):
    address = f"{REGION}charts/findings_by_theme"
    page = client.get(f"{address}/")
    svg, png = (
        next(link for link in hrefs(page) if link and f"{address}.{ending}" in link)
        for ending in ("svg", "png")
    )
    assert client.get(svg).content == client.get(svg).content
    # The one PNG that is drawn here; all are drawn alike.
    head = client.head(png)
    assert (head.status_code, head["Content-Type"], head.content) == (200, "image/png", b"")
    name = f"south-west-findings-by-theme-{localdate()}"
    assert head["Content-Disposition"] == f'inline; filename="{name}.png"'


@pytest.mark.parametrize(
    "address",
    [REGION + "charts/secret.svg", REGION + "charts/on.json", REGION + "charts/themes.svg"],
)
def test_only_a_pages_charts_have_addresses(reader, address):
    assert reader.get(address).status_code == 404


def test_a_chart_without_rows_is_not_found(reader):
    assert reader.get("/forces/essex/charts/grades_through_time.svg").status_code == 404


def test_while_nothing_ended_the_list_has_no_filter_for_it(reader):
    assert "exists=ended" not in reader.get("/forces/").content.decode()
    assert reader.get("/forces/?exists=ended").status_code == 200


@pytest.mark.parametrize("name", ["region_detail", "organisation_detail", "organisation_summary"])
def test_an_unknown_slug_is_not_found(reader, name):
    assert reader.get(reverse(f"forces:{name}", args=["nowhere"])).status_code == 404
