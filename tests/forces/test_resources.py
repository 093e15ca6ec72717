"""What import files say of regions, forces and units."""

from datetime import date

import pytest

from forces.models import Alias, Organisation
from tests.sheets import changes, csv_file, imported, previewed, refusals

pytestmark = pytest.mark.django_db

FORCE = "organisation,kind,name,short_name,region"
FIELDWORK = "inspection,organisation,fieldwork_from,fieldwork_to,source,locator,attribution"


def force(slug="made-up", **changed):
    row = {"kind": "force", "name": "Made-up Police", "short_name": "Made-up"} | changed
    return [slug, row["kind"], row["name"], row["short_name"], changed.get("region", "south-west")]


def of_fieldwork(*names):
    """What is wrong with a file whose rows name forces so."""
    rows = [
        ["soc-south-west-2025", name, "2024-06", "2024-07", "hmicfrs-south-west-2025", "x", "press"]
        for name in names
    ]
    return refusals(csv_file("fieldwork", FIELDWORK, *rows))


def test_a_force_is_known_by_many_spellings():
    wiltshire = [
        *("wiltshire", "Wiltshire Police", "WILTSHIRE", "wiltshire constabulary", "E23000038"),
        *("Wiltshire\u00a0Police ", "Wiltshire\nPolice"),
    ]
    for name in wiltshire:
        assert of_fieldwork(name) == [], name
    assert len(of_fieldwork(*wiltshire[:2])) == 1  # both rows cite the same place for the same


def test_a_name_that_several_have_is_refused_with_all_of_them():
    (problem,) = previewed(
        csv_file(
            "fieldwork",
            FIELDWORK,
            [
                "soc-south-west-2025",
                "WM",
                "2024-06",
                "2024-07",
                "hmicfrs-south-west-2025",
                "x",
                "press",
            ],
        )
    ).problems
    assert problem.rule == "This may be more than one force or unit."
    assert problem.mend == "Write west-mercia or west-midlands."


def test_a_name_that_nobody_has_is_refused_with_those_most_like_it():
    (problem,) = previewed(
        csv_file("organisations", f"{FORCE},successor", [*force(), "Gloucestershir"])
    ).problems
    assert problem.address == "organisations!F2"
    assert problem.mend == "Did you mean gloucestershire or leicestershire?"


def test_a_force_is_added_with_its_other_names_and_old_ones():
    rows = [*force(), "Made;MUP", "Old Made-up (until 2015-04-01)"]
    file = csv_file("organisations", f"{FORCE},also_called,formerly", rows)
    imported(file)
    aliases = Alias.objects.filter(organisation__slug="made-up").order_by("pk")
    assert list(aliases.values_list("name", "valid_to")) == [
        ("Made", None),
        ("MUP", None),
        ("Old Made-up", date(2015, 4, 1)),
    ]
    assert changes(previewed(file)) == {"organisations": (0, 0, 1)}


def test_an_old_name_gets_its_end_and_the_preview_says_so():
    imported(csv_file("organisations", f"{FORCE},also_called", [*force(), "Made"]))
    file = csv_file("organisations", f"{FORCE},formerly", [*force(), "Made (until 2020-01-01)"])
    (kind,) = previewed(file).kinds
    assert [tuple(change) for change in kind.changed[0].changes] == [
        ("formerly", "Made", "Made (until 2020-01-01)")
    ]


def test_an_other_name_is_no_other_s():
    rows = [*force(), "Wilts;SWROCU"]
    taken = Alias.objects.create(
        organisation=Organisation.objects.get(slug="wiltshire"), name="Wilts"
    )
    file = csv_file("organisations", f"{FORCE},also_called", rows)
    assert refusals(file) == [("F2", f"“{taken.name}” already names another.")]


def test_a_merger_is_written_in_one_file_whatever_the_order_of_its_rows():
    headings = f"{FORCE},valid_from,valid_to,successor"
    file = csv_file(
        "organisations",
        headings,
        [*force("before", name="Before Police", short_name="Before"), "", "2015-04-01", "after"],
        [*force("after", name="After Police", short_name="After"), "2015-04-01", "", ""],
    )
    imported(file)
    before = Organisation.objects.get(slug="before")
    assert (before.successor.slug, before.valid_to) == ("after", date(2015, 4, 1))


def test_only_what_has_ended_has_a_successor():
    file = csv_file("organisations", f"{FORCE},successor", [*force(), "wiltshire"])
    assert refusals(file) == [("F2", "Only a force or unit that has ended has a successor.")]


def test_a_region_has_one_current_unit():
    file = csv_file("organisations", FORCE, force(kind="unit"))
    assert refusals(file) == [("E2", "This region already has a current regional unit.")]
