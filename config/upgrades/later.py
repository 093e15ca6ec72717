"""Whether a database was migrated by a later version than this one."""

from functools import cache

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@cache
def own_migrations():
    """The migrations of this version, as pairs of app and name."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def later_migrations(applied):
    """Those of the migrations of our apps, as pairs of app and name, that this version lacks."""
    known = own_migrations()
    ours = {app for app, _ in known}
    return sorted(one for one in set(applied) - known if one[0] in ours)


def later_version_in(using):
    """A sentence about a database that this version does not know any more; else nothing."""
    if later := later_migrations(MigrationRecorder(connections[using]).applied_migrations()):
        return (
            f"The database was migrated by a later version of the site ({'.'.join(later[0])}). "
            "Install that version, or restore the backup made before it."
        )
    return ""
