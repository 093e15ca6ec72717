"""Pages as at a day in the past: the same pages, which read the rows as they were then."""

from .views import AsAtMixin

__all__ = ["AsAtMixin"]
