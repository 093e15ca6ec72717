"""The moment that a page speaks of."""

from django.utils import timezone


class AsAtMixin:
    """The moment that a page speaks of: decided once, at the top, and handed down to every room."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.at = timezone.now()
        self.on = timezone.localdate(self.at)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"as_at": self.at, "on": self.on}
