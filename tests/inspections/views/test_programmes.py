"""The page of a programme: forces by questions, the tile map, and what a reader should know."""

import json
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from forces.models import Organisation
from inspections.choices import Certainty, Grade, MissingReason, Scale
from inspections.models import Grading, Programme
from tests import factories
from tests.counts import claims_of, wrong
from tests.crawl import BROWSER
from tests.kept import RememberingClient, kept
from tests.pages import elements, hrefs, text, tiles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists_read_anew")]

# Two of the queries are for the version of the data.
MOST_QUERIES, MOST_BYTES = 10, 20_000


@pytest.fixture(scope="module")
def client():
    return RememberingClient()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        yield factories.graded_programme(forces=6, questions=3)


@pytest.fixture
def programme(made, db):
    return Programme.objects.get(pk=made.pk)


def rows(page):
    """The rows of the matrix that are about a force, by its name: the texts of their cells."""
    (table,) = (table for table in elements(page, "table") if "matrix" in table.classes)
    found = {}
    for row in table.all("tr"):
        heading = next(row.all("th"))
        if heading.attributes["scope"] == "row":
            found[heading.text] = [cell.text for cell in row.all("td")]
    return found


def whole(cell):
    """A cell's grade in full."""
    return cell.replace("Requires imp.", "Requires improvement")


def grading_of(programme, place=0):
    """The first force's grading on a question of the programme."""
    question = programme.questions.all()[place]
    return question.gradings.order_by("organisation__short_name").first()


def test_every_force_has_a_row_and_every_question_a_cell(client, programme):
    found = rows(client.get(programme.get_absolute_url()))
    graded = Organisation.objects.filter(gradings__question__programme=programme).distinct()
    areas = Organisation.objects.filter(ons_code__isnull=False)
    assert set(found) == {row.short_name for row in [*graded, *areas]}
    for force in graded:
        grades = [row.get_grade_display() for row in force.gradings.order_by("question__position")]
        shown = [whole(cell) for cell in found[str(force)]]
        assert shown[:3] == grades
        assert shown[4] == "3 of 3"


def test_a_force_without_any_grade_is_named_with_the_reason(client, programme):
    page = client.get(programme.get_absolute_url())
    assert rows(page)["Kent"] == ["no grade known: not found in our sources"]
    said = text(page).partition("No grade known")[2]
    assert "Kent" in said
    assert "not found in our sources" in said


def test_a_force_without_a_police_area_is_covered_only_where_it_is_graded(client, programme):
    transport = Organisation.objects.get(slug="british-transport-police")
    assert str(transport) not in rows(client.get(programme.get_absolute_url()))
    assert str(transport) in rows(client.get("/inspections/soc/"))


def test_regional_units_stand_only_with_a_programme_that_graded_one(client, programme):
    assert "SWROCU" not in rows(client.get(programme.get_absolute_url()))
    soc = rows(client.get("/inspections/soc/"))
    assert soc["SWROCU regional unit"][0] == "Adequate"
    assert "Tarian regional unit" in soc, "it is covered as the others are, though not graded yet"
    names = list(soc)
    assert names.index("SWROCU regional unit") == names.index("Avon and Somerset") - 1


def test_what_has_no_grade_shows_a_sign_that_the_key_explains(client, programme):
    for place, reason in enumerate([MissingReason.NOT_ASKED, MissingReason.NOT_GRADED]):
        grading = grading_of(programme, place)
        Grading.objects.filter(pk=grading.pk).update(grade=None, missing_reason=reason)
    page = client.get(programme.get_absolute_url())
    cells = rows(page)[str(grading.organisation)]
    assert cells[:2] == ["–not asked in this cycle", "□not graded"]
    assert cells[4] == "1 of 1", "what was not asked does not count as unknown"
    (key,) = (part for part in elements(page, "dl") if "legend" in part.classes)
    signs = {term.text for term in key.all("dt") if "sign" in term.classes}
    assert signs == {"□", "–", "·"}


