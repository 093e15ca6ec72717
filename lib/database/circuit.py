"""Whether a database responds, as known in this process: nobody waits for one that does not."""

import logging
import os
import time
from threading import Lock, Thread
from typing import Any

import psycopg2
from django.db import OperationalError

from . import probe

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between probes
LONGEST_PROBE = 1.4  # seconds; where all are busy, a response takes its time


class Circuit:
    """What is known of one database.

    `refuses` says that it makes no new connections; those that are there may work. `hangs` says
    that it responds to nobody. While either is so, a thread asks it again and again.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Know nothing, as in a new process."""
        self.refuses = self.hangs = self.probing = False
        self.since, self.responded_at = time.monotonic(), float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether new connections are not even tried."""
        return self.refuses or self.hangs

    def suspect(self, params: dict[str, Any]) -> None:
        """Somebody waits for long: have the database asked, unless it was a moment ago."""
        if time.monotonic() > self.responded_at + EVERY:
            self._probe(params)

    def fail(self, params: dict[str, Any], hangs: bool) -> None:
        """A connection could not be made."""
        self._find(refuses=True, hangs=hangs)
        self._probe(params)

    def _probe(self, params: dict[str, Any]) -> None:
        with self.lock:
            if self.probing:
                return
            self.probing = True
        Thread(target=self._probe_until_it_responds, args=[params], daemon=True).start()

    def _probe_until_it_responds(self, params: dict[str, Any]) -> None:
        try:
            while not self._responds(params):
                time.sleep(EVERY)
        finally:
            self.probing = False

    def _responds(self, params: dict[str, Any]) -> bool:
        try:
            probe.ask(params, LONGEST_PROBE)
        except psycopg2.Error as error:
            self._find(refuses=True, hangs=isinstance(error, probe.NoResponse))
            return False
        self.responded_at = time.monotonic()
        self._find(refuses=False, hangs=False)
        return True

    def _find(self, refuses: bool, hangs: bool) -> None:
        with self.lock:
            was_open = self.is_open
            self.refuses, self.hangs = refuses, hangs
            now = time.monotonic()
            if self.is_open != was_open:
                seconds, self.since = now - self.since, now
            else:
                return
        if was_open:
            logger.warning("The database responds again, after %.1f seconds.", seconds)
        else:
            logger.error("The database %s.", "does not respond" if hangs else "refuses to connect")

    def error(self) -> OperationalError:
        """What a request gets at once while nobody should wait."""
        return OperationalError("The database did not respond a moment ago.")


_circuits: dict[tuple, Circuit] = {}


def circuit_of(params: dict[str, Any]) -> Circuit:
    """The circuit of the database that these parameters of `psycopg2.connect` lead to."""
    address = tuple(str(params.get(name)) for name in ("host", "port", "dbname", "service", "user"))
    return _circuits.setdefault(address, Circuit())


def forget_all() -> None:
    """Know nothing of any database: threads that would learn it do not live on in a copy of a
    process."""
    _circuits.clear()


os.register_at_fork(after_in_child=forget_all)
