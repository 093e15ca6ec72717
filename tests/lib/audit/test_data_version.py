"""The version of the data grows with every change that is committed, and with nothing else."""

import os
from contextlib import closing
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from findings.models import Theme
from inspections.models import Inspection
from lib.audit import data_version
from lib.audit.data_version import DataVersions, Settled, one_moment, reading
from lib.audit.models import Change


def new():
    return DataVersions("inspections_inspection", "public_at")


def rename(name, slug="workforce"):
    Theme.objects.filter(slug=slug).update(name=name)


@pytest.fixture
def second():
    """Another connection to the database, in a transaction that it has to commit."""
    params = connection.get_connection_params()
    params.pop("cursor_factory", None)
    with closing(psycopg2.connect(**params)) as other:
        yield other


@pytest.mark.django_db
def test_a_change_makes_a_new_version_and_reading_makes_none():
    versions = new()
    first = versions.read().version
    assert first.changes == Change.objects.count()
    assert versions.read().version == first
    rename("Another name")
    second = versions.read().version
    assert second == new().read().version
    assert second.changes == first.changes + 1
    assert second.writer and not first.writer


@pytest.mark.django_db
def test_a_connection_keeps_the_plan_of_the_newest_question_and_answers_no_other_with_it():
    versions, others = new(), DataVersions("audit_change", "at")
    found, planned = [], []
    for one in (others, versions, versions, others, versions):
        with CaptureQueriesContext(connection) as captured:
            found.append(one.read().version)
        (query,) = (query["sql"] for query in captured)
        planned.append("PREPARE" in query)
    assert planned[1:] == [True, False, True, True]
    assert found[1] == found[2] == found[4] != found[3] == found[0]
    assert found[0].released_at == Change.objects.latest("at").at
    # The plan is for one point in the trail, too.
    first = Change.objects.earliest("pk").pk
    versions.settled = Settled(first, 1)
    assert versions.read().version == found[1]


@pytest.mark.django_db
def test_the_end_of_an_embargo_and_another_day_make_new_versions(monkeypatch):
    now = timezone.now()
    Inspection.objects.filter(slug="soc-south-west-2025").update(
        public_at=now + timedelta(seconds=5)
    )
    versions = new()
    seen = set()
    for later in (0, 4, 6, 7, 24 * 60 * 60):
        monkeypatch.setattr(timezone, "now", lambda at=now + timedelta(seconds=later): at)
        seen.add(versions.read().version)
    assert len(seen) == 3


@pytest.mark.django_db(transaction=True)
def test_a_transaction_with_an_earlier_number_that_ends_later_makes_a_new_version(
    second, monkeypatch
):
    monkeypatch.setattr(data_version, "MOST_COUNTED", 0)
    versions, seen = new(), []
    with second.cursor() as slow:
        slow.execute("UPDATE findings_theme SET name = 'The slow one' WHERE slug = 'workforce'")
        seen.append(versions.read().version)
        rename("The quick one", "governance")
        last = Change.objects.latest("pk")
        for _ in range(3):  # a point may be looked for, but none of these is settled
            seen.append(versions.read().version)
        assert versions.settled.up_to < last.pk
        second.commit()
    slow_one = Change.objects.filter(pk__lt=last.pk).latest("pk")
    assert slow_one.after == {"name": "The slow one"}
    seen.append(versions.read().version)
    assert [version.changes - seen[0].changes for version in seen] == [0, 1, 1, 1, 2]
    for _ in range(3):
        if versions.candidate:
            # Others' transactions on this server may be older; of this database's, none is open.
            versions.candidate = versions.candidate._replace(before=0)
        assert versions.read().version == seen[-1] == new().read().version
    assert versions.settled.up_to >= slow_one.pk


@pytest.mark.django_db(transaction=True)
def test_a_count_to_begin_with_is_that_of_settled_changes(second, monkeypatch):
    versions = new()
    with second.cursor() as slow:
        slow.execute("UPDATE findings_theme SET name = 'The slow one' WHERE slug = 'workforce'")
        rename("The quick one", "governance")
        versions.settle()
        assert versions.settled == Settled()
        second.commit()
    found = DataVersions._candidate
    # Others' transactions on this server may be older; of this database's, none is open.
    monkeypatch.setattr(DataVersions, "_candidate", lambda self: found(self)._replace(before=0))
    versions.settle()
    last = Change.objects.latest("pk").pk
    assert versions.settled == Settled(last, Change.objects.count())
    rename("Another name")
    assert versions.read().version == new().read().version


@pytest.mark.django_db
def test_the_site_reads_the_version_by_the_privileges_that_it_has_on_tables():
    """As OPERATING.md grants them, however many changes there are."""
    site = f"version_of_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {site}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {site}")
        cursor.execute(f"SET LOCAL ROLE {site}")
    versions = new()
    versions.settle()
    assert versions.read().version.changes == Change.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_page_and_its_version_are_read_at_one_moment(elsewhere):
    versions = new()
    with one_moment(), reading():
        before = versions.read().version
        elsewhere(lambda: rename("Another name"))
        assert versions.read().version == before
        assert not Theme.objects.filter(name="Another name").exists()
        with pytest.raises(Exception, match="read-only"), transaction.atomic():
            rename("Written in a page")
    assert versions.read().version.changes == before.changes + 1
    assert connection.get_autocommit()
