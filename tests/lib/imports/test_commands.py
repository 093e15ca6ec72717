"""Imports and downloads by command: a dry run unless told, and every error at once."""

import io

import pytest
from django.core.management import CommandError, call_command

from findings.models import Theme
from inspections.models import Inspection
from lib.imports.models import ImportRun
from tests import accounts, sheets
from tests.sheets import csv_file

from .test_running import THEMES

pytestmark = pytest.mark.django_db
GOOD = csv_file("made-up", THEMES, ["made-up-1", "Made-up 1", "None."])
BAD = csv_file("made-up", THEMES, ["made-up-1", "", "N/A"], ["made-up-2", "", "None."])
INSPECTIONS = csv_file(
    "inspections",
    "inspection,programme,title,published_on,public_at",
    ["made-up", "soc", "Made up", "2025-01-15", "2025-01-15 00:01"],
)


@pytest.fixture
def run(tmp_path):
    """Imports files, and gives back what was printed: by the way, and of errors."""

    def call(*files, **options):
        paths = []
        for file in files:
            paths.append(tmp_path / file.name)
            paths[-1].write_bytes(file.data)
        out, errors = io.StringIO(), io.StringIO()
        try:
            call_command("import_data", *map(str, paths), stdout=out, stderr=errors, **options)
        except SystemExit as end:
            assert end.code == 1
            assert errors.getvalue()
        return out.getvalue(), errors.getvalue()

    return call


def test_a_dry_run_says_what_would_be_done_and_does_nothing(run):
    out, errors = run(GOOD)
    assert out.splitlines() == [
        "Themes: 1 to create, 0 to change, 0 unchanged, 0 rejected.",
        "Nothing was written: this was a dry run. --commit writes.",
    ]
    assert (errors, Theme.objects.filter(slug="made-up-1").exists()) == ("", False)


def test_a_commit_writes_and_names_the_run(run):
    out, _ = run(GOOD, commit=True)
    run = ImportRun.objects.get(files__0__name="made-up.csv")
    assert f"Written as import {run.pk}." in out
    assert Theme.objects.filter(slug="made-up-1").exists()


def test_each_cell_that_changes_is_printed_and_each_row_that_vanished(run):
    run(GOOD, csv_file("more", THEMES, ["made-up-2", "Made-up 2", "None."]), commit=True)
    out, _ = run(csv_file("more", THEMES, ["made-up-1", "Renamed", "None."]))
    assert "  made-up-1, name: Made-up 1 → Renamed" in out
    assert "  Not in the file, left as they are: 1: made-up-2" in out


def test_all_errors_are_printed_and_the_command_fails(run):
    _, errors = run(BAD, commit=True)
    assert [line.partition(":")[0] for line in errors.splitlines()] == [
        "made-up.csv, made-up!B2, name",
        "made-up.csv, made-up!C2, definition “N/A”",
        "made-up.csv, made-up!B3, name",
        "3 errors. Nothing was written.",
    ]
    assert not Theme.objects.filter(slug__startswith="made-up").exists()


def test_an_inspection_is_a_draft_unless_the_command_says_otherwise(run):
    run(INSPECTIONS, commit=True)
    assert Inspection.objects.get(slug="made-up").public_at is None
    run(INSPECTIONS, commit=True, as_published=True)
    assert Inspection.objects.get(slug="made-up").public_at.year == 2025
    run(INSPECTIONS, commit=True)
    assert Inspection.objects.get(slug="made-up").public_at.year == 2025


def test_an_import_is_somebody_s_where_they_are_named(run):
    steward = accounts.make("steward")
    run(GOOD, commit=True, by="steward")
    assert ImportRun.objects.get(files__0__name="made-up.csv").by == steward
    with pytest.raises(CommandError, match="There is no account 'nobody'"):
        run(GOOD, by="nobody")


def test_a_kind_or_a_file_that_is_not_there_is_named(run, tmp_path):
    with pytest.raises(CommandError, match="There is no kind 'things'"):
        run(GOOD, kind="things")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_data", str(tmp_path / "no such file.csv"))
    with pytest.raises(CommandError, match="Name a file, or say --facts"):
        call_command("import_data")


def test_the_facts_that_come_with_the_site_need_no_names(run, settings, tmp_path):
    settings.FACTS = tmp_path / "facts"
    settings.FACTS.mkdir()
    (settings.FACTS / "themes.csv").write_bytes(GOOD.data)
    said, _ = run(facts=True)
    assert "Themes: 1 to create, 0 to change" in said


# All that is stored, out and in again


def test_all_that_is_stored_is_written_as_files_that_import_without_a_change(tmp_path):
    call_command("export_data", str(tmp_path), verbosity=0)
    paths = sorted(tmp_path.glob("*.csv"))
    files = [sheets.SentFile(path.name, path.read_bytes()) for path in paths]
    preview = sheets.previewed(*files, as_published=True)
    assert [str(problem) for problem in preview.problems] == []
    assert preview.changes == 0
    stored = sum(kind.unchanged for kind in preview.kinds)
    assert stored > 200
    assert all(kind.vanished == [] for kind in preview.kinds)


def test_a_formula_in_a_text_is_defused_and_read_as_it_was(run, tmp_path):
    run(csv_file("themes", THEMES, ["made-up-1", "Made-up 1", "-1 + 1"]), commit=True)
    assert Theme.objects.get(slug="made-up-1").definition == "-1 + 1"
    call_command("export_data", str(tmp_path / "out"), verbosity=0)
    data = (tmp_path / "out" / "themes.csv").read_bytes()
    assert b"'-1 + 1" in data
    assert sheets.previewed(sheets.SentFile("themes.csv", data)).changes == 0
