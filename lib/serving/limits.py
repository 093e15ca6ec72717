"""How much of a request is taken and for how long, and what a client is told who goes beyond."""

from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

SENTENCES = {
    HTTPStatus.REQUEST_TIMEOUT: "The request took too long to come.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "What was sent is larger than this site takes.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "The address is longer than this site takes.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are larger than this site takes.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many people are asking at once. Try again soon.",
}
RETRY_AFTER = 5  # seconds


class Limits(NamedTuple):
    """What a client may send, and how long it may take, in bytes and seconds.

    Times are those of the whole, not of each byte. `body` gives the most for an address. `pace` is
    the fewest bytes a second: of a body, beyond `body_seconds`, and of a response that waits to be
    read, over any `unread_seconds`: a download whose reader stays but does not read on would keep
    its thread and its transaction for ever.
    """

    line: int
    fields: int
    body: Callable[[str], int]
    connections: int
    idle_seconds: float
    head: int = 32_000
    head_seconds: float = 10
    body_seconds: float = 30
    unread_seconds: float = 120
    pace: int = 5_000


def refusal(code: int, detail: str = "") -> bytes:
    """A whole response that says, in plain text, why a request is not served."""
    status = HTTPStatus(code)
    content = f"{SENTENCES.get(status) or detail or status.phrase}\n".encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Cache-Control: no-store",
        "Connection: close",
        f"Content-Length: {len(content)}",
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append(f"Retry-After: {RETRY_AFTER}")
    return "\r\n".join([*lines, "", ""]).encode() + content
