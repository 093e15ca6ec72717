"""Undoing: what an import did is taken back from the audit trail, whole or not at all."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.dateformat import format as dated
from django.utils.text import capfirst

from lib.audit.conflicts import is_deadlock, retry_on_deadlock
from lib.audit.context import author_details, change_context
from lib.audit.history import columns, row_name, tables
from lib.audit.models import Change
from lib.sentences import lower_first, plural

from .models import ImportRun
from .running import lock_imports
from .writing import BATCH, constraints_now

LISTED = 20
# Rows that somebody changed after the run did, but for runs that were undone since.
LATER = """
    SELECT DISTINCT ON (later."table", later.row) later.id
    FROM (
        SELECT "table", row, max(id) AS last FROM audit_change WHERE run = %s GROUP BY 1, 2
    ) ours
    JOIN audit_change later ON later."table" = ours."table" AND later.row = ours.row
        AND later.id > ours.last
    WHERE later.run IS NULL
        OR later.run NOT IN (SELECT id FROM imports_importrun WHERE undone_at IS NOT NULL)
    ORDER BY later."table", later.row, later.id DESC
"""


class CannotUndo(Exception):
    """A run that cannot be undone; `obstacles` says in sentences what keeps it."""

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__(" ".join(obstacles))
        self.obstacles = obstacles


class Undo:
    """What undoing a run takes: rows to delete, values to restore, rows to put back."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.models = tables()
        self.created: dict[type[models.Model], set[int]] = defaultdict(set)
        self.before: dict[type[models.Model], dict[int, dict[str, Any]]] = defaultdict(dict)
        self.deleted: dict[type[models.Model], dict[int, dict[str, Any]]] = defaultdict(dict)
        changes = Change.objects.filter(run=run.pk).order_by("pk")
        for change in changes.iterator(chunk_size=2_000):
            self.add(change)

    def add(self, change: Change) -> None:
        """Take in one change; of each value, what was there first counts."""
        model = self.models[change.table]
        if change.operation == "INSERT":
            self.created[model].add(change.row)
        elif change.operation == "DELETE" and change.row in self.created[model]:
            self.created[model].discard(change.row)
        elif change.operation == "DELETE":
            earlier = self.before[model].pop(change.row, {})
            self.deleted[model][change.row] = change.before | earlier
        elif change.row not in self.created[model]:
            first = self.before[model].setdefault(change.row, {})
            self.before[model][change.row] = change.before | first

    # What stands in the way

    def obstacles(self) -> list[str]:
        """What keeps the run from being undone, in sentences; nothing if it can be."""
        if self.run.undone_at:
            return [f"It was undone on {moment(self.run.undone_at)}."]
        return [*self.only_added(), *self.changed_since(), *self.referring()]

    def only_added(self) -> Iterator[str]:
        """Rows that the database never deletes."""
        for model, trigger in pgtrigger.registered():
            kept = self.created.get(model)
            if kept and is_append_only(trigger):
                noun = nouns(model, len(kept))
                these = "this is" if len(kept) == 1 else "these are"
                yield f"It added {len(kept):,} {noun}, and {these} only ever added."

    def changed_since(self) -> Iterator[str]:
        """Rows that were changed or deleted after the run."""
        with connection.cursor() as cursor:
            cursor.execute(LATER, [self.run.pk])
            found = [pk for (pk,) in cursor.fetchall()]
        for change in Change.objects.filter(pk__in=found[:LISTED]).order_by("pk"):
            did = "deleted" if change.operation == "DELETE" else "changed"
            who = f" by {change.name}" if change.name else ""
            why = f" ({change.reason})" if change.reason else ""
            yield f"{self.called(change)} was {did} on {moment(change.at)}{who}{why}."
        if len(found) > LISTED:
            more = len(found) - LISTED
            yield f"So {plural(more, 'was', 'were')} {more} more {plural(more, 'row')}."

    def called(self, change: Change) -> str:
        """A row in words: what it is, and its name."""
        model = self.models[change.table]
        values = change.before if change.operation == "DELETE" else None
        if values is None:
            values = model._base_manager.filter(pk=change.row).values().first() or {}
        name = row_name(values) or f"no. {change.row}"
        return capfirst(f"{model._meta.verbose_name} “{name}”")

    def referring(self) -> Iterator[str]:
        """Rows that others added since, and that refer to rows which would go."""
        for model, pks in list(self.created.items()):
            for relation in model._meta.get_fields(include_hidden=True):
                if not isinstance(relation, models.ManyToOneRel):
                    continue
                other, field = relation.related_model, relation.field
                rows = other._base_manager.filter(**{f"{field.name}__in": pks})
                keys = set(rows.order_by().values_list("pk", flat=True))
                if count := len(keys - self.created.get(other, set())):
                    yield (
                        f"{count} {nouns(other, count)} added since refer to its "
                        f"{model._meta.verbose_name_plural}."
                    )

    # The work

    def sentences(self) -> list[str]:
        """What undoing does, in sentences."""
        done = (
            ("deletes", self.created),
            ("changes back", self.before),
            ("puts back", self.deleted),
        )
        return [
            f"It {verb} {len(rows):,} {nouns(model, len(rows))}."
            for verb, by_model in done
            for model, rows in by_model.items()
            if rows
        ]

    def apply(self) -> None:
        """Delete what was created, restore what was changed, put back what was deleted."""
        for model, pks in self.created.items():
            rows = model._base_manager.filter(pk__in=pks)
            rows._raw_delete(rows.db)
        for model, rows in self.deleted.items():
            back = [model(**from_audit(model, values)) for values in rows.values()]
            model._base_manager.bulk_create(back, batch_size=BATCH)
        for model, rows in self.before.items():
            alike: dict[tuple[str, ...], dict[int, dict[str, Any]]] = defaultdict(dict)
            for pk, values in rows.items():
                alike[tuple(sorted(values))][pk] = from_audit(model, values)
            for changed, values in alike.items():
                restore(model, [columns(model)[name].name for name in changed], values)


