"""`make run` and `make dev`, as a person meets them."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import Mock
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg2
import pytest
from django.db.utils import ConnectionHandler

from config import locations
from config.database import database
from config.local import folders, gunicorn, postgres, run
from config.local.run import collect_static_files, fingerprint_of_static_files
from tests.serving import free_port, name_static_files_plainly

pytestmark = pytest.mark.slow


class Site:
    """A site started as `make run` starts it, with a data folder of its own."""

    def __init__(self):
        self.folder = Path(tempfile.gettempdir(), f"findings-run-{secrets.token_hex(4)}")
        self.port = free_port()
        self.processes = []

    def collect_nothing(self):
        """Have it find its static files collected, which takes as long as all else together."""
        static = self.folder / "static"
        static.mkdir(parents=True)
        (static / "collected").write_text(fingerprint_of_static_files())
        name_static_files_plainly(static)

    def begin(self, module="run", **environment):
        env = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "SECRET_KEY", "HTTPS"}
        }
        env |= {
            "DATA_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
            "PORT": str(self.port),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", f"config.local.{module}"],
            cwd=locations.PROJECT,
            env=env | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # as a terminal's
            # Where these tests run in the background, Ctrl-C means nothing to their children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.processes.append(process)
        return process

    def start(self, **environment):
        """Start it, and return the process and what it said until it served."""
        process = self.begin(**environment)
        said = hear(process, "Serving")
        assert self.get("/healthz")[0] == 200
        return process, said

    def get(self, path, **headers):
        try:
            with urlopen(
                Request(f"http://127.0.0.1:{self.port}{path}", headers=headers), timeout=20
            ) as response:
                return response.status, response.read().decode()
        except HTTPError as response:
            with response:
                return response.code, response.read().decode()

    def postmaster(self):
        return int((self.folder / "postgresql" / "postmaster.pid").read_text().splitlines()[0])

    def end(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        postgres.Server(self.folder).stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def new_site():
    site = Site()
    yield site
    site.end()


def hear(process, word):
    """What a process says until it says a word."""
    said = ""
    while word not in said:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        said += line
    return said


def patiently(get, path):
    """What a site answers that is only about to serve."""
    patience = time.monotonic() + 60
    while True:
        try:
            return get(path)
        except URLError:
            assert time.monotonic() < patience
            time.sleep(0.2)


def gone(process, postmaster, port):
    """Whether a process, its database and its workers, which hold its port, have ended."""
    process.wait(20)
    with pytest.raises(ProcessLookupError):
        os.kill(postmaster, 0)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    return True


def ends_by_ctrl_c(site, process):
    """Whether a site, its database and its workers end when somebody impatient presses Ctrl-C,
    which a terminal tells every process."""
    postmaster = site.postmaster()
    while process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.2)
    return gone(process, postmaster, site.port)


def test_static_files_are_collected_and_compressed_and_again_once_one_has_changed(
    settings, tmp_path
):
    source = tmp_path / "source"
    source.mkdir()
    (source / "site.css").write_text("p { color: red }" * 100)
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], tmp_path / "root"
    settings.STATICFILES_FINDERS = settings.STATICFILES_FINDERS[:1]
    backend = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    assert collect_static_files()
    assert [path.suffix for path in sorted((tmp_path / "root").glob("site.*.css*"))] == [
        ".css",
        ".br",
        ".gz",
    ]
    assert not collect_static_files()
    (source / "site.css").write_text("p { color: blue }")
    assert collect_static_files()


def test_a_site_starts_in_an_empty_folder_and_ends_by_ctrl_c(new_site):
    new_site.collect_nothing()
    process, said = new_site.start()
    status, page = new_site.get("/regions/south-west/")
    assert (status, page.count("<h1")) == (200, 1)
    assert re.search(r"steward +\S+", said)
    assert (new_site.folder / "accounts.txt").stat().st_mode & 0o777 == 0o600
    assert (new_site.folder / "secret-key").stat().st_mode & 0o777 == 0o600

    assert (
        f"http://127.0.0.1:{new_site.port}/about/"
        in new_site.get("/about/", **{"X-Forwarded-Proto": "https"})[1]
    )

    second = new_site.begin()
    assert second.wait(20) == 1
    assert (
        second.stderr.read()
        == f"This copy of the site runs already, at http://127.0.0.1:{new_site.port}/.\n"
    )

    assert ends_by_ctrl_c(new_site, process)
    assert process.stderr.read() == ""

    process = new_site.begin()
    note = new_site.folder / "postgresql" / "postmaster.pid"
    patience = time.monotonic() + 60
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < patience
        time.sleep(0.01)
    postmaster = new_site.postmaster()
    process.send_signal(signal.SIGINT)  # while PostgreSQL starts
    assert gone(process, postmaster, new_site.port)
    assert process.stderr.read() == "Stopped.\n"

    (new_site.folder / "layout").unlink()  # which the first versions did not write
    process = new_site.begin()
    assert process.wait(20) == 1
    said = process.stderr.read()
    assert said.startswith(f"The data in {new_site.folder} is in the layout of an earlier version")
    assert said.endswith("`make fresh` sets that folder aside and starts anew.\n")
    assert said.count("\n") == 1


@pytest.mark.faults
def test_a_site_lives_through_what_befalls_it(new_site):
    new_site.collect_nothing()
    process, said = new_site.start()
    password = re.search(r"steward +(\S+)", said)[1]
    assert new_site.get("/elsewhere/about/", SCRIPT_NAME="/elsewhere")[0] == 404

    patience = time.monotonic() + 60
    while "inspection-findings-" not in new_site.get("/data/")[1]:  # which is made meanwhile
        assert time.monotonic() < patience
        time.sleep(0.2)

    with (
        psycopg2.connect(folders.database_url(new_site.folder)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE forces_region SET name = 'Renamed by a person' WHERE slug = 'south-west'"
        )
        cursor.execute("SELECT pid FROM pg_stat_activity")
        servers = [pid for (pid,) in cursor]
    connection.close()
    killed = new_site.postmaster()
    os.kill(killed, signal.SIGKILL)
    patience = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in servers):  # which notice it each for itself
        assert time.monotonic() < patience
        time.sleep(0.01)
    assert new_site.get("/healthz")[0] == 200
    while "Renamed by a person" not in new_site.get("/regions/south-west/")[1]:
        assert time.monotonic() < patience  # it is started again
        time.sleep(0.1)
    assert new_site.postmaster() != killed

    process.kill()
    os.kill(new_site.postmaster(), signal.SIGKILL)
    process, said = new_site.start()
    assert password in said
    assert "Renamed by a person" in new_site.get("/regions/south-west/")[1]

    assert ends_by_ctrl_c(new_site, process)
    time.sleep(1.5)  # nobody starts it again
    assert not (new_site.folder / "postgresql" / "postmaster.pid").exists()
    assert process.stderr.read() == ""

    process = new_site.begin()
    hear(process, "Serving")  # which gunicorn is only about to do
    postmaster = new_site.postmaster()
    process.send_signal(signal.SIGINT)
    assert gone(process, postmaster, new_site.port)

    process = new_site.begin("dev")
    assert "Renamed by a person" in patiently(new_site.get, "/regions/south-west/")[1]
    postmaster = new_site.postmaster()
    os.killpg(process.pid, signal.SIGINT)
    assert gone(process, postmaster, new_site.port)


def test_a_database_that_is_named_is_used_and_none_is_brought_along(
    db, tmp_path, monkeypatch, settings, capsys
):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(run.signal, "pthread_sigmask", lambda *_: None)
    monkeypatch.setattr(postgres.Server, "start", lambda _: pytest.fail("It is brought along."))
    accounts = tmp_path / "accounts.txt"
    accounts.write_text("those of the embedded server")
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "collected").write_text(fingerprint_of_static_files())
    become = []
    monkeypatch.setattr(os, "execv", lambda program, words: become.append(words))
    with socket.socket() as listener, folders.acquire_lock(tmp_path) as lock:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setattr(run, "listen", lambda port: listener)
        monkeypatch.setattr(run, "hold", lambda folder: lock)
        run.main()
        assert f"-bfd://{listener.fileno()}" in become[0]
    said = capsys.readouterr().out
    assert "PostgreSQL" not in said
    assert re.search(r"gloucestershire +\S+", said)
    assert "embedded" not in said
    assert accounts.read_text() == "those of the embedded server"
    assert not (tmp_path / "postgresql").exists()


def test_with_a_database_that_is_named_no_other_is_kept_running_or_stopped(monkeypatch):
    monkeypatch.setattr(gunicorn.gunicorn, "when_ready", lambda arbiter: None)
    monkeypatch.setattr(gunicorn.keeper, "start", lambda: pytest.fail("It is kept running."))
    monkeypatch.setattr(postgres.Server, "stop", lambda _: pytest.fail("It is stopped."))
    monkeypatch.setattr(gunicorn.subprocess, "Popen", Mock())
    monkeypatch.setattr(gunicorn, "helpers", [])
    gunicorn.when_ready(None)
    gunicorn.on_exit(None)
    (helper,) = gunicorn.helpers
    helper.terminate.assert_called_once_with()


def test_a_database_that_is_named_and_not_there_is_one_sentence(db):
    named = ConnectionHandler({"default": database("postgresql://nobody@127.0.0.1:1/nothing")})
    told = run.exit_code(named["default"].ensure_connection)
    assert told.startswith("The database refuses to serve: connection to server at")
    assert "\n" not in told


def test_a_port_in_use_is_one_sentence(monkeypatch):
    monkeypatch.setattr(run, "PATIENCE", 0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = run.exit_code(lambda: run.listen(port))
    assert told == f"Port {port} is in use. PORT=… chooses another."


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_a_port_that_is_none_is_one_sentence(port):
    told = run.exit_code(lambda: run.listen(port))
    assert told == f"PORT is {port!r}; it must be a number up to 65535."


def test_a_site_that_has_no_address_yet_starts_already(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "acquire_lock", lambda folder: None)
    (tmp_path / "lock").touch()
    told = run.exit_code(lambda: run.hold(tmp_path))
    assert told == "This copy of the site starts already."
