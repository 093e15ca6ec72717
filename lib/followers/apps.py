"""Followers as a Django app."""

from django.apps import AppConfig


class FollowersConfig(AppConfig):
    """The app of readers who get mail when a page changes."""

    name = "lib.followers"
    default_auto_field = "django.db.models.BigAutoField"
