"""pgbouncer as config/deploy/pgbouncer.ini sets it up, on a port of 127.0.0.1."""

import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from config.local.postgres import popen_kwargs, postgres_user
from tests.programs import program
from tests.serving import free_port

from .proxy import DEPLOY, wait_for_port


class Pgbouncer:
    """A running pgbouncer before a server, given by its host (or socket's folder), its port, and
    the name of the database; settings may differ from ours."""

    def __init__(self, folder, host, port, database, **differing):
        self.folder, self.port = folder, free_port()
        ours = (DEPLOY / "pgbouncer.ini").read_text()
        differing = {
            "findings": f"host={host} port={port} dbname={database}",
            "listen_port": self.port,
            "auth_type": "trust",
            "auth_file": folder / "userlist.txt",
            **differing,
        }
        for name, value in differing.items():
            ours, times = re.subn(rf"^{name} = .*$", f"{name} = {value}", ours, flags=re.M)
            assert times == 1, name
        (folder / "pgbouncer.ini").write_text(ours)
        (folder / "userlist.txt").write_text('"postgres" ""\n')
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/findings"
        self.start()

    def start(self):
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [program("pgbouncer"), str(self.folder / "pgbouncer.ini")],
                stdout=log,
                stderr=log,
                **popen_kwargs(),
            )
        wait_for_port(self.port)

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)


@contextlib.contextmanager
def pgbouncer(host, port, database="findings", **differing):
    """A running pgbouncer, in a folder that the user may read who runs PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="findings-pooler-"))
    try:
        if user := postgres_user():
            shutil.chown(folder, user, user)  # it refuses to run as root
        pooler = Pgbouncer(folder, host, port, database, **differing)
        try:
            yield pooler
        finally:
            pooler.end()
    finally:
        shutil.rmtree(folder)
