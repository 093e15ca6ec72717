from django.contrib.admin import site
from django.contrib.admin.apps import AdminConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class Staff(AdminConfig):
    """Django's admin with our own front page, and of other people's models only those that superusers need."""

    default_site = "config.staff.StaffSite"
    unneeded = ("account.EmailAddress", "socialaccount.SocialApp", "socialaccount.SocialToken")

    def ready(self):
        super().ready()
        for name in self.unneeded:
            site.unregister(self.apps.get_model(name))
        post_migrate.connect(make_cache_table, sender=self)


def make_cache_table(**kwargs):
    call_command("createcachetable", verbosity=0)
