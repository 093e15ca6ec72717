"""Tables of list pages."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.db.models import Case, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:  # a table only needs the type of its page's filterset
    from .filtersets import FilterSet

# Classes for the style sheet.
MAIN = {"td": {"class": "main"}}
DATE = {"td": {"class": "date"}}
ROOMY = {"td": {"class": "roomy"}}
NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
CELL = '<td role="cell" data-label="{}"{}>'
CELL_END, ROW_HEAD_END = mark_safe("</td>"), mark_safe("</th>")


def css_class(column: tables.columns.BoundColumn) -> SafeString:
    """The attribute with the class that a column's cells have for the style sheet, if any."""
    name = column.column.attrs.get("td", {}).get("class")
    return format_html(' class="{}"', name) if name else mark_safe("")


def rank(name: str, choices: Sequence[str | int], descending: bool = False) -> OrderBy:
    """An ordering by the place of a value among its choices."""
    rank = Case(
        *(When(**{name: choice}, then=Value(place)) for place, choice in enumerate(choices))
    )
    return rank.desc() if descending else rank.asc()


class ListTable(tables.Table):
    """A table on a page.

    It shows what `render_<column>` returns; a column without that shows its plain value. Rows that
    sort as equal keep their order.
    """

    caption = ""

    def __init__(
        self,
        rows: QuerySet | Sequence[Any],
        *args: Any,
        filterset: "FilterSet | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rows, *args, template_name="tables/table.html", **kwargs)
        self.filterset = filterset
        if self.order_by:
            rows = self.data.data
            self.data.data = rows.order_by(*rows.query.order_by, *filterset.rows.query.order_by)

    @classmethod
    def sorts(cls) -> list[str]:
        """The columns that a list may be sorted by."""
        return [name for name, column in cls.base_columns.items() if column.orderable is not False]

    def page_rows(self) -> Iterator[list[tuple[SafeString, Any, SafeString]]]:
        """The cells of this page's rows, each between the tags that open and close it.

        On a phone each cell stands on a line of its own beside its label. The roles tell readers'
        software that it is a table all the same.
        """
        first, *others = self.columns
        tags = [
            (format_html('<th role="rowheader" scope="row"{}>', css_class(first)), ROW_HEAD_END),
            *((format_html(CELL, column.header, css_class(column)), CELL_END) for column in others),
        ]
        for row in self.paginated_rows:
            yield [(start, cell, end) for (start, end), cell in zip(tags, row, strict=True)]
