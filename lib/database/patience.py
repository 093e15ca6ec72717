"""How long a request has waited for the database, and what of it may have been stored."""

from dataclasses import dataclass
from threading import get_ident

# Seconds of waiting after which it is asked whether the database responds at all.
SUSPICIOUS_AFTER = 0.7
# Seconds after which one who sends something is told that it does not. They wait longer than
# readers: as long as they do, what they sent may yet be stored.
LONGEST_SENDING = 12.0


@dataclass(slots=True)
class Patience:
    """What one request waits for.

    `reads` says that it stores nothing. `streams` says that its response is being sent, row by row:
    each wait then counts by itself. `waited` is in seconds.
    """

    reads: bool
    streams: bool = False
    waited: float = 0.0
    committed: bool = False
    lost_within: bool | None = None

    @property
    def longest(self) -> float:
        """Seconds after which a request does not wait for a database that responds to nobody."""
        return 0.0 if self.reads else LONGEST_SENDING

    def lose(self, within_transaction: bool) -> None:
        """Note that the connection was lost, the first time that it was."""
        if self.lost_within is None:
            self.lost_within = within_transaction

    @property
    def may_be_stored(self) -> bool:
        """Whether something that was sent may have been stored although the request failed.

        A transaction that was not to be committed yet when the connection was lost is undone.
        """
        return not self.reads and (self.committed or self.lost_within is False)


_of_threads: dict[int, Patience] = {}


def begin(reads: bool) -> Patience:
    """Begin a request in this thread, in place of the one before."""
    patience = _of_threads[get_ident()] = Patience(reads)
    return patience


def of_thread(ident: int | None = None) -> Patience | None:
    """The patience of a thread, by default this one; None where there is no request, as in a
    command."""
    return _of_threads.get(ident or get_ident())
