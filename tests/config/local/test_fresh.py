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
from config.local import folders, fresh, run


@pytest.fixture
def folder():
    """Where a copy of the project would keep its data; not there yet."""
    parent = Path(tempfile.gettempdir(), f"findings-local-{secrets.token_hex(4)}")
    parent.mkdir()
    parent.chmod(0o711)
    yield parent / "data"
    shutil.rmtree(parent)


def test_fresh_sets_the_data_aside_and_loses_nothing(folder):
    folders.make_private_folder(folder)
    (folder / "secret-key").write_text("of the old data")
    environment = os.environ | {"DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "config.local.fresh"]
    said = subprocess.run(
        command, cwd=locations.PROJECT, env=environment, check=True, capture_output=True, text=True
    ).stdout
    (aside,) = folder.parent.iterdir()
    assert re.fullmatch(r"data-until-\d{4}-\d\d-\d\d-\d{6}", aside.name)
    assert (aside / "secret-key").read_text() == "of the old data"
    assert str(aside) in said


def test_fresh_touches_nothing_while_the_site_runs(folder, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(folder))
    folders.make_private_folder(folder)
    (folder / "lock").touch()
    monkeypatch.setattr(folders, "acquire_lock", lambda folder: None)
    assert run.exit_code(fresh.main) == "This copy of the site starts already."
    assert list(folder.parent.iterdir()) == [folder]


def test_fresh_has_nothing_to_do_where_nothing_is(folder, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(folder))
    fresh.main()
    assert "starts anew" in capsys.readouterr().out
