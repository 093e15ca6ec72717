"""The doctor as a Django app."""

from django.apps import AppConfig


class Doctor(AppConfig):
    """The app of the command that looks an installation over."""

    name = "config.doctor"
    label = "doctor"
