"""Tables of list pages: each column rendered for a page and spelled out for a file."""

import django_tables2 as tables
from django.db.models import Case, Value, When

# What a cell holds, for the style sheet.
MAIN = {"td": {"class": "main"}}
DATE = {"td": {"class": "date"}}
ROOMY = {"td": {"class": "roomy"}}
NUMBER = {"th": {"class": "n"}, "td": {"class": "n"}}


def rank(name, choices, descending=False):
    """An ordering by the place of a value among its choices, not by its spelling."""
    rank = Case(
        *(When(**{name: choice}, then=Value(place)) for place, choice in enumerate(choices))
    )
    return rank.desc() if descending else rank.asc()


class ListTable(tables.Table):
    """A table whose columns a page renders (`render_name`) and a file spells out (`value_name(record)`, or else as it is held).

    `filterset` is the page's FilterSet. Rows that a sort holds equal stay in the order that they came in.
    """

    caption = ""

    def __init__(self, rows, *args, filterset, **kwargs):
        super().__init__(rows, *args, template_name="tables/table.html", **kwargs)
        self.filterset = filterset
        if self.order_by:
            rows = self.data.data
            self.data.data = rows.order_by(*rows.query.order_by, *filterset.rows.query.order_by)

    @classmethod
    def sorts(cls):
        """The columns that a list may be sorted by."""
        return [name for name, column in cls.base_columns.items() if column.orderable is not False]

    def plain_columns(self):
        return [(column.name, str(column.header)) for column in self.columns]

    def plain_rows(self, chunk):
        """All rows, page or no page, a chunk in memory at a time."""
        spell = [
            getattr(self, f"value_{column.name}", column.accessor.resolve)
            for column in self.columns
        ]
        for record in self.data.data.iterator(chunk_size=chunk):
            yield [value(record) for value in spell]
