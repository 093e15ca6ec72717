"""Public pages from a streaming replica of the database, where one is named.

Who has a session always reads from the primary: nobody's own page is older than what they saved.
Anybody else may read from the replica, as long as it answers and has replayed what the primary had
written a second ago, by its position in the write-ahead log. Otherwise it is left out, until it has
caught up. While the primary is silent, the replica serves what it has.
"""

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread, local
from typing import Any, NamedTuple

import psycopg2
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import ConnectionHandler
from psycopg2.extensions import connection

from lib.audit.data_version import Settled, versions
from lib.database.base import DatabaseWrapper
from lib.database.circuit import Circuit, circuit_of
from lib.database.probe import params_of, wait

logger = logging.getLogger(__name__)
INTERVAL = 0.2  # seconds between two looks at a server
LONGEST_LOOK = 1.0  # seconds
MOST_LAG = 1.0  # seconds
# How far behind it may have been when a primary was heard last that does not answer any more.
MOST_LAG_OF_LAST = 10.0  # seconds
SILENT = 0.7  # seconds after which a server counts as one that does not answer
# What anybody sees is in the primary's log below the first position. It is on its disk, and so on
# its way to the replica, below the second: where nobody writes, the first may be ahead for seconds.
POSITION = "SELECT pg_current_wal_insert_lsn() - '0/0', pg_current_wal_flush_lsn() - '0/0'"
REPLAYED = (
    "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0',"
    " pg_last_wal_receive_lsn() - '0/0' AS received"
)


class Position(NamedTuple):
    """Where the primary was: when, in its log, and which changes were settled there."""

    at: float = 0.0
    inserted: int = 0
    written: int = 0
    settled: Settled = Settled()


class Replica:
    """One replica, and whether it may be read now; each process looks for itself."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.servers = ConnectionHandler({DEFAULT_DB_ALIAS: settings})
        self.own, self.lock, self.is_watched = local(), Lock(), False
        self.primary_at, self.replica_at, self.primary_circuit = 0.0, 0.0, Circuit()
        self.seen = self.target = self.settling = self.reached = Position()
        self.received, self.has_all_received, self.stood_at = -1, False, (0, 0)
        self.left_out_until, self.is_in_use = 0.0, False

    def may_be_read(self) -> bool:
        """Whether it answers, and shows what the primary had a second ago, or had at the last."""
        if not self.is_watched:
            self._watch()
        is_in_use = self._is_well(time.monotonic())
        if is_in_use != self.is_in_use:
            self.is_in_use = is_in_use
            logger.warning("The replica is read." if is_in_use else "The replica is left out.")
        return is_in_use

    def _is_well(self, now: float) -> bool:
        if now < self.left_out_until or now - self.replica_at > SILENT:
            return False
        if now - self.primary_at < SILENT and not self.primary_circuit.is_open:
            return now - self.reached.at < MOST_LAG
        # The primary serves nobody: what the replica has is the best there is.
        return self.has_all_received and self.reached.at > self.primary_at - MOST_LAG_OF_LAST

    def leave_out(self) -> None:
        """Read nothing of it for a second: it has just failed."""
        self.left_out_until = time.monotonic() + MOST_LAG

    def use(self, is_wanted: bool) -> None:
        """Have this thread's connection lead to the replica, or to the primary again."""
        current = connections[DEFAULT_DB_ALIAS]
        if getattr(current, "is_replica", False) == is_wanted:
            return
        if is_wanted:
            self.own.primary, other = current, self.servers[DEFAULT_DB_ALIAS]
            other.is_replica = True
        else:
            other = self.own.primary
        connections[DEFAULT_DB_ALIAS] = other
        other.close_if_unusable_or_obsolete()  # which Django does for the one in use alone

    def _watch(self) -> None:
        with self.lock:  # after the fork: a thread stays behind in the process that started it
            if self.is_watched:
                return
            self.is_watched = True
        primary = ConnectionHandler(connections.settings).create_connection(DEFAULT_DB_ALIAS)
        self.primary_circuit = circuit_of(params_of(primary))
        replica = self.servers.create_connection(DEFAULT_DB_ALIAS)
        for server, look in ((primary, self._look_at_primary), (replica, self._look_at_replica)):
            Thread(target=again_and_again, args=(server, look), daemon=True).start()

    def _look_at_primary(self, asked: connection) -> None:
        """Note where it is now; what was settled before lies below that in its log."""
        began, settled = time.monotonic(), versions.settled
        inserted, written = answer(asked, POSITION)
        self.seen = Position(began, inserted, written, settled)
        self.primary_at = time.monotonic()

    def _look_at_replica(self, asked: connection) -> None:
        """Note whether it has come to where the primary was some time ago."""
        is_replica, replayed, received = answer(asked, REPLAYED)
        if not is_replica:
            return
        if replayed >= self.target.written:
            self.reached, self.target = self.target, self.seen
        if replayed >= self.settling.inserted:
            versions.settled_on_replica, self.settling = self.settling.settled, self.seen
        # Of what was sent last, when the primary went, a part may be missing for good.
        stands_still = (replayed, received) == self.stood_at
        self.has_all_received = replayed >= self.received or stands_still
        self.stood_at = replayed, received
        self.received, self.replica_at = received or 0, time.monotonic()


def again_and_again(server: DatabaseWrapper, look: Callable[[connection], None]) -> None:
    """Look at a server, over a connection that is made anew when it fails or keeps us waiting."""
    asked = None
    while True:
        try:
            if asked is None:
                asked = psycopg2.connect(**params_of(server), async_=True)
                wait(asked, time.monotonic() + LONGEST_LOOK)
            look(asked)
        except psycopg2.Error:
            if asked is not None:
                asked.close()
            asked = None
        time.sleep(INTERVAL)


def answer(asked: connection, query: str) -> tuple[Any, ...]:
    """The row that a query gives."""
    with asked.cursor() as cursor:
        cursor.execute(query)
        wait(asked, time.monotonic() + LONGEST_LOOK)
        return cursor.fetchone()
