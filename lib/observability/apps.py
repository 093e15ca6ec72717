"""What a site tells of itself, as a Django app."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """The app that notes when commands ran."""

    name = "lib.observability"
    default_auto_field = "django.db.models.BigAutoField"
