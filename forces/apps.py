from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

HEED_NO_SETTING = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS 'SELECT FALSE' LANGUAGE sql IMMUTABLE
"""


class ForcesConfig(AppConfig):
    name = "forces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        post_migrate.connect(heed_no_setting, sender=self)


def heed_no_setting(using, **kwargs):
    """The library's triggers ask a setting whether to be ignored, which whoever reaches the database may set: ours hold all the same."""
    with connections[using].cursor() as cursor:
        cursor.execute(HEED_NO_SETTING)
