"""What the database writes down of every change of every fact, by whatever road it came: old and new, who, when and why.

Triggers write it, so that no road goes round it: a model says `@traced()`, or of which rows it is a part, as in
`@traced("action")`. Requests tell who they are for by `told_by`, and whoever knows a reason gives it by `because`.
"""

from contextlib import contextmanager
from copy import copy

import pghistory
import pgtrigger
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat

# Columns of which nothing is told: a change of these alone is no change, but for a password, of which it is told that it changed.
BOOKKEEPING = ("version", "search", "password", "last_login")
ONLY_ADDED_TO = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class ChangeQuerySet(models.QuerySet):
    def of_itself(self, table, row):
        """All that was changed of a row and of its own parts."""
        return self.filter(about__contains=[key(table, row)])

    def of(self, table, row):
        """The same, and of its parts' parts too."""
        parts = self.of_itself(table, row)
        called = Concat("table", Value(":"), Cast("row", models.TextField()), output_field=models.TextField())
        keys = parts.order_by().values_list(called, flat=True).distinct()
        return self.filter(about__overlap=ArraySubquery(keys))

    def deletions(self):
        return self.filter(operation="DELETE")

    def of_column(self, model, rows, column):
        """Whenever this column of these rows of a model was changed."""
        table = model._meta.db_table
        return self.filter(about__overlap=[key(table, row) for row in rows], table=table, operation="UPDATE", before__has_key=column)


class Change(models.Model):
    """One change of one row. Nothing here refers to a row by a key: what it tells stays when the row and the person are gone."""

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
    database_user = models.TextField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        # By a time that has no index: by the key, the few changes of one row would be looked for among all.
        ordering = ["-at", "-id"]
        default_permissions = ()
        indexes = [
            GinIndex(fields=["about"], name="change_about"),
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="change_by_user"),
            models.Index(F("at").desc(), F("id").desc(), condition=Q(operation="DELETE"), name="change_deletions"),
        ]
        triggers = [
            ONLY_ADDED_TO,
            pgtrigger.Trigger(
                name="complete",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("told", "jsonb")],
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'Only the database itself writes the trace.' USING ERRCODE = 'insufficient_privilege';
                    END IF;
                    IF NEW.operation = 'UPDATE' THEN
                        SELECT jsonb_object_agg(key, was.value), jsonb_object_agg(key, becomes.value) INTO NEW.before, NEW.after
                            FROM jsonb_each(NEW.before) was JOIN jsonb_each(NEW.after) becomes USING (key)
                            WHERE was.value <> becomes.value;
                        IF NEW.before IS NULL THEN
                            RETURN NULL;
                        END IF;
                    END IF;
                    told := COALESCE(NULLIF(current_setting('pghistory.context_metadata', true), ''), '{}')::jsonb;
                    NEW.at := clock_timestamp();
                    NEW.user := (told ->> 'user')::bigint;
                    NEW.name := COALESCE(told ->> 'name', '');
                    NEW.address := COALESCE(told ->> 'address', '');
                    NEW.reason := COALESCE(told ->> 'reason', '');
                    NEW.request := NULLIF(current_setting('pghistory.context_id', true), '')::uuid;
                    NEW.database_user := session_user;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.operation} {self.table} {self.row}"


WRITERS_STAY = pgtrigger.Trigger(
    name="writers_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func="""
        IF EXISTS (SELECT FROM public.forces_change WHERE "user" = OLD.id) THEN
            RAISE EXCEPTION 'Whoever has written anything stays: deactivate the account.' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    """,
)


def key(table, row):
    """How a trace calls a row."""
    return f"{table}:{row}"


class Trace(pgtrigger.Trigger):
    """Hands what becomes of a row to the trace."""

    name = "trace"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def __init__(self, parents=()):
        super().__init__()
        self.parents = parents

    def get_func(self, model):
        unsaid = [field.column for field in model._meta.concrete_fields if field.column in BOOKKEEPING]
        before, after = (f"to_jsonb({row})" + "".join(f" - '{column}'" for column in unsaid) for row in ("OLD", "NEW"))
        if "password" in unsaid:
            # That it was changed, never what it is or was.
            is_new = "CASE WHEN OLD.password <> NEW.password THEN '{{\"password\": \"{}\"}}' ELSE '{{}}' END::jsonb"
            before, after = f"({before}) || {is_new.format('the one before')}", f"({after}) || {is_new.format('another')}"
        about = [f"'{model._meta.db_table}:' || COALESCE(NEW.id, OLD.id)"]
        for field in map(model._meta.get_field, self.parents):
            table = field.remote_field.model._meta.db_table
            about += [f"'{table}:' || NEW.{field.column}", f"'{table}:' || OLD.{field.column}"]
        # Made of our own models' names alone; the table with its schema, before which a session may put a table of that name.
        return f"""
            INSERT INTO public.forces_change ("table", "row", operation, before, after, about) VALUES (
                TG_TABLE_NAME, COALESCE(NEW.id, OLD.id), TG_OP, {before}, {after},
                array_remove(ARRAY[{", ".join(about)}], NULL)
            );
            RETURN NULL;
        """  # noqa: S608


def elsewhere(model, name, trigger):
    """A trigger on a table that another app or Django itself made, to be installed with those of a model of ours."""
    trigger = copy(trigger)
    trigger.name, trigger.compile = name, lambda _: type(trigger).compile(trigger, model)
    return trigger


def traced(*parents):
    """Have every change of a model's rows written down, with those of what they are tied to, as part of its `parents`' history."""

    def traces(model):
        ties = [
            elsewhere(field.remote_field.through, f"trace_{field.name}", Trace([field.m2m_field_name()]))
            for field in model._meta.local_many_to_many
        ]
        pgtrigger.register(Trace(parents), *ties)(model)
        return model

    return traces


def person(user):
    """What a trace keeps of a person: the name as it is today, and the number of the account."""
    full_name = user.pk and user.get_full_name()
    return {"user": user.pk, "name": f"{user} ({full_name})" if full_name else str(user) if user.pk else ""}


@contextmanager
def told(unless_known, known):
    """Within it, every change is written down with what is known here, and what is not known from further out."""
    with pghistory.context() as held:
        before = dict(held.metadata)
        held.metadata.update(unless_known | before | known)
        try:
            yield
        finally:
            held.metadata.clear()
            held.metadata.update(before)
    if not before and connection.in_atomic_block:
        # The database would remember it until the transaction ends, of which this was but a part.
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pghistory.context_metadata', '', true), set_config('pghistory.context_id', '', true)")


def told_by(user, address):
    """Within it, every change is said to be that person's, from that address."""
    return told({}, person(user) | {"address": address or ""})


def because(reason, by=None):
    """Within it, every change is said to have this reason, and to be that person's where nobody else's is known."""
    return told(person(by) if by else {}, {"reason": reason.replace("\0", "")})
