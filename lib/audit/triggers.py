"""Triggers that write every change to the audit table, however it reaches the database.

A model says `@audited()`. If it is a part of other rows, it names them: `@audited("action")`.
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import TypeVar

import pgtrigger
from django.db.models import Model

AnyModel = TypeVar("AnyModel", bound=type[Model])

# Columns that are not audited. For a password, only the fact that it changed is.
UNAUDITED_COLUMNS = ("search", "password", "last_login")
# The columns of the audit table that a trigger fills; the table's own trigger fills the rest.
COLUMNS = '"table", "row", operation, before, after, about'
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
# TRUNCATE fires no trigger of a row: nobody could tell what went, and kept pages would stay.
NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func="""
        RAISE EXCEPTION 'Each change of this table is recorded. Use DELETE, not TRUNCATE.'
            USING ERRCODE = 'restrict_violation';
    """,
)
AUTHORS_STAY = pgtrigger.Trigger(
    name="authors_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func="""
        IF EXISTS (SELECT FROM public.audit_change WHERE "user" = OLD.id) THEN
            RAISE EXCEPTION 'An account that has written anything stays. Deactivate it instead.'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    """,
)


class AuditTrigger(pgtrigger.Trigger):
    """Writes each change of a row to the audit table, for it and for the rows of `parents`."""

    name = "audit"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def __init__(self, parents: Sequence[str] = ()) -> None:
        super().__init__()
        self.parents = parents

    def get_func(self, model: type[Model]) -> str:
        unaudited = [
            field.column
            for field in model._meta.concrete_fields
            if field.column in UNAUDITED_COLUMNS
        ]
        before, after = (
            f"to_jsonb({row})" + "".join(f" - '{column}'" for column in unaudited)
            for row in ("OLD", "NEW")
        )
        if "password" in unaudited:
            # The fact that it changed, never its value.
            is_new = (
                "CASE WHEN OLD.password <> NEW.password"
                " THEN '{{\"password\": \"{}\"}}' ELSE '{{}}' END::jsonb"
            )
            before, after = (
                f"({before}) || {is_new.format('the one before')}",
                f"({after}) || {is_new.format('another')}",
            )
        about = [f"'{model._meta.db_table}:' || COALESCE(NEW.id, OLD.id)"]
        for field in map(model._meta.get_field, self.parents):
            table = field.remote_field.model._meta.db_table
            about += [f"'{table}:' || NEW.{field.column}", f"'{table}:' || OLD.{field.column}"]
        # Only names from our own models are put into the SQL. It names the schema, or a session
        # could put another table of the same name before it.
        return f"""
            INSERT INTO public.audit_change ({COLUMNS}) VALUES (
                TG_TABLE_NAME, COALESCE(NEW.id, OLD.id), TG_OP, {before}, {after},
                array_remove(ARRAY[{", ".join(about)}], NULL)
            );
            RETURN NULL;
        """  # noqa: S608


def on_table_of(model: type[Model], name: str, trigger: pgtrigger.Trigger) -> pgtrigger.Trigger:
    """A trigger on the table of another app, to be registered with a model of ours."""
    trigger = copy(trigger)
    trigger.name, trigger.compile = name, lambda _: type(trigger).compile(trigger, model)
    return trigger


def audited(*parents: str) -> Callable[[AnyModel], AnyModel]:
    """Audit a model's rows and many-to-many links, also in the history of its `parents`."""

    def register(model: AnyModel) -> AnyModel:
        links = [
            on_table_of(field.remote_field.through, f"{trigger.name}_{field.name}", trigger)
            for field in model._meta.local_many_to_many
            for trigger in (AuditTrigger([field.m2m_field_name()]), NO_TRUNCATE)
        ]
        pgtrigger.register(AuditTrigger(parents), NO_TRUNCATE, *links)(model)
        return model

    return register
