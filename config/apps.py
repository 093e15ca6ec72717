"""The admin app, with our own site."""

from django import forms
from django.contrib.admin import site
from django.contrib.admin.apps import AdminConfig
from django.core.management import call_command
from django.core.validators import validate_slug
from django.db import models
from django.db.models.signals import post_migrate

from lib.observability import queries
from lib.visible import require_visible

from . import checks  # noqa: F401 (Django finds checks where they are imported)
from .observability import sentry

# Every text that somebody types or imports, whichever form or model has it. This is the first app,
# so no model or form has been made yet.
for field_class in (forms.CharField, models.CharField, models.TextField):
    field_class.default_validators = [*field_class.default_validators, require_visible]


# Django’s sentence calls it a “slug”.
validate_slug.message = "Use only letters without accents, digits, hyphens and underscores."


class Staff(AdminConfig):
    """Django's admin with our own site, without models of libraries that nobody needs there."""

    default_site = "config.admin_site.StaffSite"
    # The names of libraries' apps in the admin.
    names = {
        "auth": "Accounts",
        "mfa": "Second factors",
        "socialaccount": "Organisations’ own sign-in",
    }
    unneeded = ("account.EmailAddress", "socialaccount.SocialApp", "socialaccount.SocialToken")

    def ready(self):
        super().ready()
        queries.watch()
        sentry.start()
        for app, name in self.names.items():
            self.apps.get_app_config(app).verbose_name = name
        for name in self.unneeded:
            site.unregister(self.apps.get_model(name))
        post_migrate.connect(make_cache_table, sender=self)


def make_cache_table(**kwargs):
    """Make the table of the database cache after each migration."""
    call_command("createcachetable", verbosity=0)
