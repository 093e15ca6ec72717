"""Upgrades as a Django app."""

from django.apps import AppConfig


class Upgrades(AppConfig):
    """The app of our `migrate`."""

    name = "config.upgrades"
    label = "upgrades"
