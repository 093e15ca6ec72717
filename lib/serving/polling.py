"""Which sockets can be read or written, at a cost that idle ones add nothing to.

waitress's own loop asks every connection each time: a thousand idle ones would make a page cost ten
times as much.
"""

import select
import selectors
from contextlib import suppress

from waitress import wasyncore

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Sockets(dict[int, wasyncore.dispatcher]):
    """The open sockets of a process, by number, as waitress keeps them.

    Those that only wait for a client to send something rest. Threads work on no such socket, so
    what it waits for changes only when it is `awake`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.selector, self.awake = selectors.DefaultSelector(), set()

    def __setitem__(self, number: int, one: wasyncore.dispatcher) -> None:
        super().__setitem__(number, one)
        self.awake.add(number)

    def __delitem__(self, number: int) -> None:
        super().__delitem__(number)
        self.awake.discard(number)
        with suppress(KeyError):
            self.selector.unregister(number)

    def turn(self, seconds: float) -> None:
        """Read and write whatever can be within so many seconds."""
        for number in list(self.awake):
            self.watch(number, self[number])
        ready = [(self[key.fd], events) for key, events in self.selector.select(seconds)]
        for one, events in ready:
            number = one._fileno
            if number is None:  # it has been closed
                continue
            if number in self.awake and events == READ and not one.readable():
                self.selector.unregister(number)
            else:
                self.awake.add(number)
                flags = (events & READ and select.POLLIN) | (events & WRITE and select.POLLOUT)
                wasyncore.readwrite(one, flags)

    def watch(self, number: int, one: wasyncore.dispatcher) -> None:
        """Let the system tell us of what a socket waits for now."""
        writes = one.writable() and not one.accepting
        wanted = (READ if one.readable() else 0) | (WRITE if writes else 0)
        watched = self.selector.get_map().get(number)
        # A client whose request is being served has seldom something to say. Until it has, the
        # system need not be told that nobody would read it.
        if watched is None:
            if wanted:
                self.selector.register(number, wanted)
        elif not wanted and watched.events != READ:
            self.selector.unregister(number)
        elif wanted and wanted != watched.events:
            self.selector.modify(number, wanted)
        if wanted == READ:
            self.awake.discard(number)
