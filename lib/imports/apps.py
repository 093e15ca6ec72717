"""Imports as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ImportsConfig(AppConfig):
    """The app of the import runs; each app's `resources` say which kinds of rows there are."""

    name = "lib.imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("resources")
