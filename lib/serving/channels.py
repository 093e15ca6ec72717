"""A client's connection, in waitress's terms: its requests, and the tasks that respond to them."""

import copy
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, BinaryIO

from waitress import receiver, task
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, Error, RequestHeaderFieldsTooLarge

from .limits import refusal

# Headers that no client of ours sends and that take long to read: lines that go on in the next one,
# and long runs of blanks.
BLANKS = re.compile(rb"\n[ \t]|:[ \t]{100}")
CODINGS = re.compile(rb"(?i)\ntransfer-encoding:[ \t]*([^\r]*)")
LONGEST_SIZE = 1_000  # characters of the line that says how large a part of a body is
LINGER = 3  # seconds in which a client may read why its request was refused, and stop sending

# waitress's `$` would let a line feed follow the size of a part, which somebody in front of us may
# take for the end of the line.
for name in ("ONLY_HEXDIG_RE", "CHUNK_EXT_RE"):
    pattern = getattr(receiver, name).pattern.removesuffix(b"$")
    setattr(receiver, name, re.compile(pattern + rb"\Z"))


class Refusal(Error):
    """Why a request is not served."""

    def __init__(self, code: int) -> None:
        super().__init__("")
        self.code = code


class Request(HTTPRequestParser):
    """A request as it comes in, within the limits."""

    path = ""

    def received(self, data: bytes) -> int:
        """Take what has come; how many bytes of it belong to this request."""
        taken = super().received(data)
        if self.chunked and not self.completed:
            # waitress reads these from their beginnings again whenever some more of them comes, and
            # takes as long over a part of one byte as over one of thousands.
            body = self.body_rcv
            most = self.adj.limits.head + len(body) // 4
            if len(body.control_line) > LONGEST_SIZE or self.body_bytes_received - len(body) > most:
                self.error, self.completed = BadRequest("The parts sent are too small."), True
        if self.completed:
            # waitress would ask for a body that is refused, or none, and take what is sent next for
            # more of this request.
            self.expect_continue = False
        if self.error:
            is_head = isinstance(self.error, RequestHeaderFieldsTooLarge)
            if is_head and b"\n" not in self.header_plus[: self.adj.limits.line + 2]:
                self.error = Refusal(414)
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the line and the headers of the request, if they are not beyond the limits."""
        limits = self.adj.limits
        if header_plus.find(b"\r\n") > limits.line:
            self.refuse(414)
        elif header_plus.count(b"\n") > limits.fields + 2:
            self.refuse(431)
        elif BLANKS.search(header_plus):
            raise ParsingError("A header has too many blanks, or goes on in another line.")
        else:
            try:
                super().parse_header(header_plus)
            except ValueError as error:
                raise ParsingError("The address or the length cannot be read.") from error
            codings = [coding.strip(b" \t").lower() for coding in CODINGS.findall(header_plus)]
            is_ours = codings == [b"chunked"] and self.chunked
            # Somebody in front of us may have read it in another way.
            if codings and (not is_ours or "CONTENT_LENGTH" in self.headers):
                raise ParsingError("The request says in two ways, or none of ours, how long it is.")
            if self.body_rcv is not None:
                self.adj = copy.copy(self.adj)
                # waitress refuses as much as this, and not only more.
                self.adj.max_request_body_size = limits.body(self.path) + 1

    def refuse(self, code: int) -> None:
        """Stand for a request that is not read."""
        super().parse_header(b"GET / HTTP/1.0\r\n")
        self.error = Refusal(code)

    def seconds_allowed(self) -> float:
        """How long it may have taken for what has come of it.

        What it says will come gives no time: who only says so would keep a connection for hours.
        """
        limits = self.adj.limits
        if not self.headers_finished:
            return limits.head_seconds
        return limits.body_seconds + self.body_bytes_received / limits.pace


class UnreadFile:
    """What stands for a file whose content nobody wants."""

    def __init__(self, file: BinaryIO, block_size: int = 0) -> None:
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


class Response(task.WSGITask):
    """The work on one request."""

    sent = 0
    says_where_it_ends = False

    def service(self) -> None:
        """Respond, and note that in the access log."""
        try:
            super().service()
        finally:
            log = self.channel.server.log
            if self.environ and log.access_log_enabled:
                # waitress's main thread sends a file, past `write`.
                is_file = not self.sent and self.request.command != "HEAD"
                sent = self.content_length or 0 if is_file else self.sent
                said = SimpleNamespace(status=self.status, headers=self.response_headers, sent=sent)
                headers = {
                    name.replace("_", "-"): value for name, value in self.request.headers.items()
                }
                environ = self.environ | {"RAW_URI": self.request.request_uri}
                log.access(said, headers, environ, timedelta(seconds=time.time() - self.start_time))

    def execute(self) -> None:
        """Have the site respond."""
        try:
            super().execute()
        except OSError as error:
            # waitress would take it for a client who has left, and tell nobody.
            raise RuntimeError("The site could not respond.") from error

    def get_environment(self) -> dict[str, Any]:
        """What the site is told of the request."""
        environ = super().get_environment()
        if self.request.command == "HEAD":
            environ["wsgi.file_wrapper"] = UnreadFile
        return environ

    def build_response_header(self) -> bytes:
        """The head of the response, which says whether the connection ends with it."""
        options = self.request.headers.get("CONNECTION", "").lower().split(",")
        asks_to_close = "close" in [option.strip() for option in options]
        if self.channel.server.is_ending or asks_to_close:
            self.set_close_on_finish()
        self.says_where_it_ends = self.version == "1.1" and not self.close_on_finish
        try:
            return super().build_response_header()
        finally:
            self.says_where_it_ends = False

    def set_close_on_finish(self) -> None:
        """End the connection with this response.

        waitress would do so after each that names no length, although a response without content
        has none, and one sent in parts names its last.
        """
        if not self.says_where_it_ends:
            super().set_close_on_finish()

    def write(self, data: bytes) -> None:
        """Send some of the content; of a response to HEAD there is none."""
        if self.request.command == "HEAD":
            data = b""
        self.sent += len(data)
        super().write(data)

    def finish(self) -> None:
        """Send what is left."""
        if not self.wrote_header:
            self.write(b"")
        if self.request.command != "HEAD":
            super().finish()


class RefusalTask(task.ErrorTask):
    """The response to a request that cannot be read, or is beyond a limit."""

    def execute(self) -> None:
        error = self.request.error
        self.close_on_finish = self.wrote_header = self.channel.is_refused = True
        self.channel.write_soon(refusal(error.code, error.body))


class Channel(HTTPChannel):
    """A connection.

    `since` is when it was opened, began to send its present request, or last got a part of a
    response.
    """

    task_class = Response
    error_task_class = RefusalTask
    parser_class = Request
    is_refused = has_served = is_postponed = False
    lingers_until = None
    taken = 0  # bytes of responses that the client has read, or the system keeps for it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.since = self.checked_at = time.monotonic()
        self.taken_then = 0
        super().__init__(*args, **kwargs)

    def received(self, data: bytes) -> bool:
        """Take what has come."""
        if self.request is None:
            data = data.lstrip(b"\r\n")  # which may stand between requests, and is none
            if data:
                self.since = time.monotonic()
        return super().received(data)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send as much as the system takes: how many bytes."""
        if not data:  # waitress would try again and again
            raise OSError("A file that is being sent has become shorter.")
        number = super().send(data, do_close=do_close)
        self.taken += number
        self.since = time.monotonic()
        return number

    def send_continue(self) -> None:
        """Ask for the body of a request; in the main thread, as this may close the connection."""
        if threading.current_thread() is not threading.main_thread():
            self.server.trigger.pull_trigger(self.send_continue)
            return
        request = None if self.requests else self.request
        if self.connected and request is not None and request.expect_continue:
            super().send_continue()

    def service(self) -> None:
        """Work on a request in a thread, unless its client has left while it waited for one.

        Who has not read the response before has to do so first: those to many requests that are
        sent ahead might be more than is held, and their thread would wait.
        """
        with self.outbuf_lock:
            self.is_postponed = self.total_outbufs_len > 0
        if self.is_postponed:
            return
        self.server.count_request()
        self.has_served = True
        if self.has_left():
            with self.requests_lock:
                for request in self.requests:
                    request.close()
                self.requests = []
            self.will_close = True
            self.server.pull_trigger()
        else:
            super().service()

    def has_left(self) -> bool:
        """Whether the client has closed the connection."""
        opened = self.socket
        if opened is None:  # the main thread has closed it
            return True
        try:
            return opened.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def readable(self) -> bool:
        return bool(self.lingers_until) or super().readable()

    def handle_read(self) -> None:
        """Read; what a refused client still sends is dropped, as else it would miss the reason."""
        if not self.lingers_until:
            super().handle_read()
            return
        with suppress(OSError):
            self.recv(1 << 16)  # which closes the connection at its end

    def handle_write(self) -> None:
        """Send what is waiting; then close, if that is due."""
        if self.is_refused and self.close_when_flushed and not self.total_outbufs_len:
            self.hang_up()
        else:
            super().handle_write()
            if self.is_postponed and self.connected and not self.total_outbufs_len:
                self.is_postponed = False
                self.server.add_task(self)

    def refuse(self, code: int) -> None:
        """Say why no more of a request is read, if the client listens, and hang up."""
        with suppress(OSError):
            self.socket.send(refusal(code))
        self.hang_up()

    def hang_up(self) -> None:
        """Send no more, and let the client end the connection."""
        self.close_when_flushed = False
        self.lingers_until = time.monotonic() + LINGER
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def incoming(self) -> Request | None:
        """The request whose rest we wait for, unless an earlier one has still to be responded to.

        Until then we read no more, and what we said of it would stand amid that response.
        """
        is_free = not (self.requests or self.total_outbufs_len or self.lingers_until)
        return self.request if is_free else None

    def bytes_received(self) -> int:
        """How much of the body of a request has come whose rest has not."""
        request = self.incoming()
        return request.body_bytes_received if request else 0

    def waits_for_client(self) -> bool:
        """Whether nothing happens until the client sends something, or closes the connection."""
        return not (self.requests or self.total_outbufs_len)

    def may_wait_until(self) -> float:
        """Until when it keeps its place though others want it: who sends a body, for longer."""
        request = self.incoming()
        is_body = request is not None and request.headers_finished
        return self.since + (request.seconds_allowed() if is_body else 0)

    def owes_head(self) -> bool:
        """Whether it has nothing from us to read, and has not sent the head of a request."""
        has_head = self.request is not None and self.request.headers_finished
        return self.waits_for_client() and not (self.lingers_until or has_head)

    def keep_to_limits(self, now: float) -> None:
        """Close the connection if its client takes too long."""
        request = self.incoming()
        if self.is_overdue(now):
            self.handle_close()  # `will_close` waits until the system takes more: it never may
        elif request is not None and now > self.since + request.seconds_allowed():
            self.refuse(408)

    def is_overdue(self, now: float) -> bool:
        """Whether a client is too long idle, in reading, or in ending what we have ended."""
        limits = self.adj.limits
        if self.lingers_until:
            return now > self.lingers_until
        if self.total_outbufs_len:
            if now <= self.checked_at + limits.unread_seconds:
                return False
            taken = self.taken - self.taken_then
            self.checked_at, self.taken_then = now, self.taken
            return taken < limits.pace * limits.unread_seconds
        self.checked_at, self.taken_then = now, self.taken
        if self.requests or self.request is not None:
            return False
        return now > self.since + (limits.idle_seconds if self.has_served else limits.head_seconds)
