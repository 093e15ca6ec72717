"""The audit in words: the entries of a row's history, and the list of deleted rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models.options import Options
from django.utils import timezone
from django.utils.dateformat import format as dated
from django.utils.text import Truncator, capfirst

from .models import Change, row_key

# The columns that may name a row; the first with a value is used.
NAMING = (
    "username",
    "reference",
    "short_name",
    "name",
    "title",
    "slug",
    "summary",
    "note",
    "locator",
    "reason",
)
LONG = 80
NOTHING = "nothing"
BELOW = "as said below"  # where the reason stands
# Columns of a file that only machines read.
MACHINE_COLUMNS = ("file", "content_type", "sha256")
OUTSIDE = "someone from another force or unit"
CLOSED = "one that you may not read"
DONE = {"INSERT": "added", "UPDATE": "changed", "DELETE": "deleted"}


class Reader(NamedTuple):
    """Who reads a history.

    `nameable` are the accounts that they may know by name, None for all; `unreadable` picks out
    which rows of a model they may not read; `is_scoped` says of which models rows belong to
    organisations.
    """

    nameable: set[int] | None
    unreadable: Callable[[type[models.Model], set[int]], set[int]]
    is_scoped: Callable[[type[models.Model]], bool] = lambda model: False


class Line(NamedTuple):
    """One field: its value, or its old and its new value."""

    label: str
    values: list[str]

    @property
    def is_long(self) -> bool:
        return any(len(value) > LONG for value in self.values)


class Part(NamedTuple):
    """What happened to one row: a title, empty where only fields changed, and a line a field."""

    title: str
    lines: list[Line]


class Entry(NamedTuple):
    """What one person changed in one request."""

    at: datetime
    who: str
    address: str
    reason: str
    request: UUID | None
    parts: list[Part]


class Deletion(NamedTuple):
    """One row that was deleted."""

    at: datetime
    who: str
    reason: str
    kind: str
    name: str
    opts: Options
    row: int


def tables() -> dict[str, type[models.Model]]:
    """The model of each table, including those of many-to-many links."""
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
    }


def columns(model: type[models.Model]) -> dict[str, models.Field]:
    """The fields of a model by the name of their column."""
    return {field.column: field for field in model._meta.concrete_fields}


def row_name(values: dict[str, Any]) -> str:
    """The name of a row with these values; empty if none of them names it."""
    name = next((str(values[column]) for column in NAMING if values.get(column)), "")
    return Truncator(name).chars(LONG)


def names_of_rows(changes: list[Change], reader: Reader) -> dict[str, str]:
    """The names, by `row_key`, of all rows that these changes touch or refer to, even deleted ones.

    It takes one query for each table, and one for the deleted rows.
    """
    by_table, wanted, linked = tables(), defaultdict(set), defaultdict(set)
    for change in changes:
        wanted[change.table].add(change.row)
        model = by_table.get(change.table)
        fields = columns(model) if model else {}
        for column, value in [*(change.before or {}).items(), *(change.after or {}).items()]:
            if value is not None and column in fields and fields[column].is_relation:
                other = fields[column].remote_field.model
                wanted[other._meta.db_table].add(value)
                # The other end of a link, or the organisation that a row belonged to, may be a row
                # that the reader may not know of.
                if model._meta.auto_created or reader.is_scoped(other):
                    linked[other].add(value)
    names = {}
    for table in wanted:
        model = by_table.get(table)
        naming = [name for name in NAMING if model and name in columns(model)]
        if naming:
            rows = model._base_manager.filter(pk__in=wanted[table]).values("pk", *naming)
            names |= {row_key(table, row["pk"]): row_name(row) for row in rows}
    deleted = {
        (table, row)
        for table, rows in wanted.items()
        for row in rows
        if row_key(table, row) not in names
    }
    keys = [row_key(table, row) for table, row in deleted]
    own = {"table__in": {table for table, _ in deleted}, "row__in": {row for _, row in deleted}}
    for deletion in Change.objects.deletions().filter(about__overlap=keys, **own):
        names.setdefault(row_key(deletion.table, deletion.row), row_name(deletion.before))
    accounts = get_user_model()._meta.db_table
    if reader.nameable is not None:
        others = wanted[accounts] - set(reader.nameable)
        names |= {row_key(accounts, row): OUTSIDE for row in others}
        changed = {(change.table, change.row) for change in changes}
        for model, rows in linked.items():
            table = model._meta.db_table
            names |= {
                row_key(table, row): CLOSED
                for row in reader.unreadable(model, rows)
                if (table, row) not in changed
            }
    return names


def author_in_words(change: Change, nameable: set[int] | None) -> str:
    """Who made a change, by name where the reader may know it."""
    if change.name:
        # Somebody who writes to the database directly can set any name, but is not the site's user.
        as_site = change.database_user == (connection.settings_dict["USER"] or change.database_user)
        way = "" if as_site else f", as database user {change.database_user}"
        return f"By {change.name if nameable is None or change.user in nameable else OUTSIDE}{way}"
    return (
        "By someone who was not signed in"
        if change.address
        else f"Outside the site (database user {change.database_user})"
    )


def value_in_words(field: models.Field | None, value: object, names: dict[str, str]) -> str:
    """A column's value in words; `names` are those of rows that it may refer to."""
    if value is None or value == "":
        return NOTHING
    if field is None:
        return str(value)
    if field.is_relation:
        return names.get(row_key(field.remote_field.model._meta.db_table, value)) or f"no. {value}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return "yes" if value else "no"
    if isinstance(field, models.DateTimeField):
        return dated(timezone.localtime(field.to_python(value)), "j F Y, H:i:s")
    if isinstance(field, models.DateField):
        return dated(field.to_python(value), "j F Y")
    return str(value)


