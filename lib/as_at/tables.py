"""Tables as they were at the end of a day: a schema of views, which a page of the past reads.

Each view has the name and the columns of its table, and stands before it on the search path. So
whatever names a table without its schema, the ORM or SQL, reads the past unchanged.

An app says in its `as_at` which rows of a table there were, and which columns differ, as SQL about
the table's `row`. It may ask other tables as they are, or as they were: `as_at.table`. The day and
its last moment are `DAY` and `MOMENT`; `NOW` is when the page is made.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

SCHEMA = "as_at"
DAY_SETTING, MOMENT_SETTING, NOW_SETTING = (f"{SCHEMA}.{name}" for name in ("day", "moment", "now"))
# Each is read once a query, not once a row.
DAY = f"(SELECT current_setting('{DAY_SETTING}')::date)"
MOMENT = f"(SELECT current_setting('{MOMENT_SETTING}')::timestamptz)"
NOW = f"(SELECT current_setting('{NOW_SETTING}')::timestamptz)"
# False. But PostgreSQL takes it for true of nearly every row: not knowing what the conditions come
# to, it would take each to leave out half of its table, and join thousands of rows as if they were
# two or three.
NEVER = f"{DAY} <> {DAY}"


class PastTable(NamedTuple):
    """The rows of a model's table that there were, and the columns that were different."""

    model: type[Model]
    condition: str
    columns: Mapping[str, str]

    @property
    def query(self) -> str:
        """The query for its rows."""
        meta = self.model._meta
        columns = ", ".join(
            f'{self.columns[field.column]} AS "{field.column}"'
            if field.column in self.columns
            else f'row."{field.column}"'
            for field in meta.concrete_fields
        )
        rows = f'public."{meta.db_table}" row WHERE {NEVER} OR ({self.condition})'
        return f"SELECT {columns} FROM {rows}"  # noqa: S608 names and words of our own


_tables: list[PastTable] = []


def register(
    model: type[Model], condition: str = "TRUE", columns: Mapping[str, str] | None = None
) -> None:
    """Say how a model's table was; one that is named in another's SQL comes before it."""
    _tables.append(PastTable(model, condition, columns or {}))


def registered_tables() -> list[PastTable]:
    """The tables that were different, in the order in which they may name one another."""
    return list(_tables)


def drop_tables(using: str) -> None:
    """Take the past away, so that a migration may change any table."""
    with transaction.atomic(using), connections[using].cursor() as cursor:
        _drop(cursor)


def edition() -> str:
    """What the views are made of: they are made anew once it has changed."""
    return sha256("".join(table.query for table in _tables).encode()).hexdigest()


def create_tables(using: str, **kwargs: Any) -> None:
    """Make the past of the tables that there are, unless it is made; none if one is missing."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    if not all(table.model._meta.db_table in existing for table in _tables):
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA])
        if cursor.fetchone() == (edition(),):
            return
        _drop(cursor)
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{edition()}'")
        # Who may read a table may read its past: that is granted with the view.
        cursor.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC")
        for table in _tables:
            name = connection.ops.quote_name(table.model._meta.db_table)
            cursor.execute(f"CREATE VIEW {SCHEMA}.{name} AS {table.query}")


def _drop(cursor: CursorWrapper) -> None:
    cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
