"""The Django app `findings`."""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    """The app of findings, responses and plans."""

    name = "findings"
    default_auto_field = "django.db.models.BigAutoField"
