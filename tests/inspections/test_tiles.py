"""The tile map: each force in its place, with its grade."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from forces.models import Organisation
from inspections.choices import Certainty
from inspections.models import Grading
from inspections.tiles import TILES
from tests.pages import text, tiles

pytestmark = pytest.mark.django_db


def test_every_force_with_a_police_area_has_a_tile_of_its_own():
    areas = Organisation.objects.filter(ons_code__isnull=False)
    assert set(TILES) == set(areas.values_list("slug", flat=True))
    places = [(tile.column, tile.row) for tile in TILES.values()]
    assert len(set(places)) == len(places)
    labels = [tile.label for tile in TILES.values()]
    assert len(set(labels)) == len(labels)


def test_each_tile_leads_to_its_force_and_says_its_grade_aloud(reader):
    found = tiles(reader.get("/inspections/soc/"))
    assert len(found) == len(TILES)
    tile = found["/forces/gloucestershire/"]
    (aloud,) = (part for part in tile.all("span") if "visually-hidden" in part.classes)
    assert aloud.text == "Gloucestershire: Inadequate"
    hidden = [part.text for part in tile.all() if part.attributes.get("aria-hidden") == "true"]
    assert hidden == ["Glo", "I"]
    assert {"grade-inadequate", "column-4", "row-7"} <= set(tile.classes)


def test_a_tile_marks_what_a_reader_should_know_of_its_grade(client):
    grading = Grading.objects.get(organisation__slug="gloucestershire")
    grading.certainty, grading.note = Certainty.INFERRED, "Made up."
    grading.save()
    for address in ("/", "/inspections/soc/"):
        page = client.get(address)
        tile = tiles(page)["/forces/gloucestershire/"]
        assert "I≈" in tile.text
        assert "Gloucestershire: Inadequate, worked out, not read in a source" in tile.text
        assert "≈ worked out, not read in a source." in text(page), "the key is in sight"


def test_the_map_names_the_forces_without_a_tile(reader):
    assert "Not on the map: British Transport Police, adequate." in text(
        reader.get("/inspections/soc/")
    )


def test_the_style_sheet_has_a_place_for_every_tile():
    style = Path(finders.find("css/components.css")).read_text()
    for tile in TILES.values():
        assert f".column-{tile.column} {{" in style
        assert f".row-{tile.row} {{" in style
