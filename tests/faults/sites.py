"""A PostgreSQL of a test's own, which it may stop, fill or refuse, and sites on it.

with own_postgres() as database, site_on(database) as site:
    database.hang()
    response, page = site.get("/")
"""

import contextlib
import functools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from config.local import folders
from config.local.postgres import Server, popen_kwargs, programs, run
from tests import postgres, serving

OPTIONS = {
    "fsync": "off",  # no test stops the machine: what was written outlives every process
    "full_page_writes": "off",
    "max_parallel_workers_per_gather": "0",
}


class OwnPostgres(Server):
    """A PostgreSQL 18 with a Unix socket and a TCP port of its own on 127.0.0.1.

    `url` and `tcp_url` are addresses of its database `findings`.
    """

    def __init__(self, folder, port, **options):
        options = OPTIONS | {"listen_addresses": "127.0.0.1", "port": str(port)} | options
        super().__init__(folder, **options)
        self.folder, self.port = folder, port
        self.socket = self.cluster / f".s.PGSQL.{port}"
        self.maintenance = self.address("postgres")
        self.url, self.tcp_url = self.address(), f"postgresql://postgres@127.0.0.1:{port}/findings"

    def address(self, database="findings"):
        return f"{folders.database_url(self.folder, database)}&port={self.port}"

    def asking(self, database="findings"):
        """A way to ask it, as `tests.postgres.asking` gives one."""
        return postgres.asking(self.address(database))

    def postmaster(self):
        return int((self.cluster / "postmaster.pid").read_text().splitlines()[0])

    def processes(self):
        """The postmaster, and all that it has started."""
        pid = self.postmaster()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def hang(self):
        """Stop all of its processes; none ends, and sockets still take what is sent."""
        for pid in self.processes():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self):
        """Let those that hang run again."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def end(self, mode="fast"):
        """End it as `pg_ctl` does: "smart", "fast" or "immediate"; `start()` starts it again."""
        run("pg_ctl", "stop", f"--mode={mode}", "-D", self.cluster)
        self.process.wait()

    def kill(self):
        """End its postmaster with SIGKILL; `start()` starts it again, once its children ended."""
        os.kill(self.postmaster(), signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def own_postgres(folder=None, **options):
    """A running server whose database `findings` holds the core of the facts.

    It lives in a new folder, or in one that is given, which the user that runs PostgreSQL must
    reach, as by a short path. `options` are PostgreSQL's, such as `max_connections="20"`.
    """
    made = folder or Path(tempfile.gettempdir(), f"findings-fault-{secrets.token_hex(4)}")
    folders.make_private_folder(made)
    server = OwnPostgres(made, serving.free_port(), **options)
    try:
        server.start()
        restore(server)
        yield server
    finally:
        if (server.cluster / "postmaster.pid").exists():
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                server.go_on()
        server.stop()
        shutil.rmtree(server.cluster if folder else made, ignore_errors=True)


@functools.cache  # bytes of SQL, once for each run
def dump():
    """What `pg_dump` writes of the database that holds the core of the facts."""
    own = f"run_{os.environ['TEST_RUN']}_dumped_{os.getpid()}"
    with postgres.asking() as ask:
        postgres.copy(ask, postgres.facts(), own)  # the facts themselves let nobody connect
        try:
            return subprocess.run(
                [programs() / "pg_dump", f"--dbname={postgres.url(own)}"],
                check=True,
                stdout=subprocess.PIPE,
                **popen_kwargs(),
            ).stdout
        finally:
            postgres.drop(ask, own)


def restore(server):
    """Fill a new server's database with what was dumped."""
    subprocess.run(
        [
            programs() / "psql",
            *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"),
            f"--dbname={server.url}",
        ],
        input=dump(),
        check=True,
        stdout=subprocess.DEVNULL,
        **{name: value for name, value in popen_kwargs().items() if name != "stdin"},
    )
    with server.asking() as ask:
        ask("VACUUM ANALYZE")


@contextlib.contextmanager
def site_on(server, workers=1, address=None, **environment):
    """A site on a server, ready to be asked: a `tests.serving.Server`.

    `address` is its DATABASE_URL, where it is another than the server's socket (`server.tcp_url`);
    `environment` are further variables of its environment.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w+") as log:
        site = serving.Server(log, Path(folder), workers, address or server.url, **environment)
        try:
            site.ready()
            yield site
        finally:
            site.end()
