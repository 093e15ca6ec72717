"""Putting a backup back: into an empty database, all of it or nothing."""

import contextlib
from typing import NamedTuple

from django.core.cache import caches
from django.core.files.storage import storages
from django.core.management.base import CommandError
from django.db import connection, connections

from config import checks
from config.upgrades.later import later_migrations, own_migrations
from config.version import VERSION
from lib.sentences import plural

from . import manifest
from .making import count_rows
from .programs import find_program, run_program
from .stored_files import StoredFile, put_back


class Restored(NamedTuple):
    """A backup that was put back: what it says of itself, how many files were not there before, the
    migrations that this version adds, and whether the shared store of pages was emptied."""

    about: dict
    new_files: int
    is_older: bool
    is_store_empty: bool


def restore_backup(folder, with_privileges=True):
    """Put a backup back where the settings say; raises `CommandError` and leaves nothing if not."""
    about = manifest.read_backup(folder)
    is_older = refuse_later_version(about)
    refuse_database(about, with_privileges)
    find_program("pg_restore")
    put = []
    try:
        for file in (StoredFile(*row) for row in about["files"]):
            try:
                if put_back(file, folder):
                    put.append(file)
            except FileExistsError:
                raise CommandError(f"There is another file called {file.part} already.") from None
        write_rows(folder, with_privileges)
    except BaseException:
        for file in put:
            with contextlib.suppress(Exception):  # the first error is the one to tell
                storages[file.storage].delete(file.name)
        raise
    refuse_other_rows(about)
    return Restored(about, len(put), is_older, empty_store())


def refuse_later_version(about):
    """Raise `CommandError` if this version does not know the backup's tables; whether it knows
    later ones."""
    applied = {tuple(one) for one in about["migrations"]}
    if later := later_migrations(applied):
        raise CommandError(
            f"The backup was made by version {about['version']}, and this is {VERSION}, which does "
            f"not know its tables ({'.'.join(later[0])}). Install {about['version']} or later."
        )
    return bool(own_migrations() - applied)


def refuse_database(about, with_privileges):
    """Raise `CommandError` unless the database is empty, reads letters and has the roles."""
    name = connection.settings_dict["NAME"]
    for error in checks.search_reads_signs(["default"]):
        raise CommandError(f"{error.msg} {error.hint}")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'as_at' LIMIT 1"
        )
        if cursor.fetchone():
            raise CommandError(
                f"The database {name} is not empty. Make a new one, as OPERATING.md says under "
                "“Two roles in the database”, and name it in DATABASE_URL."
            )
        cursor.execute("SELECT rolname FROM pg_roles")
        missing = sorted(set(about["roles"]) - {role for (role,) in cursor})
    if missing and with_privileges:
        raise CommandError(
            f"The backup gives rights to {', '.join(missing)}, and this server has no such role. "
            "Make it first, or leave all rights out with --no-privileges and grant them later."
        )


def write_rows(folder, with_privileges):
    """Write the database in one transaction."""
    connections.close_all()  # what it was told of the empty database
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner"]
    if not with_privileges:
        arguments.append("--no-privileges")
    with (folder / manifest.DUMP).open("rb") as dump:
        run_program("pg_restore", *arguments, stdin=dump)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")  # a dump has no statistics, and plans would be made without


def refuse_other_rows(about):
    """Raise `CommandError` if a table has not as many rows as when the backup was made."""
    rows = count_rows()
    wrong = [
        f"{table} has {rows.get(table, 'no')} {plural(rows.get(table, 0), 'row')}, not {number}"
        for table, number in about["rows"].items()
        if rows.get(table) != number
    ]
    if wrong:
        raise CommandError(f"Do not use this database: {', '.join(wrong)}.")


def empty_store():
    """Empty what processes share of pages; whether that could be done.

    Pages are kept by how many changes the database counts, which may come to a number again that it
    had before.
    """
    try:
        for kept in ("pages", "drawings"):
            caches[kept].clear()
    except Exception:  # each store has exceptions of its own
        return False
    return True
