"""What a process keeps of the data: true for one version of it, renewed for another.

Once something has changed, only what the audit trail names is read anew: rows of a list, if it
knows which these are, or what was read from a table.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from django.db import connection

from lib.as_at.reading import day_read
from lib.audit.conflicts import Version
from lib.audit.data_version import DataVersion, Reading, versions
from lib.audit.models import Change

from .postings import Postings, drop_first

if TYPE_CHECKING:  # a filterset asks for its own postings
    from .filtersets import FilterSet

Key = ParamSpec("Key")
Result = TypeVar("Result")

# From so many changes on, all is read anew.
MOST_CHANGES = 300
MOST_TOUCHED = 100
# How many lists are kept of now, and how many as at days in the past.
MOST_KEPT, MOST_PAST_KEPT = 32, 8
MOST_RESULTS = 400
QUOTED = re.compile(r'"(\w+)"')


class PostingsSource:
    """How the postings of a list are made, and renewed."""

    def __init__(self, filterset: "FilterSet") -> None:
        self.filterset = filterset

    def touched_by(self, changes: list[Change]) -> set[int] | None:
        return self.filterset.touched_by(changes)

    def make(self) -> Postings:
        filterset = self.filterset
        return Postings(filterset.rows, filterset.get_facets(), filterset.synthetic_condition)

    def renew(self, postings: Postings, touched: set[int]) -> Postings:
        return postings.renew(self.filterset.rows, touched)


class Results:
    """What functions gave back, each with the tables that it was read from."""

    def __init__(self, kept: dict[tuple, tuple[set[str], Any]] | None = None) -> None:
        self.kept = kept or {}

    def get(self, key: tuple, make: Callable[[], Result]) -> Result:
        """What is kept by a key, or is made now."""
        found = self.kept.get(key)
        if found is None:
            with tables_read() as tables:
                result = make()
            drop_first(self.kept, MOST_RESULTS)
            found = self.kept[key] = tables, result
        tables, result = found
        if (outer := _tables.get()) is not None:
            outer |= tables
        return result

    def for_older_reader(self) -> "Results":
        return Results()


class ResultsSource:
    """Results fall away one by one, as a table that they were read from changes."""

    def touched_by(self, changes: list[Change]) -> set[str]:
        return {change.table for change in changes}

    def make(self) -> Results:
        return Results()

    def renew(self, results: Results, touched: set[str]) -> Results:
        kept = list(results.kept.items())
        return Results({key: found for key, found in kept if touched.isdisjoint(found[0])})


# The tables that the result being made was read from.
_tables: ContextVar[set[str] | None] = ContextVar("tables", default=None)


@contextmanager
def tables_read() -> Iterator[set[str]]:
    """The names that stand in the queries made within it, tables and columns alike."""
    tables: set[str] = set()

    def note(execute: Callable[..., Result], sql: str, *rest: Any) -> Result:
        tables.update(QUOTED.findall(sql))
        return execute(sql, *rest)

    token = _tables.set(tables)
    try:
        with connection.execute_wrapper(note):
            yield tables
    finally:
        _tables.reset(token)


class Kept:
    """Postings or results, with the version of the data that they are true for."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.version: DataVersion | None = None
        self.seen = Version()
        self.settled = 0
        self.value: Postings | Results | None = None

    def read(self, source: PostingsSource | ResultsSource, reading: Reading) -> Postings | Results:
        """What is kept for a version, renewed or made if it is of another."""
        with self.lock:
            if self.version == reading.version:
                return self.value
            if self.is_newer_than(reading.version):
                return self.value.for_older_reader()
            touched = self._touched(source, reading.version)
            # Seen before the rows are read: what is written meanwhile is read twice, never missed.
            seen = Change.objects.version()
            value = self.value
            if touched is None:
                value = source.make()
            elif touched:
                value = source.renew(value, touched)
            self.version, self.settled = reading.version, reading.settled_up_to
            self.seen, self.value = seen, value
            return value

    def is_newer_than(self, version: DataVersion) -> bool:
        """Whether they are of a later version than this, which a slower reader may see too.

        A transaction that writes may take back what it wrote, and begins again at each change.
        """
        newer = self.version
        if newer is None or version.writer:
            return False
        return version.changes < newer.changes and version == newer._replace(
            changes=version.changes
        )

    def _touched(
        self, source: PostingsSource | ResultsSource, version: DataVersion
    ) -> set[int] | set[str] | None:
        """The keys of the rows, or the tables, that may have changed; None if all may have.

        What a row was in the past may depend on other rows than what it is.
        """
        before = self.version
        if day_read() or before is None or before._replace(changes=version.changes) != version:
            return None
        if before.changes > version.changes:
            return None
        changes = Change.objects.filter(pk__gt=self.settled).unseen(self.seen).order_by("pk")
        changes = list(changes[: MOST_CHANGES + 1])
        if len(changes) > MOST_CHANGES:
            return None
        touched = source.touched_by(changes)
        return touched if touched is not None and len(touched) <= MOST_TOUCHED else None


_kept: dict[tuple, Kept] = {}
_past_kept: dict[tuple, Kept] = {}
_lock = Lock()


def read_kept(
    name: tuple, source: PostingsSource | ResultsSource, at: datetime
) -> Postings | Results:
    """What is kept by a name, as this transaction sees the data."""
    reading = versions.current(at)
    day = day_read()
    key = connection.settings_dict["NAME"], *name, day
    # Whoever asks for many days in turn pushes out nothing of now.
    lists, most = (_past_kept, MOST_PAST_KEPT) if day else (_kept, MOST_KEPT)
    with _lock:
        kept = lists.pop(key, None) or Kept()
        # The one asked for last stands last.
        lists[key] = kept
        while len(lists) > most:
            del lists[next(iter(lists))]
    return kept.read(source, reading)


def postings_of(filterset: "FilterSet", at: datetime) -> Postings:
    """The postings of a list for the data as this transaction sees them."""
    name = type(filterset), tuple(filterset.kept.items())
    return read_kept(name, PostingsSource(filterset), at)


def until_changed(
    make: Callable[Concatenate[datetime, Key], Result],
) -> Callable[Concatenate[datetime, Key], Result]:
    """Keep what a function of a moment gives back, until a table that it was read from changes.

    It must have read all that it gives back, and whoever gets it must leave it as it is.
    """

    @wraps(make)
    def kept(at: datetime, *key: Key.args) -> Result:
        results = read_kept((Results,), ResultsSource(), at)
        return results.get((make, *key), lambda: make(at, *key))

    return kept


def forget() -> None:
    """Begin again, as in a new process."""
    _kept.clear()
    _past_kept.clear()
