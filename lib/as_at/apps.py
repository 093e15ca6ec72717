"""The past as a Django app."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from .tables import create_tables, registered_tables


class AsAtConfig(AppConfig):
    """The app of the tables as they were; each app's `as_at` says what was different."""

    name = "lib.as_at"

    def ready(self) -> None:
        autodiscover_modules("as_at")
        # The last app with a past is told of what was migrated when its tables, and those of all
        # before it, are there.
        last = apps.get_app_config(registered_tables()[-1].model._meta.app_label)
        post_migrate.connect(create_tables, sender=last)
