"""Forms as a Django app."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    """The app of forms that were sent or not saved, and of the files that were chosen in them."""

    name = "lib.forms"
    default_auto_field = "django.db.models.BigAutoField"