def test_the_key_gives_each_grade_s_meaning(client):
    page = client.get("/inspections/soc/")
    (key,) = (part for part in elements(page, "dl") if "legend" in part.classes)
    meanings = [part.text for part in key.all("dd")]
    assert "Requires improvement: Shows few, if any, of the characteristics" in " ".join(meanings)


def test_what_a_reader_should_know_of_a_grade_is_marked_and_said(client, programme):
    corrected, inferred, carried = (grading_of(programme, place) for place in range(3))
    marked = {
        corrected: {
            "grade": Grade.REQUIRES_IMPROVEMENT,
            "first_grade": Grade.ADEQUATE,
            "corrected_on": date(2024, 8, 8),
            "correction_reason": "Made up",
        },
        inferred: {"certainty": Certainty.INFERRED, "note": "Made up", "grade": Grade.GOOD},
        carried: {"is_carried_forward": True, "grade": Grade.OUTSTANDING},
    }
    for grading, fields in marked.items():
        Grading.objects.filter(pk=grading.pk).update(**fields)
    page = client.get(programme.get_absolute_url())
    name = str(corrected.organisation)
    assert rows(page)[name][:3] == [
        "Requires imp.*, corrected after publication",
        "Good≈, worked out, not read in a source",
        "Outstanding←, carried forward from an earlier inspection",
    ]
    question = str(corrected.question)
    lower = question[0].lower() + question[1:]
    assert (
        f"{name}, {lower}: corrected on 8 August 2024 from adequate to requires improvement. "
        "Made up." in text(page)
    )


def test_sources_that_differ_are_all_told(client, programme):
    told, silent = grading_of(programme), grading_of(programme, 1)
    Grading.objects.filter(pk=told.pk).update(grade=Grade.GOOD)
    Grading.objects.filter(pk=silent.pk).update(
        grade=None, missing_reason=MissingReason.SOURCES_DIFFER
    )
    factories.grading_citation.make(grading=told)
    factories.grading_citation.make(grading=told, grade_given=Grade.ADEQUATE)
    for grade in (Grade.GOOD, Grade.INADEQUATE):
        factories.grading_citation.make(grading=silent, grade_given=grade)
    page = client.get(programme.get_absolute_url())
    assert rows(page)[str(told.organisation)][:2] == [
        "Good≠, a source gives another grade",
        "≠sources differ",
    ]
    said = text(page)
    assert "good. Another source gives adequate." in said
    assert "sources differ. They give good and inadequate." in said


def test_each_grade_leads_to_the_report_that_has_its_dates_and_source(client, programme):
    page = client.get(programme.get_absolute_url())
    grading = grading_of(programme)
    links = {
        link.attributes["href"]
        for link in elements(page, "a")
        if link.parent.tag == "td" and "filled" in link.parent.classes
    }
    assert links == {f"{row.get_absolute_url()}#gradings" for row in programme.inspections.all()}
    target = client.get(grading.inspection.get_absolute_url())
    assert "gradings" in {element.attributes.get("id") for element in elements(target)}


def test_the_newest_grade_is_shown_where_a_force_was_graded_twice(client, programme):
    first = grading_of(programme)
    Grading.objects.filter(pk=first.pk).update(grade=Grade.INADEQUATE)
    later = factories.inspection.make(
        programme=programme,
        organisation=first.organisation,
        region=first.organisation.region,
        published_on=first.inspection.published_on + timedelta(days=300),
    )
    factories.grading.make(
        inspection=later,
        organisation=first.organisation,
        question=first.question,
        grade=Grade.OUTSTANDING,
    )
    cells = rows(client.get(programme.get_absolute_url()))[str(first.organisation)]
    assert (cells[0], cells[3]) == ("Outstanding", "Nov 2025")


def test_forces_are_sorted_by_a_question_and_those_without_a_grade_stay_last(client, programme):
    question = programme.questions.first()
    best = [row.label for row in reversed(Grade)]
    for sort, order in ((question.slug, best), (f"-{question.slug}", best[::-1])):
        cells = list(rows(client.get(f"{programme.get_absolute_url()}?sort={sort}")).values())
        known = [whole(row[0]) for row in cells[:6]]
        assert sorted(known, key=order.index) == known
        assert all(row == ["no grade known: not found in our sources"] for row in cells[6:])


