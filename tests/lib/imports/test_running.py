"""Files are recognised, read as a whole, and written all or nothing."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone

from findings.models import Finding, FindingCitation, Theme
from inspections.models import Source
from lib.imports.models import ImportRun
from lib.imports.running import SentFile, import_files
from lib.imports.undo import undo_run
from tests import sheets
from tests.sheets import changes, csv_file, imported, previewed, refusals, xlsx_file

pytestmark = pytest.mark.django_db

SOURCES = "source,publisher,title,kind"
THEMES = "theme,name,definition"
FINDINGS = "reference,inspection,kind,themes,summary,source,locator,attribution"
INSPECTION = "soc-south-west-2025"


def source(name, **more):
    return [name, more.get("publisher", "Nobody"), f"Page {name}", "press"]


def finding(reference, themes="", summary="Nobody found this.", place="p. 1", cited="made-up-1"):
    return [reference, INSPECTION, "weakness", themes, summary, cited, place, "press"]


def some_findings(*rows):
    return csv_file("findings", FINDINGS, *rows)


@pytest.fixture
def cited():
    imported(csv_file("sources", SOURCES, source("made-up-1"), source("made-up-2")))


# Which kind a file is


def test_a_file_is_recognised_by_its_headings_whatever_its_name():
    file = csv_file("anything", SOURCES, source("made-up-1"))
    assert changes(previewed(file)) == {"sources": (1, 0, 0)}


def test_a_cover_says_what_the_other_sheets_hold():
    rows = {"Cover": [["Kind", "themes"]], "Data": [["Theme", "Name"], ["made-up", "Made up"]]}
    preview = previewed(xlsx_file("book", rows))
    assert [problem.rule for problem in preview.problems] == [
        "New rows need the column “definition”, which is missing."
    ]


def test_headings_that_fit_several_kinds_ask_for_the_kind_and_naming_it_helps():
    file = csv_file("anything", "inspection,organisation", [INSPECTION, "Wiltshire"])
    ((place, rule),) = refusals(file)
    assert (place, rule.partition(":")[0]) == (
        "A1",
        "Its headings do not say which kind of sheet it is",
    )
    assert previewed(file, kind="fieldwork").kinds[0].resource.kind == "fieldwork"
    titled = {"Fieldwork": [["inspection", "organisation"], [INSPECTION, "Wiltshire"]]}
    preview = previewed(xlsx_file("anything", titled))
    assert [kind.resource.kind for kind in preview.kinds] == ["fieldwork"]


def test_a_heading_that_is_nearly_right_is_named_with_the_right_one():
    file = csv_file("sources", "source,publisher,title,kind,adress", [*source("made-up-1"), ""])
    assert refusals(file) == [("E1", "No column is called “adress”. Did you mean “address”?")]


def test_headings_count_in_any_case_and_with_stray_spaces():
    file = csv_file("sources", " Source ,PUBLISHER,Title\u00a0,kind", source("made-up-1"))
    assert changes(previewed(file)) == {"sources": (1, 0, 0)}


def test_a_file_that_cannot_be_read_is_an_error_with_its_name():
    (problem,) = previewed(SentFile("empty.csv", b"")).problems
    assert (problem.file, problem.rule) == ("empty.csv", "This file is empty.")


def test_columns_are_left_out_by_name_and_listed():
    file = csv_file("sources", f"{SOURCES},Officer", [*source("made-up-1"), "A. Person"])
    preview = previewed(file, leave_out=("officer",))
    assert preview.is_clean
    assert [item.why for _, item in preview.left_out] == ["The column is left out by name."]


# As a whole


def test_rows_may_name_rows_of_other_files_of_the_same_run_in_any_order():
    files = [
        some_findings(finding("made-up-f1", "made-up;Also made up")),
        csv_file(
            "themes", THEMES, ["made-up", "Made up", "None."], ["also", "Also made up", "None."]
        ),
        csv_file("sources", SOURCES, source("made-up-1")),
    ]
    imported(*files)
    themes = Finding.objects.get(reference="made-up-f1").themes
    assert set(themes.values_list("slug", flat=True)) == {"made-up", "also"}


def test_rows_may_name_later_rows_of_their_own_file():
    file = csv_file(
        "themes",
        f"{THEMES},replaced_by",
        ["made-up-old", "Made-up old", "None.", "made-up-new"],
        ["made-up-new", "Made-up new", "None.", ""],
    )
    imported(file)
    assert Theme.objects.get(slug="made-up-old").replaced_by.slug == "made-up-new"


def test_rows_that_would_name_one_another_in_a_circle_are_refused():
    file = csv_file(
        "themes",
        f"{THEMES},replaced_by",
        ["made-up-1", "Made-up 1", "None.", "made-up-2"],
        ["made-up-2", "Made-up 2", "None.", "made-up-1"],
    )
    sentence = "Themes cannot replace one another in a circle."
    assert refusals(file) == [("D2", sentence), ("D3", sentence)]


def test_a_dry_run_writes_nothing(cited):
    before = sheets.everything()
    assert changes(previewed(some_findings(finding("made-up-f1")))) == {"findings": (1, 0, 0)}
    assert sheets.everything() == before


def test_one_error_keeps_every_row_from_being_written(cited):
    before = sheets.everything()
    file = some_findings(finding("made-up-f1"), finding("made-up-f2", "no such theme"))
    preview, run = import_files([file], None, timezone.now())
    assert (run, len(preview.problems)) == (None, 1)
    assert sheets.everything() == before
    assert not ImportRun.objects.filter(files__0__name="findings.csv").exists()


def test_a_second_run_changes_nothing_and_says_so(cited):
    file = some_findings(finding("made-up-f1", "workforce;governance"), finding("made-up-f2"))
    imported(file)
    before = sheets.everything()
    assert imported(file).totals == {"created": 0, "changed": 0, "unchanged": 2}
    assert sheets.everything() == before


def test_a_preview_tells_each_cell_that_changes_from_what_to_what(cited):
    imported(some_findings(finding("made-up-f1", "workforce;governance")))
    (kind,) = previewed(
        some_findings(finding("made-up-f1", "governance;learning", "Somebody found it."))
    ).kinds
    (record,) = kind.changed
    assert [tuple(change) for change in record.changes] == [
        ("themes", "workforce;governance", "governance;learning"),
        ("summary", "Nobody found this.", "Somebody found it."),
    ]


def test_what_changes_is_written_and_nothing_else(cited):
    imported(some_findings(finding("made-up-f1", "workforce;governance"), finding("made-up-f2")))
    imported(some_findings(finding("made-up-f1", "governance;learning", "Somebody found it.")))
    changed = Finding.objects.get(reference="made-up-f1")
    assert changed.summary == "Somebody found it."
    assert set(changed.themes.values_list("slug", flat=True)) == {"governance", "learning"}
    assert Finding.objects.get(reference="made-up-f2").summary == "Nobody found this."


def test_a_column_that_a_file_lacks_stays_as_it_is(cited):
    imported(csv_file("sources", f"{SOURCES},what_was_read", [*source("made-up-1"), "All of it."]))
    imported(csv_file("sources", SOURCES, source("made-up-1", publisher="Somebody")))
    read = Source.objects.get(slug="made-up-1")
    assert (read.publisher, read.read_note) == ("Somebody", "All of it.")


def test_a_row_that_belongs_to_the_same_and_vanished_is_reported_and_stays(cited):
    imported(some_findings(finding("made-up-f1"), finding("made-up-f2")))
    file = some_findings(finding("made-up-f1"))
    (kind,) = previewed(file).kinds
    others = Finding.objects.filter(inspection__slug=INSPECTION).exclude(reference="made-up-f1")
    references = others.values_list("reference", flat=True)
    assert set(kind.vanished) == {f"{INSPECTION} / {reference}" for reference in references}
    imported(file)
    assert Finding.objects.filter(reference="made-up-f2").exists()


def test_a_row_that_vanished_from_a_file_of_the_same_name_is_reported():
    rows = [source("made-up-1"), source("made-up-2")]
    imported(csv_file("list", SOURCES, *rows))
    assert previewed(csv_file("list", SOURCES, rows[0])).kinds[0].vanished == ["made-up-2"]
    assert previewed(csv_file("another list", SOURCES, rows[0])).kinds[0].vanished == []


# One row is one fact and one source


def test_a_further_row_adds_a_source_whether_its_cells_are_blank_or_equal(cited):
    blank = ["made-up-f1", "", "", "", "", "made-up-2", "p. 2", "press"]
    equal = finding("made-up-f1", "governance;workforce", place="p. 3")
    imported(some_findings(finding("made-up-f1", "workforce;governance"), blank, equal))
    citations = FindingCitation.objects.filter(finding__reference="made-up-f1")
    assert list(citations.values_list("source__slug", "locator")) == [
        ("made-up-1", "p. 1"),
        ("made-up-2", "p. 2"),
        ("made-up-1", "p. 3"),
    ]


def test_a_further_row_that_says_something_else_is_refused_with_both_rows(cited):
    file = some_findings(
        finding("made-up-f1"), finding("made-up-f1", summary="Else.", place="p. 2")
    )
    assert refusals(file) == [
        ("E3", "Row 3 and row 2, which says “Nobody found this.”, are about the same.")
    ]


def test_a_place_is_cited_once(cited):
    file = some_findings(finding("made-up-f1"), finding("made-up-f1"))
    assert refusals(file) == [("F3", "Row 2 cites the same place for the same.")]


def test_a_fact_says_where_it_was_read(cited):
    file = some_findings(["made-up-f1", INSPECTION, "weakness", "", "None.", "", "", ""])
    assert refusals(file) == [("F2", "This row does not say where it was read.")]


def test_a_source_that_a_file_lacks_stays(cited):
    imported(some_findings(finding("made-up-f1")))
    assert changes(previewed(some_findings(finding("made-up-f1", place="p. 2")))) == {
        "findings": (0, 1, 0)
    }
    imported(some_findings(finding("made-up-f1", place="p. 2")))
    assert FindingCitation.objects.filter(finding__reference="made-up-f1").count() == 2


# What the model says


def test_what_must_be_unique_is_so_beside_what_is_stored_and_within_a_file():
    name = Theme.objects.first().name
    file = csv_file(
        "themes",
        THEMES,
        ["made-up-1", name, "None."],
        ["made-up-2", "Twice", "None."],
        ["made-up-3", "Twice", "None."],
    )
    assert refusals(file) == [
        ("B2", "Another theme has this name."),
        ("B4", "Another theme has this name. Row 3 has the same."),
    ]


def test_a_name_that_one_row_gives_up_another_may_take():
    imported(csv_file("themes", THEMES, ["made-up-1", "Made-up 1", "None."]))
    file = csv_file(
        "themes", THEMES, ["made-up-1", "Renamed", "None."], ["made-up-2", "Made-up 1", "None."]
    )
    assert previewed(file).is_clean


def test_constraints_and_lengths_are_told_of_each_row_in_their_cells(cited):
    file = some_findings(
        ["a/b", INSPECTION, "weakness", "", "None.", "made-up-1", "p. 1", "press"],
        ["made-up-f2", INSPECTION, "weakness", "", "None.", "made-up-1", "p" * 201, "press"],
    )
    (first, second) = refusals(file)
    assert (first[0], second[0]) == ("A2", "G3")


def test_what_the_database_alone_refuses_is_told_of_its_row(cited, monkeypatch):
    monkeypatch.setattr("lib.imports.checking.Checker.check_unique", lambda *_: None)
    name = Theme.objects.first().name
    rows = [[f"made-up-{n}", f"Made up {n}" if n != 3 else name, "None."] for n in range(6)]
    before = sheets.everything()
    preview, run = import_files([csv_file("themes", THEMES, *rows)], None, timezone.now())
    assert [(problem.address, problem.row) for problem in preview.problems] == [("themes!A5", 5)]
    assert run is None
    assert sheets.everything() == before


def test_the_site_s_own_role_in_the_database_may_import_and_undo(cited):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE ROLE made_up_site; GRANT SELECT, INSERT, UPDATE, DELETE"
            " ON ALL TABLES IN SCHEMA public TO made_up_site; SET LOCAL ROLE made_up_site"
        )
        rows = finding("made-up-f1", "workforce;governance"), finding("made-up-f2")
        run = imported(some_findings(*rows))
        imported(some_findings(finding("made-up-f2"), finding("made-up-f1", "learning")))
        undo_run(ImportRun.objects.latest("pk"), None, timezone.now())
        undo_run(run, None, timezone.now())
        cursor.execute("RESET ROLE")
    assert not Finding.objects.filter(reference="made-up-f1").exists()


def test_an_import_does_only_what_was_seen(cited):
    file = some_findings(finding("made-up-f1"))
    seen = previewed(file).digest
    imported(file)
    preview, run = import_files([file], None, timezone.now(), seen=seen)
    assert (preview.is_clean, run) == (True, None)


# A kill in the middle


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_in_the_middle_leaves_nothing(cited, tmp_path):
    path = tmp_path / "findings.csv"
    path.write_bytes(some_findings(finding("made-up-f1", "workforce")).data)
    before = sheets.everything()
    name = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    with transaction.atomic(), connection.cursor() as cursor:
        # Its findings are written, and it waits to write their themes.
        cursor.execute("LOCK TABLE findings_finding_themes IN SHARE MODE")
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_data", "--commit", str(path)],
            env=os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert somebody_waits_within(60)
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
            assert process.wait() == -signal.SIGKILL
    assert sheets.everything() == before
    assert not ImportRun.objects.filter(files__0__name="findings.csv").exists()


def somebody_waits_within(seconds):
    """Whether somebody else is seen to wait for the themes of findings, before the time is over."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE NOT granted AND datname = current_database()"
                " AND relation = 'findings_finding_themes'::regclass"
            )
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.02)
    return False
