"""Permalinks as a Django app."""

from django.apps import AppConfig


class PermalinksConfig(AppConfig):
    """The app of pages that somebody cites."""

    name = "lib.permalinks"
    default_auto_field = "django.db.models.BigAutoField"
