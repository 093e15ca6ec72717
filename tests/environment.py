"""What must stand before Django reads its settings: pytest loads this first (-p in
pyproject.toml), in each worker too."""

import gc
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest
from _pytest import runner

from . import postgres

gc.disable()  # until all is loaded: what is loaded stays
CLAIM = pytest.StashKey()
# Of this process alone: others write at the same time.
EVIDENCE = Path(tempfile.gettempdir()) / f"evidence-of-tests-{os.getpid()}"
DATA_SETS = Path(tempfile.gettempdir()) / f"data-sets-of-tests-{os.getpid()}"
os.environ |= {
    "SECRET_KEY": "only for tests",
    "DEBUG": "0",
    "HTTPS": "0",
    "REQUEST_LOG": "0",
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
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def run_one(item, nextitem):
    return runner.pytest_runtest_protocol(item, nextitem)


# Python's stack grows by pieces of 16 KiB, and where a loop's calls cross the end of one, each call
# asks the system for the next and gives it back: a tenth of all work here. A function that says it
# needs half a megabyte gets a piece of a whole one, in whose rest all that it calls finds room.
run_one.__code__ = run_one.__code__.replace(co_stacksize=70_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    return run_one(item, nextitem)


def pytest_unconfigure(config):
    for folder in (EVIDENCE, DATA_SETS):
        shutil.rmtree(folder, ignore_errors=True)
    if CLAIM in config.stash:
        server, asking = config.stash[CLAIM]
        asking.__exit__(None, None, None)
        if server:
            server.close()
