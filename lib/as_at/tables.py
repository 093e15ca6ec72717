"""Tables as they were at the end of a day: a schema of views, which a page of the past reads.

Each view has the name and the columns of its table, and stands before it on the search path. So
whatever names a table without its schema, the ORM or SQL, reads the past unchanged.

An app says in its `as_at` which rows of a table there were, and which columns differ, as SQL about
the table's `row`. It may ask other tables as they are, or as they were: `as_at.table`. The day and
its last moment are `DAY` and `MOMENT`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.models import Model

SCHEMA = "as_at"
DAY_SETTING, MOMENT_SETTING = f"{SCHEMA}.day", f"{SCHEMA}.moment"
# Each is read once a query, not once a row.
DAY = f"(SELECT current_setting('{DAY_SETTING}')::date)"
MOMENT = f"(SELECT current_setting('{MOMENT_SETTING}')::timestamptz)"


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
        return f'SELECT {columns} FROM public."{meta.db_table}" row WHERE {self.condition}'  # noqa: S608


_tables: list[PastTable] = []


def register(
    model: type[Model], condition: str = "TRUE", columns: Mapping[str, str] | None = None
) -> None:
    """Say how a model's table was; one that is named in another's SQL comes before it."""
    _tables.append(PastTable(model, condition, columns or {}))


def registered() -> list[PastTable]:
    """The tables that were different, in the order in which they may name one another."""
    return list(_tables)


def drop_tables(using: str, **kwargs: Any) -> None:
    """Take the past away, so that a migration may change any table."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def create_tables(using: str, **kwargs: Any) -> None:
    """Make the past of the tables that there are now; none if one of them is missing."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    drop_tables(using)
    if not all(table.model._meta.db_table in existing for table in _tables):
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        # Who may read a table may read its past: that is granted with the view.
        cursor.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC")
        for table in _tables:
            name = connection.ops.quote_name(table.model._meta.db_table)
            cursor.execute(f"CREATE VIEW {SCHEMA}.{name} AS {table.query}")
