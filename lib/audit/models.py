"""The audit table: one row for each change of each audited row."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import pgtrigger
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, Lower

from .conflicts import Version
from .triggers import APPEND_ONLY, NO_TRUNCATE


def row_key(table: str, row: int) -> str:
    """The key of a row in the audit, such as "findings_action:12"."""
    return f"{table}:{row}"


def old_value(column: str) -> Lower:
    """What a column held before a change, in lower case."""
    return Lower(KeyTextTransform(column, "before"))


def old_value_index(column: str) -> models.Index:
    """The index by which a row is found that once held a value in a column."""
    return models.Index(
        old_value(column),
        condition=Q(operation="UPDATE", before__has_key=column),
        name=f"change_old_{column}",
    )


class EndedBefore(models.Func):
    """The transaction of which all later ones are open, or not begun, in a query's snapshot.

    On a replica it is the oldest open one: the snapshots there do not tell which are in progress.
    """

    template = (
        "(CASE WHEN pg_is_in_recovery() THEN pg_snapshot_xmin(pg_current_snapshot())"
        " ELSE pg_snapshot_xmax(pg_current_snapshot()) END)::text::bigint"
    )
    output_field = models.BigIntegerField()


class NextTransaction(models.Func):
    """The first transaction that had not begun when a query's snapshot was taken."""

    template = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    output_field = models.BigIntegerField()


class TransactionsInProgress(models.Func):
    """The transactions before that which are open in the snapshot that a query reads."""

    template = "ARRAY(SELECT xid::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) xid)"
    output_field = ArrayField(models.BigIntegerField())


class OwnTransaction(models.Func):
    """The transaction in which a query runs; 0 if it has not written anything."""

    template = "COALESCE(pg_current_xact_id_if_assigned()::text::bigint, 0)"
    output_field = models.BigIntegerField()


class ChangeQuerySet(models.QuerySet):
    """Changes of rows, to be narrowed to one row, a version, deletions or one column."""

    def of_itself(self, table: str, row: int) -> "ChangeQuerySet":
        """The changes of a row and of its own parts."""
        return self.filter(about__contains=[row_key(table, row)])

    def of(self, table: str, row: int) -> "ChangeQuerySet":
        """The changes of a row, of its parts and of their parts."""
        parts = self.of_itself(table, row)
        called = Concat(
            "table", Value(":"), Cast("row", models.TextField()), output_field=models.TextField()
        )
        keys = parts.order_by().values_list(called, flat=True).distinct()
        return self.filter(about__overlap=ArraySubquery(keys))

    def version(self) -> Version:
        """The last of these changes, with the open transactions, which may yet add earlier ones."""
        seen = ("pk", EndedBefore(), TransactionsInProgress())
        last = self.order_by("-pk").values_list(*seen)[:1]
        return next((Version(pk, end, frozenset(writing)) for pk, end, writing in last), Version())

    def unseen(self, version: Version) -> "ChangeQuerySet":
        """The changes that a page of this version has not seen.

        Changes are numbered when they are written, not when they are committed. So a transaction
        that was open when the page was read may hold a change with a lower number than the last
        that the page saw. A version from the future has seen nothing. What the transaction of this
        query wrote itself is told by its number. A change that was restored from a backup names a
        transaction of another server, which may not even have begun here.
        """
        if version.last > Change.objects.version().last:
            return self
        was_open = Q(transaction__in=version.in_progress)
        if version.ended_before:
            since = Q(transaction__gte=version.ended_before, transaction__lt=NextTransaction())
            was_open |= since & ~Q(transaction=OwnTransaction())
        return self.filter(Q(pk__gt=version.last) | was_open)

    def deletions(self) -> "ChangeQuerySet":
        return self.filter(operation="DELETE")

    def last_changes(self, table: str) -> dict[int, datetime]:
        """When each row of a table last changed."""
        rows = self.order_by().filter(table=table).values_list("row")
        return dict(rows.annotate(models.Max("at")))

    def touched(self) -> dict[str, set[int]]:
        """The rows that these changes are about, or are parts of, by table."""
        keys = self.order_by().values_list(models.Func(F("about"), function="unnest")).distinct()
        rows: dict[str, set[int]] = {}
        for (key,) in keys:
            table, _, row = key.partition(":")
            rows.setdefault(table, set()).add(int(row))
        return rows

    def of_old_values(self, table: str, column: str, values: Iterable[str]) -> "ChangeQuerySet":
        """The changes by which a row gave up one of these values of a column, in any case."""
        return (
            self.filter(table=table, operation="UPDATE", before__has_key=column)
            .annotate(old_value=old_value(column))
            .filter(old_value__in=[value.lower() for value in values])
        )

    def of_column(
        self, model: type[models.Model], rows: list[int], column: str
    ) -> "ChangeQuerySet":
        """The changes of one column of these rows of a model."""
        table = model._meta.db_table
        return self.filter(
            about__overlap=[row_key(table, row) for row in rows],
            table=table,
            operation="UPDATE",
            before__has_key=column,
        )


