"""How the system is, part by part, for the page of those who look after it.

Each part asks little and for a second at most. One that cannot be read says so, and the others
show; once the page has taken its time, what is left says that it was left out.
"""

import logging
import platform
import shutil
import time
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import django
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.files.storage import storages
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import date, filesizeformat
from django.utils.timezone import localtime

from lib.audit.data_version import versions
from lib.charts import turns
from lib.charts.engine import is_installed
from lib.imports.models import ImportRun, Upload
from lib.observability.models import CommandRun

from ..version import VERSION
from . import request_log
from .regular_work import MAILS, MARGIN, last_backup, regular_work

logger = logging.getLogger(__name__)

LONGEST_PART, LONGEST_PAGE = "1s", 4.0  # seconds
CLEARED_EVERY = timedelta(days=7)  # old sessions
LITTLE_ROOM = 0.1  # of a disk
MANY_CONNECTIONS = 0.8  # of those that the database takes


class Line(NamedTuple):
    """One thing about the system; a fault is something to look into."""

    name: str
    value: str
    is_fault: bool = False


class Part(NamedTuple):
    """Lines about one subject, or why they cannot be shown."""

    title: str
    lines: list[Line]
    error: str = ""


def parts(at):
    """All parts, as they are now."""
    until = time.monotonic() + LONGEST_PAGE
    return [read(title, lines, at, until) for title, lines in PARTS.items()]


def read(title, lines, at, until):
    if time.monotonic() > until:
        return Part(title, [], "This was left out because the other parts took too long.")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_PART}'")
            return Part(title, list(lines(at)))
    except Exception as error:  # whatever is wrong with one part, the others show
        logger.exception("A part of the page of the system could not be read: %s", title)
        return Part(
            title, [], f"This could not be read ({type(error).__name__}). The log says why."
        )


def moment(at):
    return date(localtime(at), "j F Y, H:i")


def value_of(sql):
    """The one row that a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def software(at):
    yield Line("This site", VERSION)
    yield Line("Django", django.get_version())
    yield Line("Python", platform.python_version())
    yield Line("PostgreSQL", value_of("SHOW server_version")[0])
    yield Line(
        "plotly-mirage, which draws charts",
        version("plotly-mirage") if is_installed() else "not installed",
    )
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = ", ".join(f"{migration.app_label} {migration.name}" for migration, _ in plan)
    yield Line("Migrations that have not been applied", names or "none", bool(plan))


def pages(at):
    yield Line("Changes to the data so far", f"{versions.read().version.changes:,}")
    counted = dict(request_log.answered)
    total = sum(counted.values())
    kept = counted.get("kept", 0) + counted.get("unchanged", 0)
    share = f"{kept:,} of {total:,}" + (f" ({kept / total:.0%})" if total else "")
    yield Line("Requests that this process met with a kept page", share)
    stale = counted.get("stale", 0)
    yield Line("Kept pages sent while the database did not respond", f"{stale:,}", bool(stale))
    if settings.CACHES["pages"]["BACKEND"].endswith("SharedCache"):
        found = caches["pages"]._cache.get_client().info("stats")
        hits, misses = found["keyspace_hits"], found["keyspace_misses"]
        yield Line("Found in the shared store", f"{hits:,} of {hits + misses:,}")
    else:
        yield Line("Shared store", "none: each process keeps its own pages")
    yield Line("Charts and PDFs that are being made, or wait for it", str(turns.waiting()))


def database(at):
    (size,) = value_of("SELECT pg_database_size(current_database())")
    yield Line("Size", filesizeformat(size))
    used, most = value_of(
        "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
        " WHERE backend_type = 'client backend'"
    )
    yield Line("Connections", f"{used} of {most}", used > most * MANY_CONNECTIONS)
    count, lag = value_of(
        "SELECT count(*), max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))"
        " FROM pg_stat_replication"
    )
    behind = "" if lag is None else f", the last {filesizeformat(lag)} behind"
    yield Line("Replicas", f"{count}{behind}" if count else "none")


def files(at):
    storage = storages["evidence"]
    folder = getattr(storage, "location", None) if settings.EVIDENCE_DIR else None
    if settings.EVIDENCE_BUCKET or not folder:
        yield Line("Evidence", f"in the bucket {settings.EVIDENCE_BUCKET}")
        return
    # The first file makes the folder.
    there = next(path for path in (Path(folder), *Path(folder).parents) if path.exists())
    disk = shutil.disk_usage(there)
    room = f"{filesizeformat(disk.free)} of {filesizeformat(disk.total)}"
    yield Line("Free space on the disk for evidence", room, disk.free < disk.total * LITTLE_ROOM)


def backups(at):
    last, is_late = last_backup(at)
    if not last:
        yield Line("Last backup", "none has been made yet", is_fault=True)
        return
    words = [moment(last.made_at), filesizeformat(last.size), *(["late"] if is_late else [])]
    yield Line("Last backup", ", ".join(words), is_late)
    yield Line("Stored files missing from it", str(last.lost), bool(last.lost))


def regular_work_and_mails(at):
    for name, run, is_late in regular_work(at):
        if run:
            yield run_line(run, is_late)
        else:
            yield Line(name, "has never run", is_fault=True)
    if not settings.EMAIL_HOST:
        for name in sorted(MAILS):
            yield Line(name, "not needed: EMAIL_HOST names no mail server")
    ended = Session.objects.filter(expire_date__lt=at - CLEARED_EVERY - MARGIN).exists()
    words = "sessions that ended a week ago are still there" if ended else "no old session is left"
    yield Line("clearsessions", words, ended)


def run_line(run, is_late=False):
    """What a command said when it ran last."""
    words = [moment(run.ended_at), "late" if is_late else "", "failed" if run.failed else ""]
    said = f": {run.said}" if run.said else ""
    return Line(run.command, ", ".join(filter(None, words)) + said, is_late or run.failed)


def imports(at):
    last = ImportRun.objects.order_by("-id").first()
    yield Line("Last import", f"{last}, {moment(last.at)}" if last else "none")
    yield Line("Files that were uploaded and not imported yet", str(Upload.objects.count()))
    if run := CommandRun.objects.filter(command="import_data").first():
        yield run_line(run)


PARTS = {
    "Software": software,
    "Pages and charts": pages,
    "Database": database,
    "Files": files,
    "Backups": backups,
    "Regular work and mails": regular_work_and_mails,
    "Imports": imports,
}
