"""The moment for which a page is true."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from .days import end_of


class AsAtMixin:
    """A view that reads the clock once: `at` is the moment, `on` its day.

    Of a page as at a day in the past it is the end of that day.
    """

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        day = getattr(request, "as_at", None)
        self.at = end_of(day) if day else timezone.now()
        self.on = timezone.localdate(self.at)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"as_at": self.at, "on": self.on}
