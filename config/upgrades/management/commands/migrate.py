"""`manage.py migrate`, while people read: it takes its turn, and makes nobody wait for long."""

import time

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.utils import InternalError, NotSupportedError

from config.upgrades.later import later_version_in
from lib.as_at.tables import drop_tables
from lib.audit.conflicts import is_locked
from lib.database.failures import sqlstate_of

# While a migration waits for a lock, whoever reads that table waits behind it.
LONGEST_LOCK = "1s"
PAUSE = 1  # seconds, in which they go on
MOST_TRIES = 120
# Something that is asked for depends on the views of the past: 2BP01, and 0A000 of a column's type.
HELD_BY_VIEWS = ("2BP01", "0A000")


class Command(migrate.Command):
    """Django's command, which tries again where a table is being read, and takes the views of the
    past away only where a migration cannot do with them.

    Each migration is a transaction of its own, so what has been done is not done twice.
    """

    def handle(self, *args, **options):
        using = options["database"]
        if later := later_version_in(using):
            raise CommandError(later)
        with connections[using].cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute(f"SET lock_timeout = '{LONGEST_LOCK}'")
        has_views = True
        for _ in range(MOST_TRIES):
            try:
                return super().handle(*args, **options)
            except (OperationalError, InternalError, NotSupportedError) as error:
                if sqlstate_of(error) in HELD_BY_VIEWS and has_views:
                    drop_tables(using)
                    has_views = False
                elif is_locked(error):
                    self.stderr.write("A table is in use. Trying again.")
                    time.sleep(PAUSE)
                else:
                    raise
        raise CommandError(
            "A table stayed in use all the time, by a download perhaps. What was migrated so far "
            "stays; run `migrate` again for the rest."
        )
