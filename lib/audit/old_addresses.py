"""Old addresses: where a row is today that had another slug or reference before."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse

from .models import Change


def current_values(rows: QuerySet, field: str, old: Iterable[str]) -> dict[str, str]:
    """For each of these old values of a field, the value of today; only of rows among `rows`.

    If several rows once had the same value, the last to give it up counts.
    """
    table = rows.model._meta.db_table
    changes = Change.objects.of_old_values(table, field, old).order_by("pk")
    owners = list(changes.values_list("old_value", "row"))
    owned = rows.order_by().prefetch_related(None).filter(pk__in={row for _, row in owners})
    current = dict(owned.values_list("pk", field))
    by_folded = {value: current[row] for value, row in owners if row in current}
    return {value: by_folded[value.lower()] for value in old if value.lower() in by_folded}


class MovedPermanently(HttpResponsePermanentRedirect):
    """Leads on for good, but browsers ask each time: what moved may move back."""

    def __init__(self, address: str) -> None:
        super().__init__(address, headers={"Cache-Control": "no-cache"})


class OldAddressMixin:
    """The page of one row: an old address of the row leads on to today's, for good.

    The audit is asked only where nothing is found. A row that has the old slug today wins. Goes
    before the view's other classes, and asks `get_queryset` which rows the reader may see.
    """

    old_field = "slug"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            address = self.get_current_address(self.get_queryset())
            if address is None:
                raise
            query = request.GET.urlencode()
            return MovedPermanently(f"{address}?{query}" if query else address)

    def get_current_address(self, rows: QuerySet) -> str | None:
        """The address today of the row that once had this one; None if there is no such row."""
        old = self.kwargs[self.old_field]
        taken = rows.filter(**{f"{self.old_field}__iexact": old}).order_by()
        values = set(taken.values_list(self.old_field, flat=True))
        if old in values:
            return None  # there is such a row: something else was not found
        current = values or set(current_values(rows, self.old_field, [old]).values())
        if not current:
            return None
        kwargs = self.kwargs | {self.old_field: min(current)}
        return reverse(self.request.resolver_match.view_name, kwargs=kwargs)
