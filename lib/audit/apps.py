from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

HEED_NO_SETTING = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME)
    RETURNS BOOLEAN AS 'SELECT FALSE' LANGUAGE sql IMMUTABLE
"""


class AuditConfig(AppConfig):
    name = "lib.audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(heed_no_setting, sender=self)


def heed_no_setting(using: str, **kwargs: object) -> None:
    """Make triggers fire whatever a session sets.

    pgtrigger's own skip themselves by a setting, which anybody who reaches the database may set.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(HEED_NO_SETTING)
