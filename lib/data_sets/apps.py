"""The data sets as a Django app."""

from django.apps import AppConfig


class DataSetsConfig(AppConfig):
    """The app of the data sets that were made."""

    name = "lib.data_sets"
    default_auto_field = "django.db.models.BigAutoField"
