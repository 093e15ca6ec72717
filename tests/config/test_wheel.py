"""What pip installs: every file that a site needs and no other, and it runs from there."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from config.local import postgres as local_postgres
from config.locations import PROJECT
from tests import postgres, wheels
from tests.serving import free_port, name_static_files_plainly

ROOMS = ("config", "lib", "forces", "inspections", "findings")
FILES = ("templates", "static", "fixtures")  # which a wheel has inside config/


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def findings(wheel, tmp_path_factory):
    """The command `findings` of an environment in which nothing of ours is but the wheel."""
    return wheels.install(wheel, tmp_path_factory.mktemp("environment") / "installed")


@pytest.mark.slow
def test_a_wheel_holds_what_git_has_in_our_folders_and_nothing_else(wheel):
    code = [name for name in wheels.tracked(*ROOMS) if not name.endswith(".sh")]
    files = [f"config/{name}" for name in wheels.tracked(*FILES)]
    with zipfile.ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if ".dist-info/" not in name]
        assert sorted(names) == sorted(code + files)
        for name in files:
            assert packed.read(name) == (PROJECT / name.removeprefix("config/")).read_bytes()


@pytest.mark.slow
def test_the_same_files_make_the_same_wheel(wheel, tmp_path):
    assert wheels.build_again(tmp_path).read_bytes() == wheel.read_bytes()


def environment(tmp_path, **given):
    """Nothing of the tests' own that would help: a home and settings as a person has them."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", **given}


def say(command, *words, folder, **given):
    done = subprocess.run(
        [command, *words],
        cwd=folder,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Running:
    """A command that serves the site, started in a folder as a person would."""

    def __init__(self, command, *words, folder, **given):
        self.port = free_port()
        self.process = subprocess.Popen(
            [command, *words],
            cwd=folder,
            env=environment(folder, PORT=str(self.port), **given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def get(self, path, seconds):
        """The page at a path, for which one waits so many seconds until the site serves."""
        patience = time.monotonic() + seconds
        while True:
            try:
                address = f"http://127.0.0.1:{self.port}{path}"
                with urlopen(Request(address), timeout=20) as response:
                    return response.read().decode()
            except OSError:
                assert self.process.poll() is None, self.process.stdout.read()
                assert time.monotonic() < patience
                time.sleep(0.1)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]


@pytest.mark.slow
def test_installed_it_lists_its_commands_and_serves_the_first_page(findings, tmp_path):
    assert "  import  " in say(findings, "--help", folder=tmp_path)
    with postgres.asking() as ask:
        postgres.copy(ask, postgres.facts(), own := f"run_{os.environ['TEST_RUN']}_wheel")
        static = tmp_path / "static"
        static.mkdir()
        name_static_files_plainly(static)
        given = {
            "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{own}").geturl(),
            "EVIDENCE_DIR": str(tmp_path / "evidence"),
            "STATIC_ROOT": str(static),
            "SECRET_KEY": "only for tests",
            "HTTPS": "0",
            "REQUEST_LOG": "0",
        }
        running = Running(findings, "serve", folder=tmp_path, **given)
        try:
            assert "<title>England and Wales" in running.get("/", 60)
        finally:
            said = running.end()
        postgres.drop(ask, own)
    assert said == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["static"]


@pytest.fixture
def data():
    """A folder that is not there yet, in one that the user who runs PostgreSQL may enter."""
    folder = Path(tempfile.gettempdir(), f"findings-wheel-{secrets.token_hex(4)}")
    yield folder
    local_postgres.Server(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.faults
def test_installed_in_an_empty_folder_it_runs_with_all_that_it_brings(findings, data, tmp_path):
    running = Running(findings, "run", folder=tmp_path, DATA_DIR=str(data))
    try:
        page = running.get("/regions/south-west/", 300)
        assert page.count("<h1") == 1
        sheet = re.search(r'"(/static/css/[^"]+\.css)"', page)[1]
        assert "{" in running.get(sheet, 1)
    finally:
        said = running.end()
    assert "Loaded the facts." in said
    assert not list(tmp_path.iterdir())
