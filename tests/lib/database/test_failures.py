"""Many failures of a database are a line or two of log, and a probe has a deadline."""

import logging
import socket
import sys
import time

import psycopg2
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from lib.database import failures, probe


def record_of(error):
    try:
        raise error
    except Exception:
        return logging.LogRecord("x", logging.ERROR, "", 0, "Error", (), sys.exc_info())


def test_the_first_failure_is_logged_at_once_and_others_in_one_line(monkeypatch, caplog):
    tally = failures.Tally()
    monkeypatch.setattr(failures, "tally", tally)
    log = failures.WithoutOutages()
    for _ in range(5):
        assert not log.filter(record_of(OperationalError("server\nclosed the connection")))
    tally.logged_at -= failures.SUMMARY_EVERY
    tally.flush()
    tally.flush()
    assert [line.details for line in caplog.records] == [{"requests": 1}, {"requests": 4}]
    assert "down: server closed the connection" in caplog.records[0].getMessage()


@pytest.mark.parametrize("error", [IntegrityError("twice"), ValueError(), None])
def test_what_is_no_failure_of_the_database_is_logged_as_ever(error):
    record = record_of(error) if error else logging.LogRecord("x", 30, "", 0, "Hm", (), None)
    assert failures.WithoutOutages().filter(record)
    assert failures.reason_of(error) is None


def test_a_connection_that_was_closed_is_no_database():
    assert failures.reason_of(InterfaceError("connection already closed")) == failures.DOWN


def test_a_probe_ends_in_time_whoever_takes_the_connection():
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(probe.NoResponse):
        probe.ask({"host": "127.0.0.1", "port": silent.getsockname()[1]}, 0.2)
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        probe.ask({"host": "127.0.0.1", "port": 9}, 0.2)
    assert time.monotonic() < began + 1
