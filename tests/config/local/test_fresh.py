"""`make fresh` and `make dev`, as an engineer meets them."""

import contextlib
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
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from config.local import folders, postgres


@pytest.fixture
def folder():
    """Where a copy of the project would keep its data; not there yet."""
    parent = Path(tempfile.gettempdir(), f"findings-local-{secrets.token_hex(4)}")
    parent.mkdir()
    parent.chmod(0o711)
    yield parent / "data"
    shutil.rmtree(parent)


def begin(module, folder, **environment):
    env = {n: v for n, v in os.environ.items() if n not in {"DATABASE_URL", "SECRET_KEY", "HTTPS"}}
    return subprocess.Popen(
        [sys.executable, "-m", f"config.local.{module}"],
        cwd=folders.PROJECT,
        env=env | {"DATA_DIR": str(folder)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_fresh_sets_the_data_aside_and_loses_nothing(folder):
    folders.make_private_folder(folder)
    (folder / "secret-key").write_text("of the old data")
    process = begin("fresh", folder)
    said, _ = process.communicate(timeout=20)
    (aside,) = folder.parent.iterdir()
    assert re.fullmatch(r"data-until-\d{4}-\d\d-\d\d-\d{6}", aside.name)
    assert (aside / "secret-key").read_text() == "of the old data"
    assert str(aside) in said


def test_fresh_touches_nothing_while_the_site_runs(folder):
    lock = folders.acquire_lock(folder)
    process = begin("fresh", folder)
    _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (1, "This copy of the site starts already.\n")
    assert list(folder.parent.iterdir()) == [folder]
    lock.close()


def test_fresh_has_nothing_to_do_where_nothing_is(folder):
    process = begin("fresh", folder)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, "starts anew" in said) == (0, True)


@pytest.mark.slow
def test_dev_serves_the_facts_and_stops_the_server_that_it_started(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = begin("dev", folder, PORT=str(port))
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/regions/south-west/", timeout=20) as page:
                    assert b"<h1" in page.read()
                break
            except URLError:
                assert time.monotonic() < deadline and process.poll() is None
                time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=20)
        assert not (folder / "postgresql" / "postmaster.pid").exists()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children hold its pipes
        process.communicate()
        postgres.Server(folder).stop()
