"""The columns of data downloads: a name, where the value comes from, and what it means.

A column is one line among those of its list, in the app's `resources`. Each holds one fact. What a
row may have any number of is `Many`: its columns are lists, all in one order.

    column("summary", "summary", "The finding in our words"),
    *choice("kind", "kind", FindingKind, "What kind of finding it is"),
    Many(Theme.objects, "findings", ["name"], [
        column("themes", "slug", "What it is about", "code"),
        column("theme_names", "name", "The names of its themes"),
    ]),
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from django.db.models import Case, Choices, F, Func, Manager, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable

# What gives a value: an expression of a query, or a function of a row that Python made.
Expression = Combinable | Callable[[Any], Any]
Kind = Literal["text", "code", "date", "partial_date", "moment", "integer", "boolean"]

# Between the values of a list, where a cell is one text.
SEPARATOR = "; "


class Column(NamedTuple):
    """A column: `kind` is what its values are, and with `is_list` it has any number of them.

    A value may come from other columns of the row `r`: then `sql` says how. It may be worded anew:
    `words` has its values as the database spells them, each with what the file says. In `Many`, a
    column that `is_aggregate` has one value for all.
    """

    name: str
    expression: Expression | None
    meaning: str
    kind: Kind = "text"
    is_list: bool = False
    sql: str = ""
    words: Mapping[str, str] | None = None
    is_aggregate: bool = False


class Many(NamedTuple):
    """Columns of what belongs to a row: `key` is the path to the row, `order` that of the lists."""

    rows: QuerySet | Manager
    key: str
    order: Sequence[str | Combinable]
    columns: Sequence[Column]


class Download(NamedTuple):
    """What a data download holds of the rows of a model."""

    rows: QuerySet | Manager
    parts: Sequence[Column | Many]

    @property
    def columns(self) -> list[Column]:
        """All columns, in their order."""
        return [
            column
            for part in self.parts
            for column in (
                [one._replace(is_list=not one.is_aggregate) for one in part.columns]
                if isinstance(part, Many)
                else [part]
            )
        ]


def as_expression(value: str | Expression | None) -> Expression | None:
    """A path as an expression of a query; anything else as it is."""
    return F(value) if isinstance(value, str) else value


def column(
    name: str,
    expression: str | Expression,
    meaning: str,
    kind: Kind = "text",
    is_list: bool = False,
) -> Column:
    """A column with the value of a path, an expression or a function of a row."""
    return Column(name, as_expression(expression), meaning, kind, is_list)


def aggregate(name: str, expression: Combinable, meaning: str, kind: Kind = "text") -> Column:
    """A column of `Many` with one value for all of them."""
    return column(name, expression, meaning, kind)._replace(is_aggregate=True)


def choice(
    name: str,
    expression: str | Expression | None,
    choices: type[Choices],
    meaning: str,
    sql: str = "",
) -> list[Column]:
    """Two columns: the code of a choice, and its name."""
    codes = {str(one.value): one.name.lower() for one in choices}
    names = {str(one.value): str(one.label) for one in choices}
    coded = column(name, expression, f"{meaning}: a code", "code")._replace(sql=sql, words=codes)
    read = sql or f'r."{name}"'
    return [coded, Column(f"{name}_name", None, f"{meaning}: in words", sql=read, words=names)]


def partial_date(on: str, precision: str) -> Case:
    """A date in ISO form, as exact as its source: "2025-06-12", "2025-06" or "2025"."""
    forms = {"month": "YYYY-MM", "year": "YYYY"}

    def spell(form: str) -> Func:
        return Func(F(on), Value(form), function="to_char", output_field=TextField())

    return Case(
        *(When(**{precision: exact}, then=spell(form)) for exact, form in forms.items()),
        default=spell("YYYY-MM-DD"),
        output_field=TextField(),
    )
