"""The tables of a data set: their rows, columns, keys, and links to one another.

Most are made from the kinds of import files (`facts`). Others an app registers itself:

    @register("aliases")
    def aliases(at: datetime) -> Table: ...
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, Choices, QuerySet, When
from django.db.models.expressions import Combinable

from ..lists.columns import Column, as_expression, column

# The folders of an archive: import files, their lists as tables, and what no import takes.
IMPORT_FILES, LINKS, FURTHER = "data", "links", "further"


class Link(NamedTuple):
    """Columns of a table that name a row of a table, which may be the same, by other columns."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


class Table(NamedTuple):
    """A table: `rows` is a queryset of a model, from which the columns read.

    No two rows have the same values of `key`; it is empty where nothing names a row. The columns in
    `required` have a value in every row. `order` is that of the rows, which no other copy of the
    site may have differently. Its file stands in a `folder` of the archive.
    """

    name: str
    title: str
    description: str
    rows: QuerySet
    columns: Sequence[Column]
    key: tuple[str, ...]
    required: frozenset[str]
    links: Sequence[Link] = ()
    order: tuple[str | Combinable, ...] = ("pk",)
    folder: str = FURTHER

    @property
    def path(self) -> str:
        """Where its file stands in the archive."""
        return f"{self.folder}/{self.name}.csv"

    @property
    def has_whole_key(self) -> bool:
        """Whether it has a key, of which no part is ever empty."""
        return bool(self.key) and self.required.issuperset(self.key)

    def query(self) -> tuple[str, tuple[Any, ...]]:
        """The SQL, with its parameters, for its rows in their order: what each column reads, by
        the column's name, and as "#" the line of the row in a sheet with a line of names."""
        # Numbered: a model's field may have a column's name.
        read = {f"column_{place}": one.expression for place, one in enumerate(self.columns)}
        rows = self.rows.order_by(*self.order).annotate(**read).values_list(*read)
        sql, params = rows.query.sql_with_params()
        names = ", ".join(f'"{one.name}"' for one in self.columns)
        return (
            'SELECT *, row_number() OVER () + 1 AS "#"'  # noqa: S608 our own names
            f" FROM ({sql}) AS numbered ({names})"
        ), params


Makers = dict[str, Callable[[datetime], Table]]
_makers: Makers = {}
AnyMaker = Callable[[datetime], Table]


def register(name: str) -> Callable[[AnyMaker], AnyMaker]:
    """Let a table, which a function gives as it is to be seen at a moment, be part of data sets."""

    def add(maker: AnyMaker) -> AnyMaker:
        _makers[name] = maker
        return maker

    return add


def registered_tables(at: datetime) -> list[Table]:
    """The tables that apps have registered, as they are to be seen at a moment."""
    return [maker(at) for maker in _makers.values()]


def code_column(name: str, path: str, choices: type[Choices], meaning: str) -> Column:
    """A column with one of a closed list of values."""
    words = {str(one.value): str(one.value) for one in choices}
    return column(name, path, meaning, "code")._replace(words=words)


def where_public(public: QuerySet, path: str, name: str | Combinable) -> Case:
    """What names the row that a path leads to, if that is among the public ones."""
    return Case(When(**{f"{path}__in": public.order_by().values("pk")}, then=as_expression(name)))