def groups(page):
    return [row.text for row in elements(page, "tr") if "group" in row.classes]


def test_forces_stand_by_region_unless_the_address_wants_one_list(client, programme):
    address = programme.get_absolute_url()
    slug = programme.questions.first().slug
    by_region = groups(client.get(address))
    assert len(by_region) > 6
    assert sorted(by_region) == by_region
    assert groups(client.get(f"{address}?group=none")) == []
    assert groups(client.get(f"{address}?sort={slug}")) == []
    assert groups(client.get(f"{address}?sort={slug}&group=region")) == by_region


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("question=nowhere", "This page has no question “nowhere”."),
        ("sort=nowhere", "This page has no sort “nowhere”."),
        ("group=nowhere", "This page has no group “nowhere”."),
        ("format=pdf", "This page has no format “pdf”."),
        ("group=none&group=region", "“group” is given more than once."),
    ],
)
def test_a_value_that_the_page_does_not_have_is_named(client, programme, query, said):
    page = client.get(f"{programme.get_absolute_url()}?{query}")
    assert page.status_code == 400
    assert said in text(page)


def test_an_unknown_parameter_is_named_and_ignored(client, programme):
    page = client.get(f"{programme.get_absolute_url()}?nonsense=1&format=")
    assert page.status_code == 200
    assert "We do not recognise “nonsense”" in text(page)


def test_every_number_opens_exactly_its_forces(client, programme):
    question = programme.questions.last()
    address = f"{programme.get_absolute_url()}?question={question.slug}"
    claims = claims_of([(address, client.get(address))])
    assert len(claims) > 12
    assert wrong(claims) == []


def test_the_map_shows_the_question_that_the_address_chooses(client, programme):
    grading = Grading.objects.create(
        inspection=programme.inspections.first(),
        organisation=Organisation.objects.get(slug="kent"),
        question=programme.questions.last(),
        grade=Grade.GOOD,
    )
    address = programme.get_absolute_url()
    chosen = tiles(client.get(f"{address}?question={grading.question.slug}"))
    assert "grade-good" in chosen["/forces/kent/"].classes
    assert "grade-good" not in tiles(client.get(address))["/forces/kent/"].classes


def test_forces_that_came_or_went_are_counted_as_they_were_when_inspected(client, programme):
    gone = grading_of(programme).organisation
    yesterday = timezone.localdate() - timedelta(days=1)
    gone.valid_to = yesterday
    gone.save()
    young = factories.force.make(region=gone.region, ons_code="E23000099", valid_from=yesterday)
    page = client.get(programme.get_absolute_url())
    found = rows(page)
    assert found[str(gone)][4] == "3 of 3"
    assert found[str(young)] == ["no grade known: did not exist then"]
    claims = claims_of([(programme.get_absolute_url(), page)])
    assert claims
    assert all("exists=when-inspected" in address for address in claims)
    assert wrong(claims) == []


def test_a_file_has_a_row_for_each_force_and_question_in_the_order_of_the_page(client, programme):
    address = programme.get_absolute_url()
    forces = list(rows(client.get(f"{address}?group=none")))
    answer = client.get(f"{address}?group=none&format=json")
    held = json.loads(answer.getvalue())
    assert held["about"]["rows"] == len(held["rows"]) == 3 * len(forces)
    names = dict(Organisation.objects.values_list("slug", "short_name"))
    assert [names[row["organisation"]] for row in held["rows"][::3]] == forces
    grading = grading_of(programme)
    (row,) = (
        row
        for row in held["rows"]
        if (row["organisation"], row["question"])
        == (grading.organisation.slug, grading.question.slug)
    )
    assert row["grade_name"] == grading.get_grade_display()
    assert (row["published_on"], row["certainty"]) == ("2025-01-15", "read")
    unknown = next(row for row in held["rows"] if row["organisation"] == "kent")
    assert (unknown["grade"], unknown["missing_reason"]) == (None, "not_found")
    assert (unknown["certainty"], unknown["sources"]) == (None, [])
    book = load_workbook(BytesIO(client.get(f"{address}?format=xlsx").getvalue()))
    assert book.active.max_row == 1 + len(held["rows"])
    lines = client.get(f"{address}?format=csv").getvalue().decode().splitlines()
    assert len(lines) == 1 + len(held["rows"])
    assert lines[0].removeprefix("\ufeff").split(",") == list(row)
    table = json.loads(client.get(f"{address}?format=csvm").content)
    assert [one["name"] for one in table["tableSchema"]["columns"]] == list(row)


