"""What an import did is told in the history of each row, and taken back whole or not at all."""

import pytest
from django.db import connection
from django.utils import timezone

from findings.models import Finding, FindingCitation, Theme
from forces.models import Alias, Organisation
from inspections.models import Source
from lib.audit import history
from lib.audit.models import Change
from lib.imports.models import ImportRun
from lib.imports.undo import CannotUndo, Undo, undo_run
from tests import accounts, factories, sheets
from tests.kept import kept
from tests.sheets import csv_file, imported

from .test_running import FINDINGS, SOURCES, THEMES, finding, source

pytestmark = pytest.mark.django_db


def undo(run, by=None):
    return undo_run(run, by, timezone.now())


def obstacles(run):
    with pytest.raises(CannotUndo) as refused:
        undo(run)
    return refused.value.obstacles


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    """An import of a source, two themes and two findings on them."""
    first, second = ["made-up-1", "Made-up 1", "None."], ["made-up-2", "Made-up 2", "N."]
    with kept(django_db_blocker):
        yield imported(
            csv_file("sources", SOURCES, source("made-up-1")),
            csv_file("themes", THEMES, first, second),
            csv_file(
                "findings",
                FINDINGS,
                finding("made-up-f1", "made-up-1"),
                finding("made-up-f2", "made-up-1;made-up-2"),
            ),
            by=accounts.make("steward"),
        )


@pytest.fixture
def run(written, db):
    return ImportRun.objects.get(pk=written.pk)


# The history


def test_every_change_of_an_import_names_the_run_and_who_ran_it(run):
    changes = Change.objects.filter(run=run.pk)
    assert {change.reason for change in changes} == {
        f"Import {run.pk}: sources.csv, themes.csv, findings.csv"
    }
    assert {change.user for change in changes} == {run.by_id}
    assert {change.table for change in changes} == {
        "inspections_source",
        "findings_theme",
        "findings_finding",
        "findings_finding_themes",
        "findings_findingcitation",
    }


def test_the_history_of_a_row_names_the_run(run):
    pk = Finding.objects.get(reference="made-up-f2").pk
    changes = list(Change.objects.of("findings_finding", pk))
    reader = history.Reader(None, lambda model, rows: set())
    (entry,) = history.entries(changes, "findings_finding", pk, reader)
    assert entry.reason == run.reason


def test_changes_outside_an_import_name_none(run):
    theme = factories.theme.make()
    assert Change.objects.get(table="findings_theme", row=theme.pk).run is None


def test_a_run_keeps_its_files_with_their_hashes_and_counts(run):
    assert [(file["name"], len(file["sha256"]), file["kinds"]) for file in run.files] == [
        ("sources.csv", 64, ["sources"]),
        ("themes.csv", 64, ["themes"]),
        ("findings.csv", 64, ["findings"]),
    ]
    assert run.totals == {"created": 5, "changed": 0, "unchanged": 0}


# Undone


def test_undone_every_row_is_as_it_was(run):
    before = sheets.everything()
    later = imported(
        csv_file("sources", f"{SOURCES},published_on", [*source("made-up-1"), "2024-05"]),
        csv_file(
            "findings",
            FINDINGS,
            finding("made-up-f1", "made-up-2", "Somebody found it.", place="p. 2"),
            finding("made-up-f3"),
        ),
        csv_file(
            "organisations",
            "organisation,kind,name,short_name,region,formerly",
            [
                *("wiltshire", "force", "Wiltshire Police", "Wiltshire", "south-west"),
                "Made-up Constabulary (until 1974-04-01)",
            ],
        ),
    )
    assert Alias.objects.filter(name="Made-up Constabulary").exists()
    assert Source.objects.get(slug="made-up-1").published_precision == "month"
    steward = accounts.make("superuser")
    undone = undo(later, steward)
    assert sheets.everything() == before
    assert (undone.undone_by, undone.undone_at is None) == (steward, False)
    reasons = Change.objects.filter(user=steward.pk).values_list("reason", flat=True)
    assert set(reasons) == {f"Undid {undone.reason[0].lower()}{undone.reason[1:]}"}


def test_runs_are_undone_in_turn_to_the_beginning(run):
    later = imported(csv_file("themes", THEMES, ["made-up-1", "Renamed", "None."]))
    assert obstacles(run)
    undo(later)
    undo(run)
    assert not Theme.objects.filter(slug__startswith="made-up").exists()


def test_a_run_is_undone_once(run):
    undo(run)
    (sentence,) = obstacles(run)
    assert sentence.startswith("It was undone on ")


def test_an_undone_run_can_be_imported_anew(run):
    undo(run)
    again = imported(csv_file("themes", THEMES, ["made-up-1", "Made-up 1", "None."]))
    assert again.totals["created"] == 1


def test_what_undoing_does_is_said_before(run):
    assert set(Undo(run).sentences()) == {
        "It deletes 1 source.",
        "It deletes 2 themes.",
        "It deletes 2 findings.",
        "It deletes 3 finding-theme relationships.",
        "It deletes 2 finding citations.",
    }


# What keeps a run from being undone


def test_a_row_that_was_changed_since_is_named_with_when_and_why(run):
    theme = Theme.objects.get(slug="made-up-1")
    theme.definition = "Something."
    theme.save()
    before = sheets.everything()
    (sentence,) = obstacles(run)
    assert sentence.startswith("Theme “Made-up 1” was changed on ")
    assert sheets.everything() == before


def test_a_row_that_was_deleted_since_is_named(run):
    FindingCitation.objects.filter(finding__reference="made-up-f1").delete()
    (sentence,) = obstacles(run)
    assert sentence.startswith("Finding citation “p. 1” was deleted on ")


def test_rows_that_refer_to_what_would_go_are_counted(run):
    finding = Finding.objects.get(reference="made-up-f1")
    factories.response.make(inspection=None, finding=finding)
    assert obstacles(run) == ["1 response added since refer to its findings."]


def test_what_is_only_ever_added_is_never_taken_back(run):
    headings = "finding,closure_status,confirmed_on,source,locator,attribution"
    row = ["made-up-f1", "closed", "2026-01-02", "made-up-1", "p. 1", "press"]
    assert obstacles(imported(csv_file("closures", headings, row))) == [
        "It added 1 confirmation, and this is only ever added."
    ]


def test_runs_are_never_deleted(run):
    with pytest.raises(Exception, match="Cannot delete"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM imports_importrun WHERE id = %s", [run.pk])


def test_a_force_whose_name_changed_back_keeps_its_other_rows(run):
    force = Organisation.objects.get(slug="wiltshire")
    headings = "organisation,kind,name,short_name,region"
    row = ["wiltshire", "force", "Made-up Constabulary", "Wiltshire", "south-west"]
    undo(imported(csv_file("organisations", headings, row)))
    force.refresh_from_db()
    assert force.name == "Wiltshire Police"
    assert ImportRun.objects.latest("pk").undone_at
