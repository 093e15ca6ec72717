"""`make fresh`, as an engineer meets it."""

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config import locations
from config.local import folders


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
        cwd=locations.PROJECT,
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
