"""Links that keep the day: every internal address on a page as at a day leads to that day too.

A link or form whose first attribute is `data-now` leads to the page of now.
"""

import re
from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.http import HttpRequest

from lib.parameters import without

from .days import PARAMETER

WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE | re.ASCII)
NAMED = re.compile(rf"[?&;]{PARAMETER}=", re.ASCII)
MARKUP = re.compile(
    r"<(?:a|form) data-now\b[^>]*>|(?P<form><form\b[^>]*>)"
    r'|(?P<name>\s(?:href|src|srcset|data-figure|data-figure-narrow)=")(?P<address>[^"]*)"'
)


def is_always_now(path: str) -> bool:
    """Whether a path leads to what has no past, such as a staff page."""
    return path.startswith(settings.ALWAYS_NOW)


def without_day(query: str) -> str:
    """A query string without the day."""
    return without(query, PARAMETER.__eq__)


def keep_day(address: str, day: date, ampersand: str = "&") -> str:
    """An address within the site that leads to the same day."""
    address, mark, place = address.partition("#")
    if (mark and not address) or NAMED.search(address) or is_always_now(address):
        return f"{address}{mark}{place}"
    joined = ampersand if "?" in address else "?"
    return f"{address}{joined}{PARAMETER}={day.isoformat()}{mark}{place}"


def keep_day_in_page(html: str, day: date) -> str:
    """A page whose links, pictures and forms keep the day."""

    def keep(found: re.Match[str]) -> str:
        if form := found["form"]:
            return f'{form}<input type="hidden" name="{PARAMETER}" value="{day.isoformat()}">'
        if found["name"] is None or WITH_SCHEME.match(found["address"]):
            return found[0]
        return f'{found["name"]}{keep_day(found["address"], day, "&amp;")}"'

    return MARKUP.sub(keep, html)


def absolute_addresses(request: HttpRequest, day: date) -> Callable[..., str]:
    """`build_absolute_uri` of a request, whose addresses keep the day."""
    usual = request.build_absolute_uri

    def build_absolute_uri(location: str | None = None) -> str:
        path = request.get_full_path() if location is None else str(location)  # it may be lazy
        return usual(path if WITH_SCHEME.match(path) else keep_day(path, day))

    return build_absolute_uri
