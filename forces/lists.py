"""List pages: one table whose rows are chosen, sorted, paged and downloaded, every state of it a GET address."""

import re

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.shortcuts import render
from django.views.generic import TemplateView

from . import downloads
from .facets import MOST_PROBLEMS, shown
from .pages import AsAt

PAGE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
OTHER_PARAMS = ("sort", "page", "format")


def ranked(name, choices, descending=False):
    """An ordering by the place of a value among its choices, not by its spelling."""
    rank = Case(*(When(**{name: choice}, then=Value(place)) for place, choice in enumerate(choices)))
    return rank.desc() if descending else rank.asc()


class ListTable(tables.Table):
    """A table whose columns a page renders (`render_name`) and a file spells out (`value_name(record)`, or else as it is held).

    `chosen` is the page's FilterSet. Rows that a sort holds equal stay in the order that they came in.
    """

    caption = ""

    def __init__(self, rows, *args, chosen, **kwargs):
        super().__init__(rows, *args, template_name="tables/table.html", **kwargs)
        self.chosen = chosen
        if self.order_by:
            rows = self.data.data
            self.data.data = rows.order_by(*rows.query.order_by, *chosen.rows.query.order_by)

    @classmethod
    def sorts(cls):
        """The columns that a list may be sorted by."""
        return [name for name, column in cls.base_columns.items() if column.orderable is not False]

    def plain_columns(self):
        return [(column.name, str(column.header)) for column in self.columns]

    def plain_rows(self, chunk):
        """All rows, page or no page, a chunk in memory at a time."""
        spell = [getattr(self, f"value_{column.name}", column.accessor.resolve) for column in self.columns]
        for record in self.data.data.iterator(chunk_size=chunk):
            yield [value(record) for value in spell]


class CountedPaginator(Paginator):
    """A paginator that is told how many rows there are, not asking again."""

    def __init__(self, rows, per_page, count, **kwargs):
        super().__init__(rows, per_page, **kwargs)
        self.count = count


class TableList(AsAt, TemplateView):
    """A page that is one table; what it cannot read in its address it names, with the address that it can."""

    filter_class = None
    table_class = None
    title = ""
    nouns = ("row", "rows")
    per_page = 25

    def get(self, request, *args, **kwargs):
        chosen = self.filter_class(request.GET, self.at, OTHER_PARAMS, counted="format" not in request.GET)
        sort, page, file_format = (chosen.single(request.GET, name) for name in OTHER_PARAMS)
        if sort and sort.removeprefix("-") in self.table_class.sorts():
            chosen.params["sort"] = sort
        elif sort:
            chosen.problems.append(f"This list cannot be sorted by “{shown(sort)}”.")
        if file_format and file_format not in downloads.FORMATS:
            chosen.problems.append(f"There is no format “{shown(file_format)}”: take csv, xlsx or json.")
        pages = -(-chosen.count // self.per_page) or 1
        if page and not (PAGE.fullmatch(page) and int(page) <= pages):
            chosen.problems.append(f"There is no page “{shown(page)}”: the last one is {pages}.")
        if chosen.problems:
            context = {"problems": chosen.problems[:MOST_PROBLEMS], "without": self.address(chosen)}
            return render(request, "400.html", context, status=400)
        table = self.table_class(self.get_table_rows(chosen), order_by=chosen.params.get("sort") or (), chosen=chosen)
        if file_format:
            address = request.build_absolute_uri(self.address(chosen))
            about = downloads.about(self.title, address, chosen, self.at)
            return downloads.respond(request, file_format, self.nouns[1], about, table, self.at)
        table.paginate(CountedPaginator, self.per_page, page=int(page or 1), count=chosen.count)
        return self.render_to_response(self.get_context_data(chosen=chosen, table=table))

    def address(self, chosen):
        """The page's path and its choices, those that it could read."""
        return self.request.path + chosen.address().removeprefix(".")

    def get_table_rows(self, chosen):
        """The rows chosen, with all that the table shows of them."""
        return chosen.narrow()

    def get_context_data(self, chosen, table, **kwargs):
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "noun": self.nouns[chosen.count != 1],
            "chosen": chosen,
            "params": chosen.params,
            "table": table,
            "page": table.page,
            "is_made_up": bool(chosen.made_up_count),
        }
