"""Tables of list pages."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.db.models import Case, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django_tables2.data import TableListData

from .columns import as_expression

if TYPE_CHECKING:  # a table only needs the type of its page's filterset
    from .filtersets import FilterSet

# What a table has as `order_<column>`, where a column does not sort by its plain value.
Order = Callable[["ListTable", QuerySet, bool], tuple[QuerySet, bool]]
# Classes for the style sheet.
MAIN = {"td": {"class": "main"}}
DATE = {"td": {"class": "date"}}
ROOMY = {"td": {"class": "roomy"}}
NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
CELL = '<td role="cell" data-label="{}"{}>'


def css_class(column: tables.columns.BoundColumn) -> SafeString:
    """The attribute with the class that a column's cells have for the style sheet, if any."""
    name = column.column.attrs.get("td", {}).get("class")
    return format_html(' class="{}"', name) if name else mark_safe("")


def by_rank(name: str, choices: Sequence[str | int]) -> Order:
    """A column's order by the place of a value among its choices."""
    rank = Case(
        *(When(**{name: choice}, then=Value(place)) for place, choice in enumerate(choices))
    )
    return unknown_last(rank)


def unknown_last(value: str | Combinable) -> Order:
    """A column's order by a value; rows without one come last in either direction."""
    value = as_expression(value)

    def order(table: "ListTable", rows: QuerySet, descending: bool) -> tuple[QuerySet, bool]:
        by = value.desc if descending else value.asc
        return rows.order_by(by(nulls_last=True)), True

    return order


class InOrder(TableListData):
    """Rows that are in the order that is asked for already."""

    def order_by(self, aliases: object) -> None:
        pass


class ListTable(tables.Table):
    """A table on a page.

    It shows what `render_<column>` returns; a column without that shows its plain value. Rows that
    sort as equal keep their order.
    """

    caption = ""
    # The rows of the page in HTML.
    body = ""

    def __init__(
        self,
        rows: QuerySet | Sequence[Any],
        *args: Any,
        filterset: "FilterSet | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rows, *args, template_name="tables/table.html", **kwargs)
        self.filterset = filterset
        if self.order_by and not isinstance(self.data, InOrder):
            rows = self.data.data
            self.data.data = rows.order_by(*rows.query.order_by, *filterset.rows.query.order_by)

    @classmethod
    def sorts(cls) -> list[str]:
        """The columns that a list may be sorted by."""
        return [name for name, column in cls.base_columns.items() if column.orderable is not False]

    def rows_in_html(self) -> dict[int, SafeString]:
        """Each row of the table by its key; it may be kept, and shown on other pages.

        On a phone each cell stands on a line of its own beside its label. The roles tell readers'
        software that it is a table all the same.
        """
        first, *others = self.columns
        columns = [
            (f'<th role="rowheader" scope="row"{css_class(first)}>', self.cell(first), "</th>"),
            *(
                (format_html(CELL, column.header, css_class(column)), self.cell(column), "</td>")
                for column in others
            ),
        ]
        # Each cell is escaped, unless it is HTML already.
        return {
            record.pk: mark_safe(  # noqa: S308
                '<tr role="row">'
                + "".join(
                    f"{start}{conditional_escape(cell(record))}{end}"
                    for start, cell, end in columns
                )
                + "</tr>"
            )
            for record in self.data
        }

    def show(self, rows: dict[int, str]) -> None:
        """Show these rows in HTML, by their keys."""
        self.body = mark_safe("\n".join(rows.values()))  # noqa: S308 (made by `rows_in_html`)

    def cell(self, column: tables.columns.BoundColumn) -> Callable[[Any], Any]:
        """What gives a column's cell for a record."""
        return getattr(self, f"render_{column.name}", column.accessor.resolve)
