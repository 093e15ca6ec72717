"""Requests do not wait in vain, and know what of theirs may be stored."""

import importlib
import time
from threading import get_ident

import psycopg2
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.postgresql import psycopg_any

from lib.database import base, circuit, patience, probe, watchdog

# A commit takes two seconds.
SLOW_COMMIT = """
    CREATE TEMPORARY TABLE note (id int);
    CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION pg_temp.wait();
"""


@pytest.fixture
def own(db):
    """A connection of the engine's own."""
    made = connection.copy()
    with made.cursor():
        yield made
    made.circuit.forget()
    patience._of_threads.pop(get_ident(), None)
    made.close()


def begin(reads):
    watchdog.start()
    return patience.begin(reads)


@pytest.fixture
def hanging(monkeypatch):
    """The database responds to no probe."""

    def ask(*args):
        raise probe.NoResponse

    monkeypatch.setattr(probe, "ask", ask)


def ask(own, sql):
    with own.cursor() as cursor:
        cursor.execute(sql)


def test_a_lost_connection_is_one_whatever_the_driver_calls_it(own):
    lost = psycopg2.DatabaseError("server closed the connection unexpectedly")
    with pytest.raises(OperationalError, match="unexpectedly"), own.wrap_database_errors:
        raise lost


def test_a_reader_of_a_database_that_hangs_waits_no_more_nor_does_anybody_after(
    own, hanging, monkeypatch
):
    others = connection.copy()
    ask(others, "SELECT 1")
    others.health_check_done, checks = False, []
    monkeypatch.setattr(others, "is_usable", lambda: checks.append(others))
    request, began = begin(reads=True), time.monotonic()
    with pytest.raises(OperationalError):
        ask(own, "SELECT pg_sleep(5)")
    for one in (own, others):
        one.close_if_unusable_or_obsolete()  # as before each request
        with pytest.raises(OperationalError, match="did not respond a moment ago"):
            ask(one, "SELECT 1")
    assert not checks
    own.circuit.forget()
    monkeypatch.undo()
    ask(others, "SELECT 1")
    others.close()
    assert time.monotonic() < began + 2
    assert not request.may_be_stored


def test_a_slow_query_of_a_database_that_responds_goes_on(own, monkeypatch):
    monkeypatch.setattr(patience, "SUSPICIOUS_AFTER", 0.1)
    begin(reads=True)
    ask(own, "SELECT pg_sleep(0.6)")
    assert own.circuit.responded_at > time.monotonic() - 0.6  # it was asked


def test_a_command_waits_as_long_as_it_takes(own):
    own.circuit.hangs = True
    ask(own, "SELECT pg_sleep(0.3)")


@pytest.fixture
def short_sending(monkeypatch):
    monkeypatch.setattr(patience, "LONGEST_SENDING", 1.0)


def test_whoever_sends_waits_longer_and_is_told_that_a_commit_may_have_happened(
    own, hanging, short_sending
):
    ask(own, SLOW_COMMIT)
    request, began = begin(reads=False), time.monotonic()
    own.set_autocommit(False)
    ask(own, "INSERT INTO note VALUES (1)")
    with pytest.raises(OperationalError):
        own.commit()
    assert 0.7 < time.monotonic() - began < 2
    assert request.may_be_stored


@pytest.mark.parametrize("after_another", [False, True])
def test_what_was_not_to_be_committed_yet_is_not_stored(own, hanging, short_sending, after_another):
    request = begin(reads=False)
    own.set_autocommit(False)
    if after_another:  # transaction of the same request
        ask(own, "SELECT 1")
        own.commit()
    ask(own, "SELECT 1")
    own.in_atomic_block = True
    own.circuit.hangs = True
    with pytest.raises(OperationalError, match="a moment ago"):
        ask(own, "SELECT 1")
    own.in_atomic_block = False
    with pytest.raises(OperationalError):
        own.rollback()  # which is not waited for
    assert request.may_be_stored == after_another


def test_a_refusal_is_found_once_and_told_to_others_at_once(own, monkeypatch):
    monkeypatch.setattr(circuit, "EVERY", 0.05)
    settings, usual = own.settings_dict["OPTIONS"], dict(own.settings_dict["OPTIONS"])
    own.close()
    request = begin(reads=False)
    settings |= {"host": "127.0.0.1", "port": "9"}
    with pytest.raises(OperationalError, match="refused"):
        own.ensure_connection()
    with pytest.raises(OperationalError, match="a moment ago"):
        own.ensure_connection()
    assert (own.circuit.refuses, own.circuit.hangs) == (True, False)
    assert not request.may_be_stored
    settings.clear()
    settings |= usual


def test_psycopg_3_is_refused(monkeypatch):
    monkeypatch.setattr(psycopg_any, "is_psycopg3", True)
    with pytest.raises(ImproperlyConfigured, match="Uninstall it"):
        importlib.reload(base)
