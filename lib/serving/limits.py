"""How much of a request is taken and for how long, and what a client is told who goes beyond."""

from collections.abc import Callable
from html import escape
from http import HTTPStatus
from typing import NamedTuple

# What is wrong, and what to do about it, which may hold a link.
SENTENCES = {
    HTTPStatus.REQUEST_TIMEOUT: (
        "The request took too long to come",
        "Check your connection, then try again.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "What was sent is larger than this site takes",
        "Go back and send a smaller file, or less at once.",
    ),
    HTTPStatus.REQUEST_URI_TOO_LONG: (
        "The address is longer than this site takes",
        'Check the address, or start again from <a href="/">the first page</a>.',
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "The headers are larger than this site takes",
        "Delete the cookies of this site in your browser, then try again.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong here",
        "Try again in a few minutes.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Too many people are asking at once",
        "Try again in a few seconds.",
    ),
}
ELSE = "Check the address, then try again, or use another browser or program."
PAGE = """<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{0}</title>
<main>
<h1>{0}</h1>
<p>{1}</p>
</main>
"""
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
    """A whole response: a page, with nothing from elsewhere, that says why a request is not served.

    `detail` may quote what the client has sent.
    """
    status = HTTPStatus(code)
    what = escape((detail or status.phrase)[:100].rstrip("."))
    content = PAGE.format(*SENTENCES.get(status, (what, ELSE))).encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Cache-Control: no-store",
        "Connection: close",
        f"Content-Length: {len(content)}",
        "Content-Type: text/html; charset=utf-8",
        "X-Content-Type-Options: nosniff",
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append(f"Retry-After: {RETRY_AFTER}")
    return "\r\n".join([*lines, "", ""]).encode() + content
