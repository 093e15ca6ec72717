"""The moment for which a page is true."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone


class AsAtMixin:
    """A view that reads the clock once: `at` is the moment, `on` its day."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.at = timezone.now()
        self.on = timezone.localdate(self.at)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"as_at": self.at, "on": self.on}
