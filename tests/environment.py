"""What must stand before Django reads its settings: pytest loads this first (-p in
pyproject.toml), in each worker too."""

import gc
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from . import postgres

CLAIM = pytest.StashKey()
EVIDENCE = Path(tempfile.gettempdir()) / f"evidence-of-tests-{os.geteuid()}"
# Of this process alone: files of data sets are called by their day.
DATA_SETS = Path(tempfile.gettempdir()) / f"data-sets-of-tests-{os.getpid()}"
os.environ |= {
    "SECRET_KEY": "only for tests",
    "DEBUG": "0",
    "HTTPS": "0",
    "EVIDENCE_DIR": str(EVIDENCE),
    "DATA_SETS_DIR": str(DATA_SETS),
    # Playwright's loop runs in the thread of the tests, where Django would refuse to ask the
    # database.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
# What the workers find, who start no server: which one it is, and under which number this run's
# databases go.
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
    """What was loaded by now stays, and need not be looked through each time that garbage is
    collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure(config):
    shutil.rmtree(DATA_SETS, ignore_errors=True)
    if CLAIM in config.stash:
        server, asking = config.stash[CLAIM]
        asking.__exit__(None, None, None)
        if server:
            server.close()
