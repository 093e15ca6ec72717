"""What every public page says of itself: its one address, and the parameters it did not know."""

from typing import Any

from django.utils.http import urlencode

from .as_at import AsAtMixin
from .parameters import unknown_parameters


class PageMixin(AsAtMixin):
    """A public page: it names the parameters in its address that it does not know.

    `parameters` are those that it knows.
    """

    parameters: tuple[str, ...] = ()

    def get_own_address(self) -> str:
        """The page's address within the site, with nothing that it does not know."""
        params = self.request.GET
        known = {name: params.getlist(name) for name in self.parameters if name in params}
        query = urlencode(known, doseq=True)
        return f"{self.request.path}?{query}" if query else self.request.path

    def get_ignored(self) -> list[str]:
        """The parameters in the address that the page does not know, as it may show them."""
        return unknown_parameters(self.request.GET, self.parameters)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "ignored": self.get_ignored(),
            "own_address": self.get_own_address(),
        }
