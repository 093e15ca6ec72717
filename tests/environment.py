"""What must stand before Django reads its settings: pytest loads this first (-p in pyproject.toml),
in each worker too."""

import gc
import os
import secrets
import tempfile
from pathlib import Path

import pytest

from . import postgres

CLAIM = pytest.StashKey()
EVIDENCE = Path(tempfile.gettempdir()) / f"evidence-of-tests-{os.geteuid()}"
os.environ |= {
    "SECRET_KEY": "only for tests",
    "DEBUG": "0",
    "HTTPS": "0",
<<<<<<< HEAD
    "EVIDENCE_DIR": str(EVIDENCE),
    # Playwright's loop runs in the thread of the tests, where Django would refuse to ask the database.
=======
    "EVIDENCE_DIR": str(FOLDERS / f"evidence-of-tests-{os.geteuid()}"),
    # Playwright's loop runs in the thread of the tests, where Django would refuse to ask the
    # database.
>>>>>>> tests-token
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
# What the workers find, who start no server: which one it is, and under which number this run's databases go.
is_ours = not os.environ.get("DATABASE_URL")
if is_ours:
    os.environ["DATABASE_URL"] = postgres.url()
leads = "TEST_RUN" not in os.environ
if leads:
    os.environ["TEST_RUN"] = str(secrets.randbelow(2**31))


def pytest_sessionstart(session):
    if leads and not session.config.option.collectonly:
        server = postgres.attach() if is_ours else None
        asking = postgres.asking()
        session.config.stash[CLAIM] = server, asking
        postgres.begin(asking.__enter__(), int(os.environ["TEST_RUN"]), postgres.facts())


def pytest_collection_finish(session):
    """What was loaded by now stays, and need not be looked through each time that garbage is collected."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config):
<<<<<<< HEAD
    if CLAIM in config.stash:
        server, asking = config.stash[CLAIM]
        asking.__exit__(None, None, None)
        if server:
            server.close()
=======
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
>>>>>>> tests-token
