"""What must stand before Django reads its settings: pytest loads this first (-p in pyproject.toml),
in each worker too."""

import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from config.local import folders, postgres

FOLDERS = Path(tempfile.gettempdir())
PREFIX = f"findings-tests-{os.geteuid()}-"

os.environ |= {
    "SECRET_KEY": "only for tests",
    "DEBUG": "0",
    "HTTPS": "0",
    "EVIDENCE_DIR": str(FOLDERS / f"evidence-of-tests-{os.geteuid()}"),
    # Playwright's loop runs in the thread of the tests, where Django would refuse to ask the
    # database.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
LOCK = pytest.StashKey()
server = None
if not os.environ.get("DATABASE_URL"):
    folder = FOLDERS / f"{PREFIX}{secrets.token_hex(4)}"
    server = postgres.Server(folder, fsync="off", synchronous_commit="off", full_page_writes="off")
    os.environ["DATABASE_URL"] = folders.database_url(
        folder
    )  # which the workers find, and start none


def pytest_sessionstart(session):
    if server and not session.config.option.collectonly:
        sweep()
        session.config.stash[LOCK] = folders.acquire_lock(folder)
        server.start()


def pytest_unconfigure(config):
    if LOCK in config.stash:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        config.stash[LOCK].close()


def sweep():
    """Stop and remove what killed runs left behind, an hour ago or more so that no run at work is
    met half-made."""
    for left in FOLDERS.glob(f"{PREFIX}*"):
        seen = left.lstat()  # anyone may leave a folder there, or a link
        if (
            seen.st_uid == os.geteuid()
            and seen.st_mtime < time.time() - 3600
            and (lock := folders.acquire_lock(left))
        ):
            postgres.Server(left).stop()
            shutil.rmtree(left, ignore_errors=True)
            lock.close()
