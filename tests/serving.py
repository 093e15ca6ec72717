"""The site as gunicorn serves it, on the database of the tests."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connection


def name_static_files_plainly(folder):
    """Where nobody looks at the static files, they need not be collected: they go by their plain
    names."""
    names = {
        name: name
        for finder in get_finders()
        for path, storage in finder.list([])
        for name in [Path(getattr(storage, "prefix", None) or "", path).as_posix()]
    }
    manifest = {"version": "1.1", "paths": names}
    (folder / "staticfiles.json").write_text(json.dumps(manifest))


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wsgi_environ(address, method="GET", **variables):
    """What a web server tells an application of a request."""
    path, _, query = address.partition("?")
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"SERVER_NAME": "localhost", "HTTP_HOST": "localhost"} | variables
    setup_testing_defaults(environ)
    return environ


def tests_database():
    """The address of the database that the tests of this process use."""
    name = connection.settings_dict["NAME"]
    return re.sub(r"/[^/?]*(?=\?|$)", f"/{name}", os.environ["DATABASE_URL"])


class Server:
    """A site with processes of its own, on the database of the tests if none is named.

    `environment` are further variables of its environment.
    """

    def __init__(self, log, static, workers, database=None, **environment):
        self.log = log
        name_static_files_plainly(static)
        self.port = free_port()
        self.environment = os.environ | {"DATABASE_URL": database or tests_database()}
        self.environment |= {"STATIC_ROOT": str(static)} | environment
        self.count = workers
        self.start()

    def start(self):
        """Start it, or start it again where it was."""
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                "python:config.gunicorn",
                "-w",
                str(self.count),
                "-b",
                f"127.0.0.1:{self.port}",
            ],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def workers(self):
        held = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in held.split()]

    def ready(self):
        for _ in range(300):
            try:
                with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as ask:
                    ask.request("GET", "/healthz")
                    return ask.getresponse().read()
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.said())

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def get(self, address, **headers):
        """The response to a request for an address, and what it holds."""
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as ask:
            ask.request("GET", address, headers=headers)
            response = ask.getresponse()
            return response, response.read().decode()
