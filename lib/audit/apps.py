"""The audit as a Django app."""

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

ALWAYS_FIRE = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME)
    RETURNS BOOLEAN AS 'SELECT FALSE' LANGUAGE sql IMMUTABLE
"""


class AuditConfig(AppConfig):
    """The app of the audit table and its triggers."""

    name = "lib.audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(make_triggers_always_fire, sender=self)


def make_triggers_always_fire(using: str, **kwargs: object) -> None:
    """Make triggers fire whatever a session sets.

    pgtrigger lets a setting switch its triggers off, and anybody with a connection to the database
    can change that setting.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(ALWAYS_FIRE)
