"""The triggers that write every change down, so that no road to the database goes round them.

A model says `@audited()`, or of which rows it is a part, as in `@audited("action")`.
"""

from copy import copy

import pgtrigger

# Columns of which nothing is told: a change of these alone is no change, but for a password, of which it is told that it changed.
UNAUDITED_COLUMNS = ("search", "password", "last_login")
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
AUTHORS_STAY = pgtrigger.Trigger(
    name="authors_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func="""
        IF EXISTS (SELECT FROM public.audit_change WHERE "user" = OLD.id) THEN
            RAISE EXCEPTION 'Whoever has written anything stays: deactivate the account.' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    """,
)


class AuditTrigger(pgtrigger.Trigger):
    """Hands what becomes of a row to the trace."""

    name = "audit"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def __init__(self, parents=()):
        super().__init__()
        self.parents = parents

    def get_func(self, model):
        unsaid = [
            field.column
            for field in model._meta.concrete_fields
            if field.column in UNAUDITED_COLUMNS
        ]
        before, after = (
            f"to_jsonb({row})" + "".join(f" - '{column}'" for column in unsaid)
            for row in ("OLD", "NEW")
        )
        if "password" in unsaid:
            # That it was changed, never what it is or was.
            is_new = "CASE WHEN OLD.password <> NEW.password THEN '{{\"password\": \"{}\"}}' ELSE '{{}}' END::jsonb"
            before, after = (
                f"({before}) || {is_new.format('the one before')}",
                f"({after}) || {is_new.format('another')}",
            )
        about = [f"'{model._meta.db_table}:' || COALESCE(NEW.id, OLD.id)"]
        for field in map(model._meta.get_field, self.parents):
            table = field.remote_field.model._meta.db_table
            about += [f"'{table}:' || NEW.{field.column}", f"'{table}:' || OLD.{field.column}"]
        # Made of our own models' names alone; the table with its schema, before which a session may put a table of that name.
        return f"""
            INSERT INTO public.audit_change ("table", "row", operation, before, after, about) VALUES (
                TG_TABLE_NAME, COALESCE(NEW.id, OLD.id), TG_OP, {before}, {after},
                array_remove(ARRAY[{", ".join(about)}], NULL)
            );
            RETURN NULL;
        """  # noqa: S608


def on_table_of(model, name, trigger):
    """A trigger on a table that another app or Django itself made, to be installed with those of a model of ours."""
    trigger = copy(trigger)
    trigger.name, trigger.compile = name, lambda _: type(trigger).compile(trigger, model)
    return trigger


def audited(*parents):
    """Have every change of a model's rows written down, with those of what they are tied to, as part of its `parents`' history."""

    def register(model):
        ties = [
            on_table_of(
                field.remote_field.through,
                f"audit_{field.name}",
                AuditTrigger([field.m2m_field_name()]),
            )
            for field in model._meta.local_many_to_many
        ]
        pgtrigger.register(AuditTrigger(parents), *ties)(model)
        return model

    return register
