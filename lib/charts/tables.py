"""The rows of a chart, as a table on its page and as a data download.

A figure says beside itself what they are:

    @table(
        column("theme", lambda row: row.theme.slug, "The theme", "code"),
        column("theme_name", lambda row: row.theme.name, "Its name"),
        column("to_improve", lambda row: row.counts.negative, "What should improve", "integer"),
        shown={"theme_name": "Theme", "to_improve": "To improve"},
        links={"to_improve": lambda row: row.counts.negative_url},
    )
    def findings_by_theme(rows): ...
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from django.utils.formats import date_format
from django.utils.text import capfirst

from lib.lists.columns import Column
from lib.lists.downloads import lines_of_records
from lib.lists.formats import FORMATS

Draw = TypeVar("Draw", bound=Callable[..., Any])
Link = Callable[[Any], str]
Values = Mapping[str, Any]
NAME = "_name"  # how the column ends that names what another column has a code for


class Cell(NamedTuple):
    """A value as the page says it, and its link; a number is its `count`, and the text says of what
    where that is not in the heading."""

    text: str = ""
    url: str = ""
    count: int | None = None


class Heading(NamedTuple):
    """What stands above a column, and whether that holds numbers."""

    text: str
    is_number: bool


class Grid(NamedTuple):
    """A table of a page: in each row, each heading with its cells; the first names the row."""

    headings: Sequence[Heading]
    rows: Sequence[Sequence[tuple[Heading, Sequence[Cell]]]]


class Table(NamedTuple):
    """The rows of one chart: its records, and its columns, which are functions of a record.

    The page shows those that are `shown`, each under its heading, without those that are empty.
    If there is one `across`, its values are headings, each above the numbers of its records.
    `links` has the address that a value opens, by the name of its column.
    """

    columns: Sequence[Column]
    records: Sequence[Any]
    shown: Mapping[str, str]
    across: str
    links: Mapping[str, Link]

    @property
    def grid(self) -> Grid:
        """The table of the page: the same values as the download's."""
        columns = {one.name: one for one in self.columns}
        shown = [columns[name] for name in self.shown]
        values = self.read()
        if self.across:
            return self.turn(shown, values)
        kept = [one for one in shown if any(row[one.name] is not None for row in values)]
        headings = [self.heading(one) for one in kept]
        rows = []
        for row, record in zip(values, self.records, strict=True):
            cells = [[self.cell(one, row, record)] for one in kept]
            rows.append(list(zip(headings, cells, strict=True)))
        return Grid(headings, rows)

    def turn(self, shown: Sequence[Column], values: Sequence[Values]) -> Grid:
        """The table with a column for each value of `across`."""
        numbers = [one for one in shown if one.kind == "integer"]
        named = [one for one in shown if one not in numbers and one.name != self.across]
        tops = {row[self.across]: Heading(capfirst(row[self.across]), True) for row in values}
        headings = [self.heading(one) for one in named]
        names: dict[tuple[Any, ...], list[Cell]] = {}
        found: dict[tuple[Any, ...], dict[str, list[Cell]]] = {}
        for row, record in zip(values, self.records, strict=True):
            key = tuple(row[one.name] for one in named)
            names[key] = [self.cell(one, row, record) for one in named]
            found.setdefault(key, {})[row[self.across]] = [
                self.cell(one, row, record, self.shown[one.name] if numbers[1:] else "")
                for one in numbers
                if row[one.name]
            ]
        rows = []
        for key, cells in found.items():
            first = [(heading, [cell]) for heading, cell in zip(headings, names[key], strict=True)]
            rows.append([*first, *((top, cells.get(one, [])) for one, top in tops.items())])
        return Grid([*headings, *tops.values()], rows)

    def read(self) -> list[Values]:
        """The values of what is shown, as the download has them, of each record."""
        needed = {*self.shown, *(name.removesuffix(NAME) for name in self.shown)}
        columns = [one for one in self.columns if one.name in needed]
        batches = lines_of_records(self.records, columns, FORMATS["json"])
        return [json.loads(line) for line in chain.from_iterable(batches)]

    def heading(self, column: Column) -> Heading:
        return Heading(self.shown[column.name], column.kind == "integer")

    def cell(self, column: Column, values: Values, record: object, unit: str = "") -> Cell:
        """A value with its link; `unit` is what a number counts."""
        value, link = values[column.name], self.links.get(column.name)
        url = link(record) if link and value else ""
        if column.kind == "integer":
            return Cell(unit.lower(), url, value)
        return Cell(say(value, column.kind), url)


def say(value: str | bool | list[str] | None, kind: str) -> str:
    """A value of a download as a page says it; nothing for none."""
    if value is None:
        return ""
    if kind == "boolean":
        return "yes" if value else "no"
    if kind in ("date", "partial_date"):
        # "2025", "2025-06" or "2025-06-12"
        parts = [int(part) for part in value.split("-")]
        form = ("Y", "F Y", "j F Y")[len(parts) - 1]
        return date_format(date(*parts, *[1] * (3 - len(parts))), form)
    return "; ".join(value) if isinstance(value, list) else str(value)


def table(
    *columns: Column | Sequence[Column],
    shown: Mapping[str, str],
    records: Callable[..., Iterable[Any]] | None = None,
    across: str = "",
    links: Mapping[str, Link] | None = None,
) -> Callable[[Draw], Draw]:
    """Give the function that draws a figure its rows, as `Table` has them.

    `records` makes them of what the figure is drawn from; without it they are the first of that.
    """
    flat = [one for part in columns for one in ([part] if isinstance(part, Column) else part)]

    def decorate(draw: Draw) -> Draw:
        def tabulate(*rows: Any) -> Table:
            found = records(*rows) if records else rows[0]
            return Table(flat, list(found), shown, across, links or {})

        draw.table = tabulate
        return draw

    return decorate
