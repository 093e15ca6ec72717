"""A thread that looks which connections wait for the database, and ends waiting that is in vain."""

import os
import time
from threading import Lock, Thread
from weakref import WeakSet

from . import failures, patience
from .probe import params_of

EVERY = 0.1  # seconds

_lock = Lock()
_watched: WeakSet = WeakSet()
_started = False


def watch(wrapper: object) -> None:
    """Look at a `DatabaseWrapper` from now on, as long as it lives."""
    with _lock:
        _watched.add(wrapper)


def start() -> None:
    """Have the thread run in this process."""
    global _started
    if not _started:
        with _lock:
            if not _started:
                Thread(target=_look_again_and_again, name="watchdog", daemon=True).start()
                _started = True


def _look_again_and_again() -> None:
    last = time.monotonic()
    while True:
        time.sleep(EVERY)
        now = time.monotonic()
        # Where this process itself is held up, nobody has waited for the database meanwhile.
        elapsed, last = min(now - last, 2 * EVERY), now
        with _lock:
            wrappers = list(_watched)
        for wrapper in wrappers:
            look(wrapper, elapsed)
        failures.tally.flush()


def look(wrapper: object, elapsed: float) -> None:
    """Count what a connection waits, and shut it down where that is in vain."""
    waits = patience.of_thread(wrapper.thread)
    if waits is None:
        return
    with wrapper.being_closed:  # its memory is freed meanwhile otherwise
        if not wrapper.is_waiting():
            if waits.streams:
                waits.waited = 0.0
            return
        waits.waited += elapsed
        if wrapper.circuit.hangs and waits.waited >= waits.longest:
            wrapper.shut_down()
        elif waits.waited >= patience.SUSPICIOUS_AFTER:
            wrapper.circuit.suspect(params_of(wrapper))


def _begin_anew() -> None:
    global _started, _lock
    _started, _lock = False, Lock()


os.register_at_fork(after_in_child=_begin_anew)