class Change(models.Model):
    """One change of one row.

    It has no foreign key, so that it stays when the row or the person is deleted. `run` is the
    number of the import that made it, or that was undone by it.
    """

    at = models.DateTimeField()
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    operation = models.CharField(max_length=6)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    about = ArrayField(models.TextField())
    user = models.BigIntegerField(null=True, blank=True)
    name = models.TextField(blank=True)
    address = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    request = models.UUIDField(null=True, blank=True)
    run = models.BigIntegerField(null=True, blank=True)
    transaction = models.BigIntegerField()
    database_user = models.TextField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        # By the time, which has no index of its own: by the key, PostgreSQL would scan the table.
        ordering = ["-at", "-id"]
        default_permissions = ()
        indexes = [
            GinIndex(fields=["about"], name="change_about"),
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="change_by_user"),
            models.Index(fields=["run"], condition=Q(run__isnull=False), name="change_by_run"),
            models.Index(
                F("at").desc(),
                F("id").desc(),
                condition=Q(operation="DELETE"),
                name="change_deletions",
            ),
            # For the past: when a row was entered, or all of a table; and when one became public.
            models.Index(
                fields=["table", "row"],
                include=["at"],
                condition=Q(operation="INSERT"),
                name="change_insertions",
            ),
            old_value_index("is_draft"),
            old_value_index("is_public"),
            old_value_index("slug"),
            old_value_index("reference"),
        ]
        triggers = [
            APPEND_ONLY,
            NO_TRUNCATE,
            pgtrigger.Trigger(
                name="complete",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("context", "jsonb")],
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'Only the database itself writes the audit trail.'
                            USING ERRCODE = 'insufficient_privilege';
                    END IF;
                    IF NEW.operation = 'UPDATE' THEN
                        SELECT jsonb_object_agg(key, was.value), jsonb_object_agg(key, now.value)
                            INTO NEW.before, NEW.after
                            FROM jsonb_each(NEW.before) was
                            JOIN jsonb_each(NEW.after) now USING (key)
                            WHERE was.value <> now.value;
                        IF NEW.before IS NULL THEN
                            RETURN NULL;
                        END IF;
                    END IF;
                    context := COALESCE(
                        NULLIF(current_setting('pghistory.context_metadata', true), ''), '{}'
                    )::jsonb;
                    NEW.at := clock_timestamp();
                    NEW.user := (context ->> 'user')::bigint;
                    NEW.name := COALESCE(context ->> 'name', '');
                    NEW.address := COALESCE(context ->> 'address', '');
                    NEW.reason := COALESCE(context ->> 'reason', '');
                    NEW.run := (context ->> 'run')::bigint;
                    NEW.request := NULLIF(current_setting('pghistory.context_id', true), '')::uuid;
                    NEW.database_user := session_user;
                    NEW.transaction := pg_current_xact_id()::text::bigint;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row}"

    def rows_of(self, table: str) -> set[int]:
        """Which rows of a table it is about: itself, or those that it is a part of."""
        keys = (key.split(":") for key in self.about)
        return {int(row) for name, row in keys if name == table}

    def values_of(self, column: str) -> set[int]:
        """The rows that a column of it points at, before it and after."""
        values = {(row or {}).get(column) for row in (self.before, self.after)}
        return values - {None}


def request_has_saved(request: UUID, by: int) -> bool:
    """Whether a request of a person has changed any row that the audit covers."""
    return Change.objects.filter(user=by, request=request).exists()
