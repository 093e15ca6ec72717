"""The pages of the programmes on the whole record."""

import pytest
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.models import Programme
from inspections.tiles import TILES
from tests.crawl import BROWSER
from tests.pages import elements, text, tiles

from .test_programmes import MOST_BYTES, MOST_QUERIES, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("record"), pytest.mark.slow]

PEEL = "/inspections/peel-2023-25/"
RESPONDING = f"{PEEL}?question=responding-to-the-public"


def test_every_force_of_england_and_wales_has_a_row(reader):
    found = rows(reader.get(PEEL))
    assert len(found) == len(TILES) == 43
    for name in ("Dyfed-Powys", "Kent", "Norfolk"):
        assert found[name] == ["no grade known: not found in our sources"]
    assert "Dyfed-Powys, Kent and Norfolk: not found in our sources." in text(reader.get(PEEL))


def test_eight_or_nine_graded_questions_are_said_force_by_force(reader):
    known = {name: cells[-1] for name, cells in rows(reader.get(PEEL)).items()}
    assert known["Avon and Somerset"] == "8 of 8"
    assert known["Bedfordshire"] == "9 of 9"
    assert known["Derbyshire"] == "8 of 9"


def test_wiltshire_s_grades_add_up(reader):
    cells = rows(reader.get(PEEL))["Wiltshire"][:9]
    assert [
        sum(cell.startswith(word) for cell in cells)
        for word in ("Outstanding", "Good", "Adequate", "Requires imp.", "Inadequate")
    ] == [0, 2, 3, 4, 0]


def test_a_corrected_grade_is_the_newest_and_says_so(reader):
    page = reader.get(RESPONDING)
    assert rows(page)["Northamptonshire"][2] == "Requires imp.*, corrected after publication"
    assert (
        "Northamptonshire, responding to the public: corrected on 8 August 2024 from adequate to "
        "requires improvement." in text(page)
    )
    tile = tiles(page)["/forces/northamptonshire/"]
    assert "grade-requires-improvement" in tile.classes


def test_a_grade_on_which_sources_differ_shows_no_grade(reader):
    page = reader.get("/inspections/peel-2021-22/")
    assert rows(page)["West Yorkshire"][3] == "≠sources differ"
    assert "West Yorkshire, responding to the public: sources differ." in text(page)


def test_a_break_between_cycles_is_said(reader):
    assert "Cannot be compared with PEEL 2021/22" in text(reader.get(PEEL))


def test_the_pages_of_the_largest_programmes_are_light_and_ask_little():
    client = Client(headers=BROWSER)
    heavy = {}
    size = Count("questions__gradings")
    for programme in Programme.objects.alias(size=size).order_by("-size")[:4]:
        with CaptureQueriesContext(connection) as asked:
            page = client.get(programme.get_absolute_url())
        assert page.status_code == 200
        if len(asked) > MOST_QUERIES or len(page.content) > MOST_BYTES:
            heavy[programme.slug] = len(asked), len(page.content)
    assert heavy == {}


def test_inspections_of_one_force_are_folded_under_their_programme(reader):
    page = reader.get("/inspections/")
    sections = {
        heading.attributes["id"]: heading.closest("section") for heading in elements(page, "h2")
    }
    assert next(iter(sections)) == "soc", "the programme with the newest inspection comes first"
    assert set(sections) == set(Programme.objects.values_list("slug", flat=True))
    peel = sections["peel-2023-25"]
    (folded,) = peel.all("details")
    assert "open" not in folded.attributes
    links = {link.attributes["href"] for link in folded.all("a")}
    assert "/inspections/peel-2023-25-gloucestershire/" in links
    assert PEEL in {link.attributes["href"] for link in peel.all("a")}
    assert not list(sections["soc"].all("details"))
