"""Posting lists as a process keeps them: true for one version of the data, renewed for another.

Once something has changed, only the rows that the audit trail names are read anew, if the list
knows which these are.
"""

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from django.db import connection

from lib.as_at.reading import day_read
from lib.audit.conflicts import Version
from lib.audit.data_version import DataVersion, Reading, versions
from lib.audit.models import Change

from .postings import Postings

if TYPE_CHECKING:  # a filterset asks for its own postings
    from .filtersets import FilterSet

# From so many changes on, all rows are read anew.
MOST_CHANGES = 300
MOST_TOUCHED = 100
# How many lists are kept of now, and how many as at days in the past.
MOST_KEPT, MOST_PAST_KEPT = 32, 8


class Kept:
    """Postings as a process keeps them, with the version of the data that they are true for."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.version: DataVersion | None = None
        self.seen = Version()
        self.settled = 0
        self.postings: Postings | None = None

    def read(self, filterset: "FilterSet", reading: Reading) -> Postings:
        """The postings for a version, renewed or made if they are of another."""
        with self.lock:
            if self.version == reading.version:
                return self.postings
            if self.is_newer_than(reading.version):
                return self.postings.for_older_reader()
            touched = self._touched(filterset, reading.version)
            # Seen before the rows are read: what is written meanwhile is read twice, never missed.
            seen = Change.objects.version()
            postings = self.postings
            if touched is None or touched:
                rows = filterset.rows
                postings = (
                    postings.renew(rows, touched)
                    if touched
                    else Postings(rows, filterset.get_facets(), filterset.synthetic_condition)
                )
            self.version, self.settled = reading.version, reading.settled_up_to
            self.seen, self.postings = seen, postings
            return postings

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

    def _touched(self, filterset: "FilterSet", version: DataVersion) -> set[int] | None:
        """The keys of the rows that may have changed; None if all may have.

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
        touched = filterset.touched_by(changes)
        return touched if touched is not None and len(touched) <= MOST_TOUCHED else None


_kept: dict[tuple, Kept] = {}
_past_kept: dict[tuple, Kept] = {}
_lock = Lock()


def postings_of(filterset: "FilterSet", at: datetime) -> Postings:
    """The postings of a list for the data as this transaction sees them."""
    reading = versions.current(at)
    name, day = connection.settings_dict["NAME"], day_read()
    key = type(filterset), name, tuple(filterset.kept.items()), day
    # Whoever asks for many days in turn pushes out no list of now.
    lists, most = (_past_kept, MOST_PAST_KEPT) if day else (_kept, MOST_KEPT)
    with _lock:
        kept = lists.pop(key, None) or Kept()
        # The one asked for last stands last.
        lists[key] = kept
        while len(lists) > most:
            del lists[next(iter(lists))]
    return kept.read(filterset, reading)


def forget() -> None:
    """Begin again, as in a new process."""
    _kept.clear()
    _past_kept.clear()
