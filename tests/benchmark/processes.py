"""The processes that are measured: the site, its peers and PostgreSQL."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from config.local import folders, postgres

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def database():
    """A server that is there for this run alone: its address, and its process."""
    folder = Path(tempfile.gettempdir()) / f"findings-benchmark-{secrets.token_hex(4)}"
    # Nothing runs beside what is measured; tables are vacuumed once they are full.
    options = {"max_wal_size": "8GB", "shared_buffers": "512MB", "autovacuum": "off"}
    lock, server = folders.acquire_lock(folder), postgres.Server(folder, **options)
    try:
        server.start()
        yield folders.database_url(folder), server.process.pid
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def environment(address, settings):
    """The environment of a site with a database."""
    return os.environ | {
        "REQUEST_LOG": "0",  # as its peers, which write none
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": settings,
        "SECRET_KEY": "only for measuring",
        "HTTPS": "0",
        "DEBUG": "0",
    }


def manage(address, *command):
    """Run a command of the site."""
    subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *command],
        cwd=PROJECT,
        env=environment(address, "config.settings"),
        check=True,
    )


class Process:
    """A server that answers at a port, with all processes below it."""

    def __init__(self, pid, port=None):
        self.pid, self.port = pid, port

    def family(self):
        """The numbers of the process and of all below it."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parents[int(stat.parent.name)] = int(fields(stat)[1])
        family = {self.pid}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return family

    def cpu(self):
        """The seconds that it and all below it have worked, those that have ended too."""
        ticks = 0
        for pid in self.family():
            with contextlib.suppress(OSError):
                ticks += sum(map(int, fields(Path(f"/proc/{pid}/stat"))[11:15]))
        return ticks / TICKS

    def megabytes(self):
        """The memory of the largest of them; what processes share is told in equal parts."""
        sizes = []
        for pid in self.family():
            with contextlib.suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                sizes.append(int(rollup.partition("\nPss:")[2].split()[0]) / 1024)
        return max(sizes)


def fields(stat):
    """What stands in a process's `stat` after its name."""
    return stat.read_text().rpartition(")")[2].split()


@contextlib.contextmanager
def gunicorn(application, variables, workers=1, settings=None, worker_class="gthread"):
    """A site with so many worker processes, and with a module of gunicorn's settings."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        listener.set_inheritable(True)
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", application, "--threads=4"]
        command += [f"--workers={workers}", "--no-control-socket", "--log-level=warning"]
        command += [f"--bind=fd://{listener.fileno()}", "--timeout=900", "--keep-alive=60"]
        command += [f"--config=python:{settings}" if settings else f"--worker-class={worker_class}"]
        with running(command, variables, [listener.fileno()]) as process:
            port = listener.getsockname()[1]
            listener.close()  # or nobody would notice that the site has ended
            yield Process(process.pid, port)


@contextlib.contextmanager
def datasette(python, file):
    """Datasette with a database; it may take as long as it likes for facets."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "suggest_facets": "off",
        "facet_time_limit_ms": "60000",
        "sql_time_limit_ms": "60000",
        "default_facet_size": "100",
        "max_returned_rows": "10000",
    }
    command = [python, "-m", "datasette", "serve", "--immutable", file, f"--port={port}"]
    command += [word for name, value in settings.items() for word in ("--setting", name, value)]
    with running(command, os.environ, quiet=True) as process:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield Process(process.pid, port)


@contextlib.contextmanager
def running(command, variables, descriptors=(), quiet=False):
    """A command that runs until the end of the block."""
    silent = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=variables,
        pass_fds=descriptors,
        stdout=silent,
        stderr=silent,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def peers():
    """The Python of an environment with the peers, which is there for this run alone."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
        pins = ["--require-hashes", "--no-deps", "--requirement", HERE / "peers.txt"]
        subprocess.run([python, "-m", "pip", *install, *pins], check=True)
        yield python
