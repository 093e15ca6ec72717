"""The Django app `forces`."""

from django.apps import AppConfig


class ForcesConfig(AppConfig):
    """The app of regions, organisations and staff."""

    name = "forces"
    default_auto_field = "django.db.models.BigAutoField"
