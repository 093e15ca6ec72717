"""The view of a list page, which shows its table or sends it as a file."""

import re
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.generic import TemplateView

from lib.as_at import AsAtMixin
from lib.sentences import plural

from . import downloads
from .filtersets import MOST_ERRORS, FilterSet, printable
from .tables import ListTable

PAGE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
OTHER_PARAMS = ("sort", "page", "format")


class CountedPaginator(Paginator):
    """A paginator that is told the number of rows, and does not count them again."""

    def __init__(self, rows: QuerySet, per_page: int, count: int, **kwargs: Any) -> None:
        super().__init__(rows, per_page, **kwargs)
        self.count = count


class TableList(AsAtMixin, TemplateView):
    """A page that is one table.

    An unknown parameter gets an error page, which names it and links to the list without it.
    `nouns` is the word for a row, in the singular and the plural.
    """

    filter_class: type[FilterSet] | None = None
    table_class: type[ListTable] | None = None
    title = ""
    nouns = ("row", "rows")
    per_page = 25

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        filterset = self.filter_class(
            request.GET, self.at, OTHER_PARAMS, counted="format" not in request.GET
        )
        if renewed := filterset.without_replaced(request.GET):
            return HttpResponsePermanentRedirect(f"{request.path}?{renewed.urlencode()}")
        sort, page, file_format = (filterset.single(request.GET, name) for name in OTHER_PARAMS)
        if sort and sort.removeprefix("-") in self.table_class.sorts():
            filterset.params["sort"] = sort
        elif sort:
            filterset.errors.append(f"This list cannot be sorted by “{printable(sort)}”.")
        if file_format and file_format not in downloads.FORMATS:
            filterset.errors.append(
                f"There is no format “{printable(file_format)}”: take csv, xlsx or json."
            )
        pages = -(-filterset.count // self.per_page) or 1
        if page and not (PAGE.fullmatch(page) and int(page) <= pages):
            filterset.errors.append(
                f"There is no page “{printable(page)}”: the last one is {pages}."
            )
        if filterset.errors:
            context = {"errors": filterset.errors[:MOST_ERRORS], "without": self.address(filterset)}
            return render(request, "400.html", context, status=400)
        table = self.table_class(
            self.get_table_rows(filterset),
            order_by=filterset.params.get("sort") or (),
            filterset=filterset,
        )
        if file_format:
            address = request.build_absolute_uri(self.address(filterset))
            about = downloads.about(self.title, address, filterset, self.at)
            return downloads.respond(request, file_format, self.nouns[1], about, table, self.at)
        table.paginate(CountedPaginator, self.per_page, page=int(page or 1), count=filterset.count)
        return self.render_to_response(self.get_context_data(filterset=filterset, table=table))

    def address(self, filterset: FilterSet) -> str:
        """The address of the page with those of its choices that can be read."""
        return self.request.path + filterset.address().removeprefix(".")

    def get_table_rows(self, filterset: FilterSet) -> QuerySet:
        """The rows that match, with everything that the table shows."""
        return filterset.filter_queryset()

    def get_context_data(
        self, filterset: FilterSet, table: ListTable, **kwargs: Any
    ) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "noun": plural(filterset.count, *self.nouns),
            "filterset": filterset,
            "params": filterset.params,
            "table": table,
            "page": table.page,
            "is_synthetic": bool(filterset.synthetic_count),
        }