def restore(
    model: type[models.Model], fields: list[str], values: dict[int, dict[str, Any]]
) -> None:
    """Give rows the values that these fields had before."""
    rows = list(model._base_manager.filter(pk__in=values))
    for row in rows:
        for name, value in values[row.pk].items():
            setattr(row, name, value)
    model._base_manager.bulk_update(rows, fields, batch_size=BATCH)


def from_audit(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """Values by column, as the audit keeps them in JSON, as values of the model's fields."""
    by_column = columns(model)
    return {
        by_column[name].attname: by_column[name].to_python(value) for name, value in values.items()
    }


def nouns(model: type[models.Model], count: int) -> str:
    """What so many rows of a model are called."""
    return plural(count, str(model._meta.verbose_name), str(model._meta.verbose_name_plural))


def is_append_only(trigger: pgtrigger.Trigger) -> bool:
    """Whether a trigger forbids every deletion."""
    return (
        isinstance(trigger, pgtrigger.Protect)
        and trigger.condition is None
        and "DELETE" in str(trigger.operation)
    )


def moment(at: datetime) -> str:
    """A moment in words."""
    return dated(timezone.localtime(at), "j F Y, H:i")


@retry_on_deadlock
def undo_run(run: ImportRun, by: AbstractBaseUser | None, at: datetime) -> ImportRun:
    """Undo a run whole; raises `CannotUndo` where something later depends on it."""
    lock_imports()
    run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    undo = Undo(run)
    if obstacles := undo.obstacles():
        raise CannotUndo(obstacles)
    details = {"reason": f"Undid {lower_first(str(run))}", "run": run.pk}
    with change_context(author_details(by) if by else {}, details):
        try:
            with transaction.atomic():
                undo.apply()
                constraints_now()
        except DatabaseError as error:
            if is_deadlock(error):
                raise
            raise CannotUndo([str(error).partition("\n")[0]]) from error
        run.undone_at, run.undone_by = at, by
        run.save(update_fields=["undone_at", "undone_by"])
    return run
