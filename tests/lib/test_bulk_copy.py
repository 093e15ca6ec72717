from datetime import UTC, date, datetime

import pytest
from django.db import connection

from findings.models import Finding, ProgressUpdate, Theme
from forces.models import Region
from inspections.models import Source
from lib.audit.data_version import DataVersions
from lib.audit.models import Change, row_key
from lib.bulk_copy import analyze, copy_create, copy_rows
from tests import factories

pytestmark = pytest.mark.django_db

HARD = "\\N, \\. a\ttab,\r\nlines, 'quotes' \"and\" — a null: \\0"


def stored(row):
    """What the database and the audit trail hold of a row, without its key."""
    values = type(row).objects.filter(pk=row.pk).values().get()
    change = Change.objects.get(table=row._meta.db_table, row=row.pk, operation="INSERT")
    about = set(change.about) - {row_key(change.table, row.pk)}
    assert len(about) == len(change.about) - 1
    told = (change.operation, change.before, about, change.name, change.database_user)
    return [{**each, "id": None} for each in (values, change.after)], told


@pytest.mark.parametrize(
    "make",
    [
        lambda: Source(slug="copied", publisher=HARD, title="", url=None, kind="press"),
        lambda: Theme(name="None", slug="copied", definition=HARD),
        lambda: Finding(
            inspection=factories.inspection.make(slug="copied"),
            reference="C1",
            kind="weakness",
            summary=f"{HARD} nobody’s IT",
            is_region_wide=True,
        ),
        lambda: ProgressUpdate(
            action=factories.action.make(),
            moved_from="not_started",
            status="complete",
            note="Done.",
            by=factories.staff.make(),
            at=datetime(2025, 6, 1, 12, 30, 0, 5, UTC),
        ),
    ],
)
def test_a_copied_row_is_stored_and_audited_as_one_that_the_orm_writes(make):
    (copied,) = copy_create([make()])
    assert (copied._state.adding, copied._state.db) == (False, "default")
    seen = stored(copied)
    type(copied).objects.filter(pk=copied.pk).delete()
    copied.pk = None
    (usual,) = type(copied).objects.bulk_create([copied])
    assert stored(usual) == seen


def test_copied_rows_get_the_keys_between_those_of_the_orm_and_the_defaults_of_their_fields():
    before = Theme.objects.create(name="One", slug="one", definition="None.")
    copied = copy_create(Theme(name=f"{n}", slug=f"n-{n}", definition="None.") for n in (2, 3))
    copy_rows(Source, ["slug", "publisher", "kind"], [("copied", "Nobody", "press")])
    after = Theme.objects.create(name="Four", slug="four", definition="None.")
    assert [one.pk - before.pk for one in (*copied, after)] == [1, 2, 3]
    source = Source.objects.get(slug="copied")
    assert (source.url, source.title, source.published_precision) == (None, "", "day")
    assert copy_create([]) == []


def test_copying_moves_the_version_of_the_data():
    versions = DataVersions("inspections_inspection", "public_at")
    before = versions.read().version
    rows = [(f"copied-{n}", "Nobody", "press", date(2025, 1, 15)) for n in range(3)]
    copy_rows(Source, ["slug", "publisher", "kind", "published_on"], rows)
    assert versions.read().version.changes == before.changes + 3


def test_the_database_plans_by_rows_that_were_just_copied():
    factories.region.make(_quantity=3)
    analyze()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'forces_region'")
        (rows,) = cursor.fetchone()
    assert rows == Region.objects.count()
