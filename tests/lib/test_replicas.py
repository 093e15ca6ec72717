"""What a process takes a replica of the database for, and what it counts there."""

import time

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from lib import replicas
from lib.audit import data_version
from lib.audit.data_version import DataVersions, Settled
from lib.audit.models import Change
from lib.replicas import Position, Replica


@pytest.mark.django_db
def test_a_replica_counts_from_the_point_that_it_has_come_to(settings, monkeypatch):
    versions = DataVersions(*settings.RELEASES)
    now = versions.read().version
    # The primary has gone on to a point that the replica does not have yet.
    versions.settled = Settled(Change.objects.latest("pk").pk + 10, now.changes + 10)
    assert versions.read().version.changes == now.changes + 10
    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "is_replica", True, raising=False)
    monkeypatch.setattr(data_version, "MOST_COUNTED", 0)
    assert versions.read().version == now
    assert versions.candidate is None  # which would take a transaction's number


@pytest.fixture
def replica(monkeypatch):
    """A replica that answers and has come to where the primary was just now."""
    one = Replica(connection.settings_dict)
    one.is_watched, now = True, time.monotonic()
    one.primary_at = one.replica_at = now
    one.reached, one.has_all_received = Position(at=now), True
    monkeypatch.setattr(replicas.time, "monotonic", lambda: now + 0.1)
    return one


def test_a_replica_is_read_while_it_answers_and_has_what_the_primary_had(replica):
    assert replica.may_be_read()
    replica.leave_out()
    assert not replica.may_be_read()


@pytest.mark.parametrize(
    ("attribute", "seconds"),
    [("replica_at", 0.7), ("reached", 1)],
)
def test_a_replica_is_left_out_that_is_silent_or_lags(replica, attribute, seconds):
    before = getattr(replica, attribute)
    late = (before.at if attribute == "reached" else before) - seconds
    setattr(replica, attribute, Position(at=late) if attribute == "reached" else late)
    assert not replica.may_be_read()
    setattr(replica, attribute, before)
    assert replica.may_be_read()


def test_without_the_primary_a_replica_is_read_that_was_in_time(replica):
    replica.primary_at -= 5
    replica.reached = Position(at=replica.primary_at - 5)
    assert replica.may_be_read()
    replica.has_all_received = False
    assert not replica.may_be_read()
    replica.has_all_received, replica.reached = True, Position(at=replica.primary_at - 20)
    assert not replica.may_be_read()


@pytest.mark.django_db
def test_what_is_read_from_a_replica_is_read_over_another_connection(replica):
    primary = connections[DEFAULT_DB_ALIAS]
    replica.use(True)
    try:
        assert connections[DEFAULT_DB_ALIAS] is not primary
        assert connection.is_replica
    finally:
        replica.use(False)
    assert connections[DEFAULT_DB_ALIAS] is primary