def test_the_grades_of_a_programme_are_a_dataset_whose_files_are_there(client, programme):
    page = client.get(programme.get_absolute_url())
    (script,) = (script for script in elements(page, "script") if script.held)
    graph = {item["@type"]: item for item in json.loads(script.held[0])["@graph"]}
    files = graph["Dataset"]["distribution"]
    assert len(files) == 3
    for file in files:
        answer = client.get(file["contentUrl"].removeprefix("http://testserver"))
        assert answer["Content-Type"].startswith(file["encodingFormat"])
        assert answer.getvalue()


def test_an_inspection_leads_to_its_programme(client, programme):
    inspection = programme.inspections.first()
    links = hrefs(client.get(inspection.get_absolute_url()))
    assert programme.get_absolute_url() in links


def test_a_file_names_the_sources_of_each_grade(client, programme):
    factories.grading_citation.make(grading=grading_of(programme), locator="¶9")
    held = json.loads(client.get(f"{programme.get_absolute_url()}?format=json").getvalue())
    (row,) = (row for row in held["rows"] if row["locators"] == ["¶9"])
    assert row["attributions"] == ["press"]


def test_a_page_of_43_forces_and_nine_questions_is_light_and_asks_as_little_as_a_small_one():
    sizes = {}
    for forces in (1, 43):
        made = factories.graded_programme(forces=forces)
        with CaptureQueriesContext(connection) as asked:
            page = Client(headers=BROWSER).get(made.get_absolute_url())
        sizes[forces] = len(asked), len(page.content)
    assert sizes[1][0] == sizes[43][0] <= MOST_QUERIES
    assert sizes[43][1] <= MOST_BYTES


def test_a_break_with_the_cycle_before_is_said(client):
    before = factories.programme.make(scale=Scale.FOUR)
    factories.inspection.make(programme=before)
    made = factories.graded_programme(
        forces=1, follows=before, not_comparable_because="Made up: the scale changed."
    )
    said = text(client.get(made.get_absolute_url()))
    assert f"Cannot be compared with {before}: Made up: the scale changed." in said


def test_a_programme_of_which_nothing_is_published_has_no_page(client, programme):
    programme.inspections.update(public_at=timezone.now() + timedelta(days=1))
    assert client.get(programme.get_absolute_url()).status_code == 404


def test_a_grade_under_embargo_shows_nowhere_on_the_page(client, programme):
    grading = grading_of(programme)
    grading.inspection.public_at = None
    grading.inspection.save()
    assert str(grading.organisation) not in rows(client.get(programme.get_absolute_url()))


def test_an_old_address_of_a_programme_leads_on(client, programme):
    old = programme.get_absolute_url()
    programme.slug = "made-up-and-new"
    programme.save()
    answer = client.get(f"{old}?group=none")
    assert (answer.status_code, answer["Location"]) == (
        301,
        "/inspections/made-up-and-new/?group=none",
    )


def test_an_inspection_and_a_programme_never_have_one_slug():
    inspection, programme = factories.inspection.make(), factories.programme.make()
    for row, other in ((inspection, programme), (programme, inspection)):
        row.full_clean()
        row.slug = other.slug
        with pytest.raises(ValidationError, match="has this web address name already"):
            row.full_clean()
        row.refresh_from_db()
