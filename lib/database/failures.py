"""What a failure of the database means to a visitor, and one line of log for many."""

import logging
import time
from threading import Lock

from django.db import Error, InterfaceError, OperationalError

from lib.observability import metrics

logger = logging.getLogger(__name__)

# What PostgreSQL's SQLSTATEs begin with, and the word for it. A connection that was lost, or never
# made, has none.
DOWN, TOO_SLOW, LOCKED, FULL, READ_ONLY = "down", "too_slow", "locked", "full", "read_only"
REASONS = {
    "08": DOWN,
    "57P": DOWN,  # it shuts down, or starts up
    "53300": DOWN,  # too many connections
    "57014": TOO_SLOW,
    "55P03": LOCKED,
    "53100": FULL,  # the disk
    "53200": FULL,  # the memory
    "25006": READ_ONLY,
}
SUMMARY_EVERY = 10.0  # seconds


def sqlstate_of(error: BaseException) -> str | None:
    """The SQLSTATE with which PostgreSQL refused; None where a connection failed."""
    return getattr(error.__cause__, "pgcode", None)


def reason_of(error: BaseException | None) -> str | None:
    """In a word, why the database cannot serve a request; None if the request is at fault."""
    if not isinstance(error, Error):
        return None
    state = sqlstate_of(error)
    if state is None:
        return DOWN if isinstance(error, OperationalError | InterfaceError) else None
    return next((word for start, word in REASONS.items() if state.startswith(start)), None)


class Tally:
    """Failures, of which the first is logged at once and those that follow in one line each ten
    seconds."""

    def __init__(self) -> None:
        self.lock, self.count, self.logged_at = Lock(), 0, float("-inf")
        self.last = ""

    def add(self, reason: str, error: BaseException) -> None:
        """Count a failure."""
        with self.lock:
            self.count += 1
            metrics.database_failures.labels(reason).inc()
            self.last = f"{reason}: {' '.join(str(error).split())}"
        self.flush()

    def flush(self) -> None:
        """Log what has not been logged, unless something was a moment ago."""
        now = time.monotonic()
        with self.lock:
            if not self.count or now < self.logged_at + SUMMARY_EVERY:
                return
            count, self.count, self.logged_at = self.count, 0, now
        logger.error(
            "The database could not serve a request (%s).",
            self.last,
            extra={"details": {"requests": count}},
        )


tally = Tally()


class WithoutOutages(logging.Filter):
    """Counts errors that say no more than that the database cannot serve, and keeps them out of a
    log: each would be a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is about anything else."""
        error = record.exc_info[1] if record.exc_info else None
        if reason := reason_of(error):
            tally.add(reason, error)
        return not reason
