"""What other sites may show: an organisation's card and any chart, and nothing else."""

from html.parser import HTMLParser

import pytest

from inspections.models import Grading
from tests import factories
from tests.addresses import embeds, south_west_organisations
from tests.crawl import crawled
from tests.pages import elements, read, text

pytestmark = pytest.mark.django_db

CARD = "/embed/forces/gloucestershire/"


def policy(answer):
    return dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )


def assert_frameable(answer):
    said = policy(answer)
    assert (said["frame-ancestors"], said["default-src"]) == ("*", "'none'")
    assert "script-src" not in said
    assert said["form-action"] == "'none'"
    assert "X-Frame-Options" not in answer
    assert not answer.cookies


@pytest.mark.slow
def test_any_site_may_show_a_card_or_a_chart_and_nothing_in_it_runs_or_asks(reader):
    for address in embeds():
        page = reader.get(address)
        assert page.status_code == 200, address
        assert_frameable(page)
        held = list(read(page).all())
        assert not {"script", "form", "style", "iframe"} & {element.tag for element in held}
        assert not any("style" in element.attributes for element in held)
        (robots,) = (e for e in held if e.attributes.get("name") == "robots")
        assert robots.attributes["content"] == "noindex"
        (base,) = elements(page, "base")
        assert base.attributes == {"target": "_blank"}
        (stands_for,) = (e for e in held if e.attributes.get("rel") == "canonical")
        found = reader.get(stands_for.attributes["href"].removeprefix("http://testserver"))
        assert found.status_code == 200
        assert (found["X-Frame-Options"], policy(found)["frame-ancestors"]) == ("DENY", "'none'")


@pytest.mark.slow
def test_a_card_says_of_a_grade_and_its_response_what_the_organisation_s_page_says(reader):
    graded = 0
    for slug in south_west_organisations():
        card, page = reader.get(f"/embed/forces/{slug}/"), crawled().get(f"/forces/{slug}/")
        grade, on_page = (
            next(one for one in elements(source, "span") if "grade" in one.classes)
            for source in (card, page)
        )
        assert grade.text == on_page.text
        graded += bool(list(grade.all("i")))
        assert ("Grade " in text(card)) == bool(list(grade.all("i")))
    assert graded > 3
    assert "Grade 1 of 5, from inadequate to outstanding." in text(reader.get(CARD))


def test_a_card_is_as_the_facts_are_now_and_says_when(client):
    before = client.get(CARD)
    assert "Inadequate" in text(before)
    Grading.objects.filter(organisation__slug="gloucestershire").update(grade=4, first_grade=None)
    after = client.get(CARD)
    assert "Good" in text(after)
    assert before["ETag"] != after["ETag"]
    (day,) = elements(after, "time")
    assert day.attributes["datetime"] == after.context["on"].isoformat()


@pytest.mark.parametrize(
    "address", ["/embed/forces/nowhere/", "/embed/forces/essex/charts/grades_through_time/"]
)
def test_a_frame_whose_facts_are_gone_says_so(reader, address):
    page = reader.get(address)
    assert page.status_code == 404
    assert_frameable(page)
    assert "There is nothing to show here now." in text(page)


def test_an_error_outside_of_what_is_for_frames_cannot_be_framed(reader):
    for address in ("/embed/", "/embed/forces/", "/nowhere/"):
        page = reader.get(address)
        assert (page.status_code, page["X-Frame-Options"]) == (404, "DENY"), address


class Frames(HTMLParser):
    """The frames in a piece of HTML, as a browser would read it."""

    def __init__(self, html):
        super().__init__()
        self.frames = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        assert tag == "iframe"
        self.frames.append(dict(attributes))


def test_what_is_to_be_copied_shows_the_card_or_chart_under_its_name_whatever_that_is(client):
    made = factories.made_up_region()
    organisation = made.organisations[0]
    organisation.name = 'A&amp;B "Constabulary" <i>$$</i>'
    organisation.save()
    for address, embed in (
        (organisation.get_absolute_url(), f"/embed{organisation.get_absolute_url()}"),
        (
            "/regions/south-west/charts/findings_by_theme/",
            "/embed/regions/south-west/charts/findings_by_theme/",
        ),
    ):
        page = client.get(address)
        (area,) = (e for e in elements(page, "textarea") if e.attributes["id"] == "embed")
        assert "readonly" in area.attributes
        (frame,) = Frames("".join(area.held)).frames
        assert frame["src"] == f"http://testserver{embed}"
        (heading, *_) = elements(page, "h1")
        assert heading.text.removesuffix(": chart") in frame["title"]
        assert int(frame["height"]) > 300
        shown = client.get(embed)
        assert shown.status_code == 200
    assert "Made-up data" in text(client.get(f"/embed{organisation.get_absolute_url()}"))
