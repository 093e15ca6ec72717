"""All of a site on many hosts, on this machine: nginx, two hosts with a pooler each, Valkey, an
object store, a primary and its replica. Each can be made to fail, and put right again."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from tests import serving
from tests.object_store import BUCKET, ObjectStore
from tests.programs import program

from .pooler import pgbouncer
from .proxy import Nginx, wait_for_port
from .replication import replica_of
from .sites import own_postgres

LIMITS = ("statement_timeout = '10s'", "lock_timeout = '2s'")


class Host(serving.Server):
    """A host of the site; all of its processes are killed, or hang, together."""

    def signal(self, number):
        for pid in [*self.workers(), self.process.pid]:
            os.kill(pid, number)

    def kill(self):
        self.signal(signal.SIGSTOP)  # so that none is made anew meanwhile
        self.signal(signal.SIGKILL)
        self.process.wait()


class Valkey:
    """A store of pages that hosts share, as Debian's redis-server."""

    def __init__(self):
        self.port = serving.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [
                program("redis-server"),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
                *("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Hosts:
    """What is there, by name: nginx, hosts, poolers, valkey, store, primary and replica."""

    def __init__(self, stack):
        enter = stack.enter_context
        self.primary = enter(own_postgres())
        for limit in LIMITS:
            with self.primary.asking() as ask:
                ask(f"ALTER ROLE postgres SET {limit}")
        self.replica = enter(replica_of(self.primary))
        self.poolers = [enter(self._pooler()) for _ in range(2)]
        self.valkey = Valkey()
        stack.callback(self.valkey.kill)
        self.store = ObjectStore()
        stack.callback(self.store.close)
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="findings-hosts-")))
        folder.chmod(0o755)
        self.hosts = []
        for place, pooler in enumerate(self.poolers):
            log = enter((folder / f"log-{place}").open("w+"))
            (static := folder / f"static-{place}").mkdir()
            host = Host(log, static, 2, pooler.url, **self._environment(pooler))
            stack.callback(host.end)
            self.hosts.append(host)
        for host in self.hosts:
            host.ready()
        self.run("make_data_set", "--verbosity=0")
        self.nginx = Nginx(folder / "nginx", *(host.port for host in self.hosts))
        stack.callback(self.nginx.end)

    def _pooler(self):
        replica = f"replica = host=127.0.0.1 port={self.replica.port} dbname=findings"
        return pgbouncer("127.0.0.1", self.primary.port, f"findings\n{replica}")

    def _environment(self, pooler):
        return {
            "DATABASE_POOLED": "1",
            "REPLICA_URL": pooler.url.replace("/findings", "/replica"),
            "CACHE_URL": self.valkey.url,
            "EVIDENCE_BUCKET": BUCKET,
            "DATA_SETS_DIR": "",
            **self.store.environment,
            "BEHIND_PROXY": "1",
        }

    def run(self, *command, python=()):
        """What a command prints that runs on the primary itself, without a pooler."""
        own = {"DATABASE_URL": self.primary.tcp_url, "DATABASE_POOLED": "0", "REPLICA_URL": ""}
        done = subprocess.run(
            [sys.executable, *(python or ("manage.py", *command))],
            cwd=settings.BASE_DIR,
            env=self.hosts[0].environment | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextlib.contextmanager
def many_hosts():
    """All of it, running."""
    with contextlib.ExitStack() as stack:
        yield Hosts(stack)
