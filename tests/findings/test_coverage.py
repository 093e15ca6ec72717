"""Nought is said only where somebody has looked."""

import json

import pytest

from findings.models import Finding
from forces.models import Organisation
from inspections.choices import Coverage
from tests import factories
from tests.pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize(
    ("coverages", "together"),
    [
        ([], Coverage.GRADES_ONLY),
        (["grades_only"], Coverage.GRADES_ONLY),
        (["whole"], Coverage.WHOLE),
        (["whole", "whole"], Coverage.WHOLE),
        (["whole", "grades_only"], Coverage.IN_PART),
        (["in_part"], Coverage.IN_PART),
    ],
)
def test_some_inspections_in_full_and_others_not_are_in_part_together(coverages, together):
    assert Coverage.together(coverages) == together


def test_no_force_reads_nought_where_its_findings_are_recorded_in_part(reader):
    dorset = Organisation.objects.get(slug="dorset")
    assert not dorset.findings.positive().exists()
    rows = json.loads(reader.get("/forces/?format=json").getvalue())["rows"]
    (row,) = (row for row in rows if row["organisation"] == "dorset")
    assert (row["strengths"], row["findings_recorded"]) == (None, "in_part")
    for address, times in (
        ("/forces/?region=south-west", 2),
        ("/regions/south-west/", 2),
        ("/compare/?organisation=dorset&organisation=gloucestershire", 1),
        ("/forces/dorset/", 1),
        ("/inspections/soc-south-west-2025/", 2),
    ):
        page = reader.get(address)
        zeros = [
            link.attributes["href"]
            for link in elements(page, "a")
            if link.attributes.get("data-count") == "0" and "kind=" in link.attributes["href"]
        ]
        assert zeros == [], address
        assert text(page).count("none recorded") >= times, address


@pytest.mark.parametrize("descending", ["", "-"])
def test_forces_without_recorded_findings_come_last_in_either_order(reader, descending):
    answer = reader.get(f"/forces/?sort={descending}strengths&format=json")
    counts = [row["strengths"] for row in json.loads(answer.getvalue())["rows"]]
    known = [count for count in counts if isinstance(count, int)]
    assert set(counts) - set(known) == {None}
    assert known == sorted(known, reverse=bool(descending)) == counts[: len(known)]


def test_an_inspection_says_how_far_its_findings_are_recorded(client):
    inspection = factories.inspection.make(findings_recorded=Coverage.GRADES_ONLY)
    assert "Findings not recorded here" in text(client.get(inspection.get_absolute_url()))
    assert "Its findings are recorded here in part." in text(
        client.get("/inspections/soc-south-west-2025/")
    )
    said = text(client.get("/inspections/"))
    assert "25 recorded in part" in said
    assert said.count("not recorded here") == 9


def test_findings_that_are_recorded_in_part_say_so_once(reader):
    for address in ("/regions/south-west/", "/forces/dorset/", "/forces/dorset/summary/"):
        said = text(reader.get(address))
        assert said.count("Only some of the report’s findings are recorded here.") == 1, address


def test_what_only_a_force_claims_is_marked_so_wherever_it_is_listed(reader):
    claimed = Finding.objects.get(reference="F20").summary
    found = Finding.objects.get(reference="F16").summary
    for address in (
        "/forces/gloucestershire/",
        "/forces/gloucestershire/summary/",
        "/inspections/soc-south-west-2025/",
    ):
        said = text(reader.get(address))
        assert f"{claimed} (claimed by the force or unit)" in said, address
        assert f"{found} (claimed" not in said, address
