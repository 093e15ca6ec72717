"""The view of a list page, which shows its table or sends it as a file."""

import re
from abc import abstractmethod
from array import array
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import Truncator, slugify
from django.views.generic import TemplateView

from lib import feeds
from lib.audit.old_addresses import MovedPermanently
from lib.pages import LONGEST_DESCRIPTION, LinkedData, PageMixin
from lib.parameters import printable
from lib.sentences import plural

from . import downloads
from .columns import Download
from .filtersets import FilterSet
from .tables import InOrder, ListTable

PAGE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
OTHER_PARAMS = ("sort", "boxes", "page", "format")
MOST_ERRORS = 10

Entries = Callable[[QuerySet, feeds.Absolute], list[feeds.Entry]]


class CountedPaginator(Paginator):
    """A paginator that is told the number of rows, and does not count them again."""

    def __init__(self, rows: QuerySet, per_page: int, count: int, **kwargs: Any) -> None:
        super().__init__(rows, per_page, **kwargs)
        self.count = count


def page_errors(page: str, count: int, per_page: int) -> list[str]:
    """What is wrong with the page that an address asks for, of so many rows."""
    pages = -(-count // per_page) or 1
    if not page or (PAGE.fullmatch(page) and int(page) <= pages):
        return []
    return [f"There is no page “{printable(page)}”: the last one is {pages}."]


class TableList(PageMixin, TemplateView):
    """A page that is one table.

    A box of its filters includes a value, or with `boxes=exclude` leaves it out.
    An unknown parameter is named and ignored. An unknown value gets an error page, which names it
    and links to the list without it.
    `nouns` is the word for a row, in the singular and the plural. `description` says in a sentence
    what the list has. A list with a feed has `feed_entries`, which gives the newest of some rows.
    """

    filter_class: type[FilterSet] | None = None
    table_class: type[ListTable] | None = None
    title, description = "", ""
    nouns = ("row", "rows")
    per_page = 25
    feed_entries: Entries | None = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        filterset = self.filterset = self.filter_class(request.GET, self.at, OTHER_PARAMS)
        if renewed := filterset.renewed_params(request.GET):
            return MovedPermanently(f"{request.path}?{renewed.urlencode()}")
        sort, boxes, page, file_format = (
            filterset.single(request.GET, name) for name in OTHER_PARAMS
        )
        if sort and sort.removeprefix("-") in self.table_class.sorts():
            filterset.params["sort"] = sort
        elif sort:
            filterset.errors.append(f"This list cannot be sorted by “{printable(sort)}”.")
        if boxes == "exclude":
            filterset.params["boxes"] = boxes
        elif boxes:
            filterset.errors.append(f"Boxes cannot “{printable(boxes)}”: take exclude.")
        formats = [*downloads.ALL_FORMATS, *([feeds.FORMAT] if self.feed_entries else [])]
        count = filterset.count
        filterset.errors += downloads.format_errors(file_format, formats, count)
        filterset.errors += page_errors(page, count, self.per_page)
        if filterset.errors:
            unknown = "We do not recognise “{}” in the address."
            ignored = [unknown.format(name) for name in filterset.ignored]
            context = {
                "errors": [*filterset.errors, *ignored][:MOST_ERRORS],
                "without": self.address(filterset),
            }
            return render(request, "400.html", context, status=400)
        if file_format == feeds.FORMAT:
            rows, absolute = filterset.filter_queryset(), request.build_absolute_uri
            title = f"{self.title}: {filterset.words()}" if filterset.is_filtered else self.title
            address = self.address(filterset, boxes=None, sort=None)
            return feeds.respond(request, title, address, self.feed_entries(rows, absolute))
        if file_format:
            address = request.build_absolute_uri(self.address(filterset, boxes=None))
            about = downloads.about(self.title, address, filterset, self.at)
            download = self.get_download(filterset)
            keys = array("q", self.get_page_keys(filterset, 0, filterset.count))
            lines = partial(downloads.lines_of, keys, download)
            name = slugify(self.nouns[1])
            return downloads.respond(request, file_format, name, about, download.columns, lines)
        table = self.get_page_table(filterset, int(page or 1))
        return self.render_to_response(self.get_context_data(filterset=filterset, table=table))

    def get_table(self, filterset: FilterSet, rows: QuerySet | InOrder) -> ListTable:
        """The table of rows in the order that is asked for."""
        order = filterset.params.get("sort") or ()
        return self.table_class(rows, order_by=order, filterset=filterset)

    def get_page_table(self, filterset: FilterSet, number: int) -> ListTable:
        """The table of one page, whose rows alone are read."""
        start = (number - 1) * self.per_page
        keys = self.get_page_keys(filterset, start, start + self.per_page)
        kept = filterset.postings.rows
        known = {key: kept[key] for key in keys if key in kept}
        missing = [key for key in keys if key not in known]
        rows = []
        if missing:
            found = filterset.rows.order_by().filter(pk__in=missing)
            rows = list(self.get_table_rows(filterset, found))
        table = self.get_table(filterset, InOrder(rows))
        made = table.rows_in_html()
        filterset.postings.keep_rows(made)
        shown = known | made
        # Others may have kept the list for newer data, with rows that this reader does not see.
        table.show({key: shown[key] for key in keys if key in shown})
        table.page = CountedPaginator((), self.per_page, filterset.count).page(number)
        return table

    def get_page_keys(self, filterset: FilterSet, start: int, stop: int) -> list[int]:
        """The keys of the rows of a page, in the order that is asked for."""
        sort = filterset.params.get("sort")
        if not sort:
            return filterset.postings.keys(filterset.bits, start, stop)

        def ordered() -> QuerySet:
            rows = self.get_table_rows(filterset, filterset.rows)
            return self.get_table(filterset, rows).data.data

        return filterset.postings.ordered_keys(sort, ordered, filterset.bits, start, stop)

    def address(self, filterset: FilterSet, **changes: None) -> str:
        """The address of the page with those of its choices that can be read."""
        return self.request.path + filterset.address(**changes).removeprefix(".")

    def get_own_address(self, **changes: None) -> str:
        address = self.address(self.filterset, **changes)
        page = self.request.GET.get("page", "1")
        if page in ("", "1"):
            return address
        return f"{address}{'&' if '?' in address else '?'}page={page}"

    def get_canonical_address(self) -> str:
        """Another order is the same page, and so is one with other boxes."""
        return self.get_own_address(sort=None, boxes=None)

    def get_ignored(self) -> list[str]:
        return self.filterset.ignored

    def get_linked_data(self, context: dict[str, Any]) -> list[LinkedData]:
        """Its place in the site; a list without filters is a dataset too."""
        data = super().get_linked_data(context)
        if self.filterset.is_filtered:
            return data
        return [*data, downloads.dataset(self.request, self.title, self.description)]

    def get_description(self, context: dict[str, Any]) -> str:
        if not self.filterset.is_filtered:
            return self.description
        return Truncator(f"{self.description} Filters: {self.filterset.words()}").chars(
            LONGEST_DESCRIPTION
        )

    def get_table_rows(self, filterset: FilterSet, rows: QuerySet) -> QuerySet:
        """Rows with everything that the table shows of them."""
        return rows

    @abstractmethod
    def get_download(self, filterset: FilterSet) -> Download:
        """What a download holds of the rows: one fact a column, whatever the page shows."""

    def get_context_data(
        self, filterset: FilterSet, table: ListTable, **kwargs: Any
    ) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "noun": plural(filterset.count, *self.nouns),
            "filterset": filterset,
            "params": filterset.params,
            "feed": self.feed_entries
            and feeds.with_format(self.address(filterset, boxes=None, sort=None)),
            "other_boxes": filterset.address(
                boxes=None if "boxes" in filterset.params else "exclude"
            ),
            "table": table,
            "page": table.page,
            "is_synthetic": bool(filterset.synthetic_count),
        }
