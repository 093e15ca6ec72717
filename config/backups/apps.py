"""Backups as a Django app."""

from django.apps import AppConfig


class Backups(AppConfig):
    """The app that remembers which backups were made."""

    name = "config.backups"
    label = "backups"
    default_auto_field = "django.db.models.BigAutoField"
