"""Clients that take their time, many at once, in a thread of its own: what they do to others."""

import asyncio
import contextlib
import socket
import threading
import time
from http.client import HTTPConnection
from typing import NamedTuple

HEAD = "{method} {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
PATIENCE = 20  # seconds


class Kind(NamedTuple):
    """What such a client sends at once, what it then sends byte by byte, and whether it reads."""

    name: str
    first: bytes
    then: bytes = b""
    reads: bool = False
    idles: bool = False


def asks(address):
    return (HEAD.format(method="GET", address=address) + "\r\n").encode()


def kinds(page, download, form, file):
    """The kinds of slow client there are, at these addresses."""
    post = HEAD.format(method="POST", address=form)
    return [
        Kind("slow headers", HEAD.format(method="GET", address=page).encode(), b"X-Slow: " * 500),
        Kind("slow bodies", (post + FORM.format(length=50_000)).encode(), b"a=1&" * 500),
        Kind("slow readers of a page", asks(page), reads=True),
        Kind("slow readers of a download", asks(download), reads=True),
        Kind("slow readers of a file", asks(file), reads=True),
        Kind("idle connections", asks("/robots.txt"), idles=True),
    ]


class SlowClients:
    """So many slow clients of each of some kinds, until the end of the block."""

    def __init__(self, port, kinds, number, pause=0.5):
        self.port, self.kinds, self.number, self.pause = port, kinds, number, pause
        self.ready, self.closed = threading.Event(), []
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    def __enter__(self):
        self.thread.start()
        assert self.ready.wait(PATIENCE), "The slow clients could not connect."
        return self

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join()

    async def run(self):
        self.loop, self.ended = asyncio.get_running_loop(), asyncio.Event()
        self.waiting = self.number * len(self.kinds)
        clients = [
            asyncio.create_task(self.dawdle(kind))
            for kind in self.kinds
            for _ in range(self.number)
        ]
        await self.ended.wait()
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    def connected(self):
        """How many of them the site has not turned away."""
        return self.number * len(self.kinds) - len(self.closed)

    async def dawdle(self, kind):
        """Be one client of a kind, and note if the site closes the connection."""
        with socket.socket() as connection, contextlib.suppress(OSError):
            connection.setblocking(False)
            if kind.reads:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            try:
                await self.loop.sock_connect(connection, ("127.0.0.1", self.port))
                await self.loop.sock_sendall(connection, kind.first)
                if kind.reads or kind.idles:
                    await self.loop.sock_recv(connection, 1)
            finally:
                self.waiting -= 1
                if not self.waiting:
                    self.ready.set()
            for place in range(len(kind.then)):
                await asyncio.sleep(self.pause)
                await self.loop.sock_sendall(connection, kind.then[place : place + 1])
            while kind.reads and await self.loop.sock_recv(connection, 1):
                await asyncio.sleep(self.pause)
            if not kind.reads:
                await self.ended.wait()
        self.closed.append(kind.name)


def waits(port, addresses, seconds):
    """How long others wait for these addresses, each asked over a new connection: seconds.

    One who is not served within `PATIENCE` has waited that long.
    """
    until, taken = time.perf_counter() + seconds, []
    for address in addresses:
        if time.perf_counter() > until:
            break
        started = time.perf_counter()
        with (
            contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as asking,
            contextlib.suppress(TimeoutError),
        ):
            asking.request("GET", address)
            response = asking.getresponse()
            response.read()
            assert response.status == 200, (address, response.status)
        taken.append(time.perf_counter() - started)
    return taken
