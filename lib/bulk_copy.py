"""Rows written in bulk by PostgreSQL's COPY, several times as fast as `bulk_create`.

Nothing is gone round: constraints, generated columns and triggers work as for any other row, so the
audit trail tells of each, and with it the version of the data moves. Keys come from the sequence.
As with `bulk_create`, neither `save()` nor signals are called.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

AnyModel = TypeVar("AnyModel", bound=Model)

LINES_AT_ONCE = 1_000
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def next_keys(model: type[Model], count: int) -> list[int]:
    """So many new primary keys of a model, in ascending order; nobody else gets them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor]


def copy_create(objects: Iterable[AnyModel]) -> list[AnyModel]:
    """Write objects of one model, which get a primary key where they have none; return them."""
    objects = list(objects)
    if objects:
        model, without_key = type(objects[0]), [one for one in objects if one.pk is None]
        for one, key in zip(without_key, next_keys(model, len(without_key)), strict=True):
            one.pk = key
        names = [field.attname for field in model._meta.concrete_fields if not field.generated]
        copy_rows(model, names, map(attrgetter(*names), objects))
    for one in objects:
        one._state.adding, one._state.db = False, connection.alias
    return objects


def copy_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write rows of the values of these attributes; the other fields have their defaults."""
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.generated}
    others = [
        field for name, field in fields.items() if name not in names and not field.primary_key
    ]
    columns = ", ".join(
        connection.ops.quote_name(field.column)
        for field in [*(fields[name] for name in names), *others]
    )
    table = connection.ops.quote_name(model._meta.db_table)
    defaults = tuple(field.get_default() for field in others)
    with connection.cursor() as cursor:
        # Only names from our own models are put into the SQL.
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", Lines(iter(rows), defaults))


class Lines:
    """Rows as the file that COPY reads, made while it reads."""

    def __init__(self, rows: Iterator[Sequence], ending: Sequence) -> None:
        self.rows = rows
        self.ending = "".join(f"\t{as_text(value)}" for value in ending) + "\n"

    def read(self, size: int) -> str:
        """The next lines, whatever their size; empty at the end."""
        return "".join(
            "\t".join(map(as_text, row)) + self.ending for row in islice(self.rows, LINES_AT_ONCE)
        )


def as_text(value: Any) -> str:  # noqa: ANN401 whatever a column holds
    """A value as COPY reads it."""
    return r"\N" if value is None else str(value).translate(ESCAPES)


def analyze() -> None:
    """Have the database see at once what rows it has, as it would by itself a minute later.

    Until then it plans as if tables were empty, and a list of many rows takes a hundred times as
    long.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
