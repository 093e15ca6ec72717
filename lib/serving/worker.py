"""The process that serves: gunicorn starts it, watches it and ends it; waitress reads and sends."""

import logging
import os
import resource
import socket
import sys
import time
from contextlib import suppress
from types import FrameType

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from waitress.adjustments import Adjustments
from waitress.server import BaseWSGIServer, TcpWSGIServer, UnixWSGIServer

from . import buffers  # noqa: F401  what waitress holds goes by it
from .channels import Channel
from .limits import Limits, refusal
from .polling import Sockets
from .threads import Threads

# What a process holds for clients that are slower than it, in memory and in files; beyond that,
# threads wait for those who read, and who has been sending longest is turned away.
MOST_HELD = 256_000_000  # bytes
# What it holds of one response, before its thread waits: as usual, and beyond that.
HELD, HELD_WHEN_FULL = 16_000_000, 1_000_000
# A client that waits for longer than this for its own next byte makes room for another.
LEAST_WAIT = 1  # seconds
AT_ONCE = 16  # connections that are taken before the others are looked at
# Of what waitress says, only what somebody should look into: not each reader who left, nor how
# many requests wait.
logging.getLogger("waitress").setLevel(logging.WARNING)
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
logger = logging.getLogger(__name__)


class Listener(BaseWSGIServer):
    """A listening socket that takes connections up to a limit."""

    channel_class = Channel
    is_ending = False
    worker = None
    told_at = float("-inf")

    @property
    def log(self) -> Logger:
        return self.worker.log

    def count_request(self) -> None:
        """Count a request that a thread has taken up."""
        self.worker.nr += 1

    def readable(self) -> bool:
        return self.accepting

    def handle_accept(self) -> None:
        """Take connections. If there are too many, one that waits makes room, or none is taken."""
        for _ in range(AT_ONCE):
            try:
                accepted = self.accept()
                if not accepted:
                    return
                self.set_socket_options(accepted[0])
            except OSError:  # its client has gone already, or this process has no more files
                return
            if len(self._map) < self.adj.limits.connections or self.make_room():
                connection, address = accepted
                self.channel_class(
                    self, connection, self.fix_addr(address), self.adj, map=self._map
                )
            else:
                turn_away(accepted[0])

    def make_room(self) -> bool:
        """Close the connection whose client we have waited for most, if there is one."""
        now = time.monotonic()
        if now > self.told_at + 60:
            self.told_at = now
            logger.warning("%s connections are open, the most that a process takes", len(self._map))
        waiting = [
            channel
            for channel in self.worker.channels()
            if channel.waits_for_client() and now > channel.since + LEAST_WAIT
        ]
        if waiting:
            min(waiting, key=Channel.may_wait_until).handle_close()
        return bool(waiting)


class TcpListener(Listener, TcpWSGIServer):
    """One at an address."""


class UnixListener(Listener, UnixWSGIServer):
    """One in the file system."""


class BufferingWorker(Worker):
    """A process of gunicorn whose threads never wait for a client.

    Of gunicorn's settings for workers, it takes `threads`, `worker_connections`, `keepalive`,
    `limit_request_line`, `limit_request_fields`, `max_requests` and `graceful_timeout`.
    """

    looked_at = 0.0
    listeners: list[Listener] = []

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        """End gunicorn if it is told to do what this process cannot."""
        if cfg.is_ssl:
            sys.exit("This server does not speak TLS. Put one that does in front of it.")

    def most_body_bytes(self, path: str) -> int:
        """The most that may be sent to an address."""
        return 1_000_000

    def limits(self) -> Limits:
        """What is taken of clients."""
        return Limits(
            line=self.cfg.limit_request_line,
            fields=self.cfg.limit_request_fields,
            body=self.most_body_bytes,
            connections=self.cfg.worker_connections,
            idle_seconds=self.cfg.keepalive,
        )

    def listen(self) -> None:
        """Take connections from every socket, for threads that they share."""
        limits = self.limits()
        open_files(limits.connections)
        self.map = Sockets()
        dispatcher = Threads()
        dispatcher.set_thread_count(self.cfg.threads)
        for one in [bound.sock for bound in self.sockets]:
            is_unix = one.family == socket.AF_UNIX
            adjustments = Adjustments(
                backlog=self.cfg.backlog,
                max_request_header_size=limits.head,
                inbuf_overflow=64_000,
                outbuf_high_watermark=HELD,
                clear_untrusted_proxy_headers=False,  # Django decides which it believes
                log_socket_errors=False,
                ident=None,
                # Whom a request asks that names no host.
                server_name="localhost" if is_unix else one.getsockname()[0],
            )
            adjustments.limits = limits
            listener = (UnixListener if is_unix else TcpListener)(
                self.wsgi,
                self.map,
                _sock=one,
                dispatcher=dispatcher,
                adj=adjustments,
                sockinfo=(one.family, one.type, one.proto, one.getsockname()),
                bind_socket=False,
            )
            listener.worker = self
            self.listeners = [*self.listeners, listener]

    def run(self) -> None:
        """Serve until told to end, or until gunicorn has gone."""
        self.listen()
        while self.alive and self.ppid == os.getppid() and self.nr < self.max_requests:
            self.turn(1)
        self.end()

    def turn(self, seconds: float) -> None:
        """Read and send whatever can be within so many seconds, once."""
        if (now := time.monotonic()) > self.looked_at + 1:
            self.looked_at = now
            self.notify()
            self.keep_to_limits(now)
        self.map.turn(seconds)

    def channels(self) -> list[Channel]:
        """The open connections."""
        return [one for one in self.map.values() if isinstance(one, Channel)]

    def keep_to_limits(self, now: float) -> None:
        """Turn away whoever takes too long, or sends what there is no room for."""
        channels = self.channels()
        for channel in channels:
            channel.keep_to_limits(now)
        self.map.awake.update(self.map)
        is_full = sum(channel.total_outbufs_len for channel in channels) > MOST_HELD
        for listener in self.listeners:
            listener.adj.outbuf_high_watermark = HELD_WHEN_FULL if is_full else HELD
        sending = sorted(
            (one for one in channels if one.bytes_received()), key=lambda one: one.since
        )
        received = sum(channel.bytes_received() for channel in sending)
        for channel in sending:
            if received <= MOST_HELD:
                break
            received -= channel.bytes_received()
            channel.refuse(503)

    def end(self) -> None:
        """Finish what has been asked for, and take nothing new."""
        until = time.monotonic() + self.cfg.graceful_timeout
        for listener in self.listeners:
            listener.is_ending, listener.accepting = True, False
            listener.del_channel()
        self.turn(0)  # what has come already
        while time.monotonic() < until:
            for channel in self.channels():
                if channel.owes_head():
                    channel.handle_close()
            if not self.channels():
                break
            self.turn(0.1)
        for listener in self.listeners[:1]:
            listener.task_dispatcher.shutdown(timeout=max(0, until - time.monotonic()))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End gracefully, at once rather than when the next client asks."""
        super().handle_exit(sig, frame)
        for listener in self.listeners:
            listener.pull_trigger()


def turn_away(connection: socket.socket) -> None:
    """Say on a connection that there is no room for it, and close it."""
    with connection, suppress(OSError):
        connection.setblocking(False)
        connection.send(refusal(503))
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1 << 16)  # or the system would drop what was sent


def open_files(connections: int) -> None:
    """Let this process open as many files as so many connections may need."""
    # A connection may have a file for what it sends and one for what it reads.
    wanted = 3 * connections + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
