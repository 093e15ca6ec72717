"""What the trace tells, in words: entries for a row's history, and what was deleted."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models.options import Options
from django.utils import timezone
from django.utils.dateformat import format as dated
from django.utils.text import Truncator, capfirst

from .models import Change, row_key

# By which of its columns a row is called, the first that is filled.
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
BELOW = "as told below"  # where the reason stands
# What machines call a file, which comes and goes under its own name.
MARKS = ("file", "content_type", "sha256")
OUTSIDE = "somebody of another body"
CLOSED = "one that you may not read"
DONE = {"INSERT": "added", "UPDATE": "changed", "DELETE": "deleted"}


class Reader(NamedTuple):
    """Who reads a history: the accounts that they may know by name (None for all), which rows of a model are
    not for them, and of which models rows stand under somebody."""

    known: set[int] | None
    unreadable: Callable[[type[models.Model], set[int]], set[int]]
    scopes: Callable[[type[models.Model]], bool] = lambda model: False


class Line(NamedTuple):
    """What one field says: its one value, or the old and the new."""

    label: str
    values: list[str]

    @property
    def is_long(self):
        return any(len(value) > LONG for value in self.values)


class Part(NamedTuple):
    """What became of one row: what happened to it, unless only its fields changed, and what they say."""

    title: str
    lines: list[Line]


class Entry(NamedTuple):
    """What one person did at one go."""

    at: datetime
    who: str
    address: str
    reason: str
    request: UUID | None
    parts: list[Part]


class Deletion(NamedTuple):
    """One row that is gone."""

    at: datetime
    who: str
    reason: str
    kind: str
    name: str
    opts: Options
    row: int


def tables():
    """The model of each table; that of a tie, which has no class of its own, too."""
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
    }


def columns(model):
    return {field.column: field for field in model._meta.concrete_fields}


def row_name(facts):
    """By what a row is called, from what it says; empty where it says no name."""
    return Truncator(next((str(facts[name]) for name in NAMING if facts.get(name)), "")).chars(LONG)


def names_of_rows(changes, reader):
    """How each row that these changes touch or refer to is called, also where it is gone: few queries for each of their tables."""
    by_table, wanted, elsewhere = tables(), defaultdict(set), defaultdict(set)
    for change in changes:
        wanted[change.table].add(change.row)
        model = by_table.get(change.table)
        fields = columns(model) if model else {}
        for column, value in [*(change.before or {}).items(), *(change.after or {}).items()]:
            if value is not None and column in fields and fields[column].is_relation:
                other = fields[column].remote_field.model
                wanted[other._meta.db_table].add(value)
                # What a row was tied to, or which body's rows it stood under, tells of more than the row itself.
                if model._meta.auto_created or reader.scopes(other):
                    elsewhere[other].add(value)
    told = {}
    for table in wanted:
        model = by_table.get(table)
        change_author = [name for name in NAMING if model and name in columns(model)]
        if change_author:
            rows = model._base_manager.filter(pk__in=wanted[table]).values("pk", *change_author)
            told |= {row_key(table, row["pk"]): row_name(row) for row in rows}
    gone = {
        (table, row)
        for table, rows in wanted.items()
        for row in rows
        if row_key(table, row) not in told
    }
    keys = [row_key(table, row) for table, row in gone]
    their_own = {"table__in": {table for table, _ in gone}, "row__in": {row for _, row in gone}}
    for deletion in Change.objects.deletions().filter(about__overlap=keys, **their_own):
        told.setdefault(row_key(deletion.table, deletion.row), row_name(deletion.before))
    people = get_user_model()._meta.db_table
    if reader.known is not None:
        told |= {row_key(people, row): OUTSIDE for row in wanted[people] if row not in reader.known}
        own = {(change.table, change.row) for change in changes}
        for model, rows in elsewhere.items():
            table = model._meta.db_table
            told |= {
                row_key(table, row): CLOSED
                for row in reader.unreadable(model, rows)
                if (table, row) not in own
            }
    return told


def author_in_words(change, known):
    """Who made a change, as far as its reader may know their name."""
    if change.name:
        # Who writes to the database by another road may claim any name, but not the site's way in.
        as_site = change.database_user == (connection.settings_dict["USER"] or change.database_user)
        way = "" if as_site else f", as database user {change.database_user}"
        return f"By {change.name if known is None or change.user in known else OUTSIDE}{way}"
    return (
        "By somebody not signed in"
        if change.address
        else f"Outside the site (database user {change.database_user})"
    )


def value_in_words(field, value, called_by):
    """A value in words."""
    if value is None or value == "":
        return NOTHING
    if field is None:
        return str(value)
    if field.is_relation:
        return (
            called_by.get(row_key(field.remote_field.model._meta.db_table, value)) or f"no. {value}"
        )
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return "yes" if value else "no"
    if isinstance(field, models.DateTimeField):
        return dated(timezone.localtime(field.to_python(value)), "j F Y, H:i:s")
    if isinstance(field, models.DateField):
        return dated(field.to_python(value), "j F Y")
    return str(value)


def lines_of(change, fields, called_by, without):
    """What a row says, as it came or went; of one that changed, what each changed field said before and says after."""
    sides = [facts for facts in (change.before, change.after) if facts is not None]
    # In the order of the model; what it has no more comes last.
    order = [
        *(name for name in fields if name in sides[0]),
        *(name for name in sides[0] if name not in fields),
    ]
    is_update = change.operation == "UPDATE"
    for column in order:
        field, values = fields.get(column), [facts[column] for facts in sides]
        if column not in without and (
            is_update or (values[0] not in (None, "") and column not in MARKS)
        ):
            label = field.verbose_name if field else column.replace("_", " ")
            told = [
                BELOW
                if value and value == change.reason
                else value_in_words(field, value, called_by)
                for value in values
            ]
            yield Line(capfirst(label), told)


def part_of(change, table, row, called_by, by_table):
    """What became of a row, as told on the page of the row that it is, or belongs to."""
    model, done = by_table.get(change.table), DONE[change.operation]
    fields = columns(model) if model else {}
    here = [
        name
        for name, field in fields.items()
        if field.is_relation and field.remote_field.model._meta.db_table == table
    ]
    if model and model._meta.auto_created:
        # A tie: of its two ends, the one that is not this page's.
        facts, owner = change.after or change.before, model._meta.auto_created._meta.db_table
        ends = [field for field in fields.values() if field.is_relation]
        end = next(
            (field for field in ends if field.remote_field.model._meta.db_table != owner), ends[-1]
        )
        verb = "removed" if change.operation == "DELETE" else "added"
        kind = end.remote_field.model._meta.verbose_name
        return Part(
            f"{capfirst(kind)} {verb}: {value_in_words(end, facts[end.column], called_by)}", []
        )
    if (change.table, change.row) == (table, row):
        title = "" if change.operation == "UPDATE" else capfirst(done)
        return Part(title, list(lines_of(change, fields, called_by, {"id"})))
    kind = model._meta.verbose_name if model else change.table
    name = called_by.get(row_key(change.table, change.row))
    name = "" if name in (None, row_name({"reason": change.reason})) else f": {name}"
    return Part(
        f"{capfirst(kind)} {done}{name}", list(lines_of(change, fields, called_by, {"id", *here}))
    )


def entries(changes, table, row, reader):
    """The entries of a row's history: what was done at one go and for one reason stands together, and so does what became of one row."""
    called_by, by_table = names_of_rows(changes, reader), tables()
    told = []
    for _, group in groupby(
        changes,
        lambda change: (
            change.request or change.pk,
            change.name,
            change.reason,
            change.database_user,
        ),
    ):
        group = list(group)
        one = group[0]
        parts = []
        for _, same in groupby(group, lambda change: (change.table, change.row, change.operation)):
            first, *more = [part_of(change, table, row, called_by, by_table) for change in same]
            parts.append(
                first._replace(lines=[*first.lines, *(line for one in more for line in one.lines)])
            )
        told.append(
            Entry(
                one.at,
                author_in_words(one, reader.known),
                one.address,
                one.reason,
                one.request,
                parts,
            )
        )
    return told


def deletions(changes, known):
    """The rows that these changes took away."""
    by_table = tables()
    return [
        Deletion(
            change.at,
            author_in_words(change, known),
            change.reason,
            capfirst(by_table[change.table]._meta.verbose_name),
            row_name(change.before) or f"no. {change.row}",
            by_table[change.table]._meta,
            change.row,
        )
        for change in changes
    ]
