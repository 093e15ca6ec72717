"""Home, which begins with a search and the country at one look, and the question that it and the
pages of regions show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from forces.models import Organisation
from inspections.choices import Grade
from inspections.models import Grading, Programme
from inspections.tiles import TILES
from tests import factories
from tests.kept import RememberingClient, kept
from tests.pages import elements, hrefs, text, tiles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists_read_anew")]


@pytest.fixture(scope="module")
def client():
    return RememberingClient()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        yield factories.graded_programme(forces=4, questions=2)


@pytest.fixture
def programme(made, db):
    return Programme.objects.get(pk=made.pk)


def address(programme, place=0, page="/"):
    question = programme.questions.all()[place]
    return f"{page}?programme={programme.slug}&question={question.slug}"


def test_home_has_one_search_box_before_all_else(client):
    form, *others = elements(client.get("/"), "form")
    assert all(other.closest("footer") for other in others)
    assert form.attributes["action"] == "/search/"
    assert form.closest("header").classes == ["page"]
    (box,) = (box for box in form.all("input"))
    assert box.attributes["name"] == "q"


def test_home_shows_the_country_at_one_look(client):
    page = client.get("/")
    found = tiles(page)
    assert len(found) == len(TILES)
    assert "grade-inadequate" in found["/forces/gloucestershire/"].classes
    assert "Gloucestershire: Inadequate" in found["/forces/gloucestershire/"].text


def test_home_says_where_each_reader_starts(client):
    said = text(client.get("/")).partition("Where to start")[2]
    for reader in ("how forces were graded", "analyse", "scrutiny", "report progress"):
        assert reader in said


def test_home_names_what_is_not_known(client):
    said = text(client.get("/"))
    assert "forces without a known grade" in said
    assert "with no response found" in said


def test_the_address_chooses_the_question_of_home(client, programme):
    kent = Organisation.objects.get(slug="kent")
    question = programme.questions.last()
    Grading.objects.create(
        inspection=programme.inspections.first(),
        organisation=kent,
        question=question,
        grade=Grade.OUTSTANDING,
    )
    page = client.get(address(programme, 1))
    assert "grade-outstanding" in tiles(page)["/forces/kent/"].classes
    assert "grade-outstanding" not in tiles(client.get(address(programme)))["/forces/kent/"].classes
    said = text(page)
    assert f"made-up {str(question)[8:]} ({programme})" in said
    assert "regional unit" not in said.partition("Regions are not graded")[0][-400:]


def test_a_programme_alone_chooses_its_first_question(client, programme):
    first = client.get(f"/?programme={programme.slug}")
    assert str(programme.questions.first()) in text(first)


def test_home_and_regions_lead_to_each_other_with_the_question(client, programme):
    region = programme.inspections.first().region
    links = hrefs(client.get(address(programme)))
    own = address(programme, page=region.get_absolute_url())
    assert own in links
    said = text(client.get(own))
    question = str(programme.questions.first())
    assert f"{region}: {question[0].lower()}{question[1:]} ({programme})" in said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?programme=nowhere", "There is no programme “nowhere”."),
        ("/?question=nowhere", "This programme has no graded question “nowhere”."),
        ("/?programme=soc&question=understanding", "no graded question “understanding”"),
        ("/?programme=soc&programme=soc", "“programme” is given more than once."),
        ("/regions/south-west/?programme=nowhere", "There is no programme “nowhere”."),
        ("/forces/?programme=nowhere", "There is no programme “nowhere”."),
    ],
)
def test_a_question_that_does_not_exist_is_named(client, address, said):
    refusal = client.get(address)
    assert refusal.status_code == 400
    assert said in text(refusal)


def test_a_programme_under_embargo_cannot_be_chosen(client, programme):
    programme.inspections.update(public_at=timezone.now() + timedelta(days=1))
    assert client.get(f"/?programme={programme.slug}").status_code == 400
    assert str(programme) not in text(client.get("/"))


def canonical(page):
    (link,) = (link for link in elements(page, "link") if link.attributes["rel"] == "canonical")
    return link.attributes["href"].removeprefix("http://testserver")


def test_the_usual_question_needs_no_parameters(client, programme):
    for page in ("/", "/regions/south-west/"):
        assert canonical(client.get(f"{page}?programme=soc&question=tackling-soc")) == page
    assert canonical(client.get(address(programme))) == address(programme)


def test_charts_draw_the_question_of_their_page(client, programme):
    (figure,) = elements(client.get(address(programme)), "figure")
    assert f"programme={programme.slug}" in figure.attributes["data-figure"]
    drawn = client.get(figure.attributes["data-figure"]).json()["data"]
    shown = sum(sum(filter(None, bar["x"])) for bar in drawn if bar["type"] == "bar")
    assert shown == Organisation.objects.filter(ons_code__isnull=False).count() + 4


def test_a_region_s_findings_and_actions_are_those_of_the_programme(client, programme):
    organisation = Organisation.objects.get(slug="dorset")
    report = factories.inspection.make(
        programme=programme, region=organisation.region, organisation=organisation
    )
    factories.finding.make(inspection=report, _quantity=3)
    usual = {
        link.attributes["href"]: link.text
        for link in elements(client.get("/regions/south-west/"), "a")
        if "data-count" in link.attributes
    }
    assert usual["/findings/?region=south-west&programme=soc"] == "25 findings"
    chosen = text(client.get(address(programme, page="/regions/south-west/")))
    assert "25 findings" not in chosen
    assert "3 findings not confirmed as closed" in chosen
    assert "We have found no plan in this region that responds to this programme." in chosen


# The list of forces shows the same grades.


def test_the_list_of_forces_shows_the_grades_of_the_question(client, programme):
    page = client.get(address(programme, page="/forces/"))
    said = text(page)
    question = str(programme.questions.first())
    assert f"Grades for {question[0].lower()}{question[1:]}, {programme}." in said
    assert "SWROCU" not in [row.text for row in elements(page, "th")]
    hidden = {
        box.attributes["name"]: box.attributes["value"]
        for box in elements(page, "input")
        if box.attributes.get("type") == "hidden"
    }
    assert hidden["programme"] == programme.slug, "a filter keeps the question"
    links = [link.attributes["href"] for link in elements(page, "a") if "count" in link.classes]
    links += [
        a.attributes["href"] for a in elements(page, "a") if a.attributes.get("id") == "boxes"
    ]
    assert len(links) > 1
    assert all(f"programme={programme.slug}" in link for link in links)


def test_a_file_of_forces_says_of_which_question_its_grades_are(client, programme):
    about = client.get(f"{address(programme, page='/forces/')}&format=json").getvalue().decode()
    assert f"{programme}: {programme.questions.first()}" in about
