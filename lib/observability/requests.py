"""What is known of the request that is being answered, for its line in the log."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

# What a proxy may call a request: letters that need no care, wherever they are written.
WELL_FORMED = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


@dataclass(slots=True)
class Request:
    """A request: its id, what it asked the database, and how its response was come by.

    `cache` says whether the response was "kept", "made" to be kept, "unchanged" (304) or "stale",
    or nothing; `version` is the number of changes that it was made from.
    """

    id: str
    path: str = ""
    begun: float = field(default_factory=perf_counter)
    queries: int = 0
    query_seconds: float = 0.0
    cache: str = ""
    version: int | None = None


_current: ContextVar[Request | None] = ContextVar("request", default=None)
current = _current.get


def begin(path: str, given: str = "") -> Request:
    """Begin a request, under the id that it was given if that is well formed, else a new one."""
    name = given if given and WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
    request = Request(name, path)
    _current.set(request)
    return request


def note(**known: Any) -> None:
    """Note something of the request that is being answered, if there is one."""
    if request := current():
        for name, value in known.items():
            setattr(request, name, value)


def request_id() -> str:
    """The id of the request that is being answered, or nothing."""
    request = current()
    return request.id if request else ""
