"""The threads that work on requests."""

from collections.abc import Callable
from threading import Lock

from waitress.task import ThreadedTaskDispatcher


class LastFirst:
    """A condition, as `threading.Condition`, that wakes whoever began to wait last."""

    def __init__(self, lock: Lock) -> None:
        self.lock, self.waiting = lock, []

    def wait(self) -> None:
        """Let go of the lock until woken."""
        mine = Lock()
        mine.acquire()
        self.waiting.append(mine)
        self.lock.release()
        mine.acquire()
        self.lock.acquire()

    def notify(self) -> None:
        """Wake one, if any waits."""
        if self.waiting:
            self.waiting.pop().release()

    def notify_all(self) -> None:
        """Wake them all."""
        while self.waiting:
            self.notify()


class Threads(ThreadedTaskDispatcher):
    """Threads of waitress's, of which the one that rested last works first.

    Each has a connection to the database, whose caches are warm in the one used last. waitress
    takes threads in turn, and a page would cost up to a third more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queue_cv = LastFirst(self.lock)

    def handler_thread(self, thread_no: int) -> None:
        """Work on one task after another."""
        with_room_for_calls(super().handler_thread, thread_no)


def with_room_for_calls(work: Callable[..., None], *args: object) -> None:
    """Do work, all of whose calls find room in one piece of Python's stack."""
    work(*args)


# That stack grows by pieces of 16 kB. Where the calls of a loop cross the end of one, each asks the
# system for the next and gives it back (Python 3.12 and older, and the first of 3.13 and 3.14): a
# page may cost a sixth more for being called one call deeper. A function that says it needs half a
# megabyte gets a piece of a whole one, and leaves the rest to what it calls; what is not used costs
# nothing.
with_room_for_calls.__code__ = with_room_for_calls.__code__.replace(co_stacksize=70_000)
