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
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg2
import pytest

from config import locations
from config.local import folders, postgres
from config.local.run import (
    collect_static_files,
    fingerprint_of_static_files,
)
from tests import postgres as test_postgres
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

    (new_site.folder / "layout").unlink()  # which the first versions did not write
    process = new_site.begin()
    assert process.wait(20) == 1
    said = process.stderr.read()
    assert said.startswith(f"The data in {new_site.folder} is in the layout of an earlier version")
    assert said.count("\n") == 1


def test_data_that_were_made_with_the_letters_of_c_are_offered_a_fresh_start(new_site, monkeypatch):
    monkeypatch.setattr(postgres, "LETTERS", ("C",))
    folders.make_private_folder(new_site.folder)
    server = postgres.Server(new_site.folder)
    server.start()
    server.stop()
    process = new_site.begin()
    assert process.wait(20) == 1
    assert process.stderr.read().endswith("`make fresh` sets that folder aside and starts anew.\n")


def test_a_database_that_is_named_with_the_letters_of_c_is_one_sentence(new_site, database_with_c):
    process = new_site.begin(DATABASE_URL=test_postgres.url(database_with_c.info.dbname))
    assert process.wait(20) == 1
    assert process.stderr.read().startswith("The database’s LC_CTYPE is C, so search would")


def test_an_end_asked_for_while_postgresql_starts_leaves_nothing_behind(new_site):
    process = new_site.begin()
    note = new_site.folder / "postgresql" / "postmaster.pid"
    patience = time.monotonic() + 60
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < patience
        time.sleep(0.01)
    postmaster = new_site.postmaster()
    process.send_signal(signal.SIGINT)
    assert gone(process, postmaster, new_site.port)
    assert process.stderr.read() == "Stopped.\n"


def test_a_database_that_is_named_is_used_and_none_is_brought_along(new_site):
    new_site.collect_nothing()
    (new_site.folder / "accounts.txt").write_text("those of the embedded server")
    named = f"run_{os.environ['TEST_RUN']}_named"
    with test_postgres.asking() as ask:
        test_postgres.copy(ask, test_postgres.facts(), named)
    process, said = new_site.start(DATABASE_URL=test_postgres.url(named))
    assert "PostgreSQL" not in said
    assert re.search(r"gloucestershire +\S+", said)
    assert "embedded" not in said
    assert (new_site.folder / "accounts.txt").read_text() == "those of the embedded server"
    assert not (new_site.folder / "postgresql").exists()
    process.terminate()
    assert process.wait(20) == 0


def test_a_database_that_is_named_and_not_there_is_one_sentence(new_site):
    process = new_site.begin(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert process.wait(20) == 1
    assert process.stderr.read().startswith(
        "The database refuses to serve: connection to server at"
    )


def test_a_port_in_use_is_one_sentence(new_site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", new_site.port))
        taken.listen()
        process = new_site.begin()
        assert process.wait(20) == 1
    assert process.stderr.read() == f"Port {new_site.port} is in use. PORT=… chooses another.\n"


def test_a_site_that_has_no_address_yet_starts_already(new_site):
    lock = folders.acquire_lock(new_site.folder)
    second = new_site.begin()
    assert second.wait(20) == 1
    assert second.stderr.read() == "This copy of the site starts already.\n"
    lock.close()


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_a_port_that_is_none_is_one_sentence(new_site, port):
    process = new_site.begin(PORT=port)
    assert process.wait(20) == 1
    assert process.stderr.read() == f"PORT is {port!r}; it must be a number up to 65535.\n"