def lines_of(
    change: Change, fields: dict[str, models.Field], names: dict[str, str], without: set[str]
) -> Iterator[Line]:
    """A line for each field of a row that was added or deleted, or for each that changed."""
    sides = [values for values in (change.before, change.after) if values is not None]
    # In the order of the model's fields; columns that no longer exist come last.
    order = [
        *(name for name in fields if name in sides[0]),
        *(name for name in sides[0] if name not in fields),
    ]
    is_update = change.operation == "UPDATE"
    for column in order:
        field, values = fields.get(column), [side[column] for side in sides]
        if column not in without and (
            is_update or (values[0] not in (None, "") and column not in MACHINE_COLUMNS)
        ):
            label = field.verbose_name if field else column.replace("_", " ")
            texts = [
                BELOW if value and value == change.reason else value_in_words(field, value, names)
                for value in values
            ]
            yield Line(capfirst(label), texts)


def part_of(
    change: Change,
    table: str,
    row: int,
    names: dict[str, str],
    by_table: dict[str, type[models.Model]],
) -> Part:
    """One change in words, for the history page of its row or of a row that it belongs to."""
    model, done = by_table.get(change.table), DONE[change.operation]
    fields = columns(model) if model else {}
    here = [
        name
        for name, field in fields.items()
        if field.is_relation and field.remote_field.model._meta.db_table == table
    ]
    if model and model._meta.auto_created:
        # A many-to-many link: name the end that is not this page's row.
        values, owner = change.after or change.before, model._meta.auto_created._meta.db_table
        ends = [field for field in fields.values() if field.is_relation]
        end = next(
            (field for field in ends if field.remote_field.model._meta.db_table != owner), ends[-1]
        )
        verb = "removed" if change.operation == "DELETE" else "added"
        kind = end.remote_field.model._meta.verbose_name
        return Part(
            f"{capfirst(kind)} {verb}: {value_in_words(end, values[end.column], names)}", []
        )
    if (change.table, change.row) == (table, row):
        title = "" if change.operation == "UPDATE" else capfirst(done)
        return Part(title, list(lines_of(change, fields, names, {"id"})))
    kind = model._meta.verbose_name if model else change.table
    name = names.get(row_key(change.table, change.row))
    name = "" if name in (None, row_name({"reason": change.reason})) else f": {name}"
    return Part(
        f"{capfirst(kind)} {done}{name}", list(lines_of(change, fields, names, {"id", *here}))
    )


def entries(changes: list[Change], table: str, row: int, reader: Reader) -> list[Entry]:
    """The entries of a row's history, newest first.

    Changes of one request and reason are one entry, and those of one row one part of it.
    """
    names, by_table = names_of_rows(changes, reader), tables()

    def one_go(change: Change) -> tuple:
        return change.request or change.pk, change.name, change.reason, change.database_user

    rows = []
    for _, group in groupby(changes, one_go):
        group = list(group)
        parts = []
        for _, same in groupby(group, lambda change: (change.table, change.row, change.operation)):
            first, *more = [part_of(change, table, row, names, by_table) for change in same]
            lines = [*first.lines, *(line for part in more for line in part.lines)]
            parts.append(first._replace(lines=lines))
        change = group[0]
        who = author_in_words(change, reader.nameable)
        rows.append(Entry(change.at, who, change.address, change.reason, change.request, parts))
    return rows


def deletions(changes: Iterable[Change], nameable: set[int] | None) -> list[Deletion]:
    """The rows that these changes deleted, with those authors' names that a reader may know."""
    by_table = tables()
    return [
        Deletion(
            change.at,
            author_in_words(change, nameable),
            change.reason,
            capfirst(by_table[change.table]._meta.verbose_name),
            row_name(change.before) or f"no. {change.row}",
            by_table[change.table]._meta,
            change.row,
        )
        for change in changes
    ]
