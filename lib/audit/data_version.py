"""The version of the data: what is made from them may be kept as long as it stays the same.

It is how many changes the audit trail shows. Rows there are never taken back, so the number only
grows, and it is the same in every process. The highest number of a change is no version: numbers
are taken when a change is written, and a transaction with lower ones may be committed later.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils import timezone

from lib.as_at.reading import day_read
from lib.observability import queries

# From so many changes on, a new starting point is looked for.
MOST_COUNTED = 100
# A page is made within so long after its version was read.
NOW = timedelta(minutes=1)


class DataVersion(NamedTuple):
    """What the public sees changes with it: a change, the end of an embargo, or another day.

    `writer` is the transaction that reads it, if it has written something, which it may take back.
    """

    changes: int
    released_at: datetime | None
    on: date
    writer: int | None = None


class Reading(NamedTuple):
    """A version, when it was read, and a point below which every change was to be seen then."""

    at: datetime
    version: DataVersion
    settled_up_to: int = 0


class Settled(NamedTuple):
    """A point in the audit trail up to which all changes are committed: its id, and their count."""

    up_to: int = 0
    count: int = 0


class Candidate(NamedTuple):
    """A point that will be settled once every transaction with an id below `before` has ended."""

    up_to: int
    before: int


class DataVersions:
    """Reads the version of the data.

    `releases` are the table and the column that say when a row becomes public. Changes are counted
    from a point below which none can be added, which moves on now and then.
    """

    def __init__(self, table: str, column: str) -> None:
        table, column = map(connection.ops.quote_name, (table, column))
        # Only names from our own code are put into the SQL. Where the counting begins is no
        # parameter: the plan, which is kept, would be made for any point.
        self.query = (
            "SELECT (SELECT count(*) FROM audit_change WHERE id > {up_to}),"  # noqa: S608
            f" (SELECT max({column}) FROM {table} WHERE {column} <= $1),"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " pg_current_xact_id_if_assigned()::text::bigint"
        )
        self.forget()

    def forget(self) -> None:
        """Begin again, as in a new process."""
        self.settled, self.candidate = Settled(), None
        # The point that a replica of the database has come to as well: what it has not seen yet
        # must not be counted.
        self.settled_on_replica = Settled()

    def read(self, at: datetime | None = None) -> Reading:
        """The version that this transaction sees, or that is committed now outside of one.

        Of another moment than now it says what was public then.
        """
        at, settled, candidate = at or timezone.now(), self.settled, self.candidate
        on_replica = getattr(connections[DEFAULT_DB_ALIAS], "is_replica", False)
        if on_replica:
            settled, candidate = self.settled_on_replica, None
        query = self.query.format(up_to=settled.up_to)
        newer, released_at, oldest_open, writer = ask(query, at)
        if candidate and candidate.before <= oldest_open:
            self.settled, self.candidate = self._settle(settled, candidate), None
        elif newer > MOST_COUNTED and not (candidate or on_replica or connection.in_atomic_block):
            self.candidate = self._candidate()
        changes, on = settled.count + newer, timezone.localdate(at)
        return Reading(at, DataVersion(changes, released_at, on, writer), settled.up_to)

    def current(self, at: datetime) -> Reading:
        """The version that the page being made was read with, if it is for this moment.

        The past changes with the data of now too, from which it is read.
        """
        reading = _current.get()
        if reading and (day_read() or reading.at <= at <= reading.at + NOW):
            return reading
        return self.read(at)

    def settle(self) -> None:
        """Begin with a count of all changes, if no transaction is open that may add to them.

        A process that does so before it becomes several counts for all of them.
        """
        candidate = self._candidate()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            (oldest_open,) = cursor.fetchone()
        if candidate.before <= oldest_open:
            self.settled, self.candidate = self._settle(Settled(), candidate), None

    def _candidate(self) -> Candidate:
        # In this order: whoever had taken a number below that of a change that the first statement
        # sees is in a transaction with an id below the one that the second takes. A snapshot's
        # `xmax` would not do: it is one past the last transaction that ended, and others with
        # higher ids may be open. The sequence is not asked, as the site may read only tables.
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(max(id), 0) FROM audit_change")
            (up_to,) = cursor.fetchone()
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            (before,) = cursor.fetchone()
        return Candidate(up_to, before)

    def _settle(self, settled: Settled, candidate: Candidate) -> Settled:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_change WHERE id > %s AND id <= %s",
                [settled.up_to, candidate.up_to],
            )
            (count,) = cursor.fetchone()
        return Settled(candidate.up_to, settled.count + count)


# The query that each connection has a plan for: to make one takes longer than to carry it out.
_prepared: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def ask(query: str, at: datetime) -> tuple[int, datetime | None, int, int | None]:
    """What a query about a moment finds, with the plan that the connection has, if it has one.

    Every request asks. So it goes without what Django puts around a cursor, which takes as long as
    the query, unless queries are counted. Behind a pooler that pools transactions, a connection may
    lead to another one of the server's each time, and has no plan.
    """
    django = connections[DEFAULT_DB_ALIAS]
    django.ensure_connection()
    own, moment = django.connection, f"'{at.isoformat()}'"
    is_new = _prepared.get(own) != query
    if settings.DATABASE_POOLED:
        execute, is_new = query.replace("$1", moment), False
    elif is_new:
        execute = (
            f"DEALLOCATE ALL; PREPARE data_version (timestamptz) AS {query};"
            f" EXECUTE data_version ({moment})"
        )
    else:
        execute = f"EXECUTE data_version ({moment})"
    cursor = django.cursor() if django.queries_logged else django.create_cursor()
    begun = perf_counter()
    with django.wrap_database_errors, cursor:
        cursor.execute(execute)
        if not django.queries_logged:  # else Django's cursor has counted it
            queries.count(perf_counter() - begun, execute)
        if is_new:
            _prepared[own] = query
        return cursor.fetchone()


# What the middleware has read for the page that is being made.
_current: ContextVar[Reading | None] = ContextVar("reading", default=None)
versions = DataVersions(*settings.RELEASES)


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything within it as it was at one moment, and write nothing.

    Within a transaction that has begun already, it reads what that one reads.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def reading() -> Iterator[DataVersion]:
    """Keep the version of the data for what is made within it."""
    token = _current.set(versions.read())
    try:
        yield _current.get().version
    finally:
        _current.reset(token)
