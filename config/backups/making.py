"""Making a backup: the database in one snapshot, and the files of exactly the rows in it."""

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from typing import NamedTuple

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.version import VERSION

from . import manifest
from .models import Backup
from .programs import run_program
from .stored_files import fetch, needed_files

NAME = "inspection-findings"
UNFINISHED = ".unfinished"
MOST_SNAPSHOTS = 10


class Made(NamedTuple):
    """A backup that was made: its folder, and the stored files that it could not get."""

    folder: object
    lost: list


def make_backup(parent):
    """Make a backup in a folder; nothing of it is left if it fails."""
    refuse_other_role()
    at = timezone.now()
    folder = parent / f"{NAME}-{at:%Y-%m-%dT%H%M%SZ}"
    with unfinished_folder(folder) as new:
        # Most files are copied before the snapshot, which the database then keeps only briefly.
        copied = fetch_all(needed_files(), new)
        lost = set()
        for _ in range(MOST_SNAPSHOTS):
            with snapshot() as name:
                needed = needed_files()
                copied |= fetch_all(needed - copied, new)
                missing_before, lost = lost, needed - copied
                # A file may have been deleted with its row since the snapshot. If a later one still
                # has the row, the file is lost.
                if lost <= missing_before:
                    write_database(new, name, at, needed & copied, lost)
                    break
        else:
            raise CommandError("Files of evidence come and go too fast. Try again later.")
        for file in copied - needed:
            (new / file.part).unlink()
        manifest.write_sums(new)
        size = sum(path.stat().st_size for path in new.rglob("*") if path.is_file())
        new.rename(folder)
    Backup.objects.create(
        made_at=at, name=folder.name, size=size, files=len(needed & copied), lost=len(lost)
    )
    return Made(folder, sorted(lost))


def refuse_other_role():
    """Raise `CommandError` unless we are the owner of the tables, or may do what it may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
        )
        role, is_owner = cursor.fetchone()
    if not is_owner:
        raise CommandError(
            f"The role {role} may not read all of the database. Run this with the DATABASE_URL of "
            "its owner."
        )


@contextmanager
def unfinished_folder(folder):
    """A folder that nobody else may read, which is gone afterwards unless it was renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{NAME}-*{UNFINISHED}"):  # by one that was killed
        with locked(left) as is_ours:
            if is_ours:
                shutil.rmtree(left)
    new = folder.with_name(folder.name + UNFINISHED)
    new.mkdir(mode=0o700)
    try:
        with locked(new):
            yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextmanager
def locked(folder):
    """A lock on a folder for as long as this process has it; whether it could be had."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def fetch_all(files, folder):
    """Copy files; those that could be copied whole."""
    return {file for file in sorted(files) if fetch(file, folder)}


@contextmanager
def snapshot():
    """A transaction that sees one moment; the name by which `pg_dump` sees the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def tables_left_empty():
    """Tables whose rows let people in or keep them out for minutes: no backup holds them."""
    return ["django_session", settings.CACHES["default"]["LOCATION"]]


def write_database(folder, name, at, files, lost):
    """Write the dump of a snapshot, and what the backup says of itself."""
    without = [f"--exclude-table-data=public.{table}" for table in tables_left_empty()]
    with (folder / manifest.DUMP).open("wb") as dump:
        run_program("pg_dump", "--format=custom", f"--snapshot={name}", *without, stdout=dump)
    about = {
        "format": manifest.FORMAT,
        "version": VERSION,
        "made_at": at.isoformat(timespec="seconds"),
        "postgresql": connection.pg_version // 10_000,
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        "roles": granted_roles(),
        "rows": count_rows(),
        "files": sorted(files),
        "lost": sorted(lost),
    }
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (folder / manifest.MANIFEST).write_text(text + "\n", encoding="utf-8")


def granted_roles():
    """The roles to which the database's owner has given rights on tables, now or for later ones."""
    query = """
        WITH given AS (
            SELECT unnest(relacl) AS item FROM pg_class
            WHERE relnamespace IN ('public'::regnamespace, to_regnamespace('as_at'))
            UNION ALL SELECT unnest(defaclacl) FROM pg_default_acl
        )
        SELECT DISTINCT rolname FROM given, aclexplode(ARRAY[item]) AS one
        JOIN pg_roles ON pg_roles.oid = one.grantee
        WHERE one.grantee <> one.grantor ORDER BY rolname
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [role for (role,) in cursor]


def count_rows():
    """How many rows each table has that a backup holds."""
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table not in tables_left_empty():
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
                rows[table] = cursor.fetchone()[0]
    return rows
