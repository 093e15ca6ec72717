"""What gunicorn does before it serves the site."""

import errno
import gc
import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError

from config import checks, gunicorn
from tests import postgres


@pytest.mark.slow
def test_gunicorn_refuses_a_database_that_takes_signs_for_letters(database_with_c, tmp_path):
    database = postgres.url(database_with_c.info.dbname)
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "-b", "127.0.0.1:0"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database, "STATIC_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("The database’s LC_CTYPE is C")


def test_a_database_that_does_not_answer_yet_keeps_no_site_from_starting(monkeypatch):
    closed = []

    def unreachable(databases):
        raise OperationalError

    monkeypatch.setattr(checks, "search_reads_signs", unreachable)
    monkeypatch.setattr(
        gunicorn, "connections", SimpleNamespace(close_all=lambda: closed.append(True))
    )
    gunicorn.on_starting(None)
    assert closed == [True]


def test_workers_share_what_was_loaded_before_them():
    try:
        gunicorn.pre_fork(None, None)
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()


def test_a_connection_ends_whose_reader_does_not_read_on(monkeypatch):
    monkeypatch.setattr(gunicorn, "LONGEST_UNREAD", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        usual = signal.getsignal(signal.SIGHUP)
        gunicorn.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)]))
        signal.signal(signal.SIGHUP, usual)
        with socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            connection.settimeout(20)  # which would be no error of the system's
            with connection, pytest.raises(OSError) as raised:
                while True:
                    connection.sendall(bytes(1_000_000))
    assert raised.value.errno == errno.ETIMEDOUT
