"""The Django app `inspections`."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """The app of inspections, gradings and sources."""

    name = "inspections"
    default_auto_field = "django.db.models.BigAutoField"
