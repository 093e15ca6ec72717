"""Public pages, kept as long as nothing that they show has changed.

A page is kept with the version of the data that it was made from, so that it is never stale: not
after a save in the admin, an import, a shell or psql, nor at the end of an embargo or of a day. The
same words are its ETag, with which browsers, and caches in front, ask whether theirs still holds.

While the database cannot say whether it does, readers get the page that was kept last at an
address, with a line that says as at when it is.
"""

import hashlib
import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from gzip import decompress
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from lib.audit.conflicts import is_locked
from lib.audit.data_version import one_moment, reading, versions
from lib.database import failures
from lib.observability import requests

from ..middleware import takes_gzip
from .build import build

# What stands for no page of facts, or for one that depends on who asks.
# Files of data sets, whose addresses begin with a year, never change, and say so themselves.
# A cited page that somebody has deleted must be gone at once: no version of the data tells of it.
NOT_KEPT = (
    "/admin/",
    "/evidence/",
    "/cite/",
    "/data/2",
    "/follow/",
    f"/{settings.STATIC_URL}",
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/favicon.ico",
)
# What is sent although nobody can say whether it still holds: pages, which say so, and the pictures
# on them.
UNCHECKED = ("text/html", "image/")
LONGEST_UNCHECKED = timedelta(hours=12)
MAIN = re.compile(rb"<main\b[^>]*>")
BLANK_LINES = re.compile(rb"\n\s*\n")
LARGEST = 250_000  # bytes, compressed
LONGEST = 24 * 60 * 60  # seconds; a version ends with its day
# The last version that this process has read, and when; and the error that said that somebody else
# had locked what it is read from, if that came last.
last_reading, last_lock, first_in_line = [], [], Lock()
# What a request says of itself to `kept_responses`, which stands before all middleware: the version
# that was read for it, and the one that its response, as it was kept, was made from.
VERSION, KEPT_FOR = "config.caching.page_cache.version", "config.caching.page_cache.kept_for"


class KeptPage(NamedTuple):
    """A page as it was made: what it was made from, when (a timestamp), its headers, and its
    content, compressed."""

    tag: str
    made_at: float
    headers: list
    content: bytes


def hash_of(*words):
    return hashlib.sha256(repr(words).encode()).hexdigest()[:40]


class PageCacheMiddleware:
    """Sends a public page as it was made before, if nothing has changed since; else it is made."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.build = build()

    def __call__(self, request):
        if request.method not in ("GET", "HEAD") or request.path_info.startswith(NOT_KEPT):
            return self.get_response(request)
        try:
            response = self.respond(request)
        except Error as error:
            reason = failures.reason_of(error)
            if not reason or not (kept := self.unchecked(request)):
                raise
            failures.tally.add(reason, error)
            return kept
        if hasattr(response, "unavailable"):
            return self.unchecked(request) or response
        return response

    def respond(self, request):
        """The response to a request, as it was kept or as it is made now."""
        try:
            version = version_for(request)
        except (InterfaceError, OperationalError) as error:
            if is_locked(error) or self.kept(request):  # it has waited already
                raise
            # Some pages need no database; the others say that it does not answer.
            return self.get_response(request)
        tag = self.tag(request, version)
        # Not for “*”, which asks whether there is such a page at all.
        if etag(tag) in request.headers.get("If-None-Match", ""):
            request.META[KEPT_FOR] = version
            requests.note(version=version.changes)
            unchanged = HttpResponseNotModified()
            # Browsers would take its policy for that of the page, which may have another.
            unchanged._csp_exempt = True
            return with_validators(unchanged, tag)
        kept = self.kept(request)
        if kept and kept.tag == tag:
            request.META[KEPT_FOR] = version
            requests.note(cache="kept", version=version.changes)
            return with_validators(from_kept(request, kept), tag)
        with ExitStack() as stack:
            stack.enter_context(one_moment())
            with reading() as version:
                requests.note(cache="made", version=version.changes)
                tag = self.tag(request, version)
                response = self.get_response(request)
            if response.streaming:
                # A download reads its rows from the same snapshot, while it is sent.
                response._resource_closers.append(stack.pop_all().close)
        if response.status_code != 200 or response.cookies:
            if 300 <= response.status_code < 500:
                # What was here before it was taken back is shown to nobody any more.
                caches["pages"].delete(self.address(request))
            return response
        if response.streaming or request.method == "HEAD":
            return with_validators(response, tag)
        return with_validators(from_kept(request, self.keep(request, tag, response)), tag)

    def address(self, request):
        """What a page depends on besides the data: its address, the code and the settings."""
        # Parameters of one name may mean something by their order.
        params = sorted(request.GET.lists())
        address = (request.scheme, request.get_host(), request.path, params, request.as_at)
        return hash_of(self.build, *address)

    def tag(self, request, version):
        """What a page depends on: its address, the code and the settings, and the data."""
        return hash_of(self.address(request), version)

    def kept(self, request):
        """The page that was kept last at an address, whether it still holds or not."""
        found = caches["pages"].get(self.address(request))
        return found and KeptPage(*found)

    def keep(self, request, tag, response):
        """Keep a page, compressed, unless it is too large."""
        content = compress_string(without_blank_lines(response), max_random_bytes=0)
        page = KeptPage(tag, timezone.now().timestamp(), list(response.items()), content)
        if len(content) <= LARGEST:
            caches["pages"].set(self.address(request), tuple(page), LONGEST)
        return page

    def unchecked(self, request):
        """The page that was kept last, which says as at when it is; None if there is none."""
        kept = self.kept(request)
        if not kept or not dict(kept.headers).get("Content-Type", "").startswith(UNCHECKED):
            return None
        at = datetime.fromtimestamp(kept.made_at, UTC)
        if last_reading and self.tag(request, last_reading[0].version) == kept.tag:
            at = max(at, last_reading[0].at)  # it held when this process last asked
        if timezone.now() - at > LONGEST_UNCHECKED:
            return None
        marked = compress_string(say_as_at(at, decompress(kept.content)), max_random_bytes=0)
        response = from_kept(request, kept._replace(content=marked))
        requests.note(cache="stale", version=None)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


def version_for(request):
    """The version of the data that was read for a request, or else is now."""
    found = request.META.get(VERSION)
    if isinstance(found, Exception):
        raise found
    return found or read_version()


def read_version():
    """The version of the data, over a new connection if the one that was kept has ended.

    While somebody else has locked what it is read from, one request at a time waits for that.
    """
    found = last_lock[:]
    if found and not first_in_line.acquire(blocking=False):
        raise OperationalError(*found[0].args) from found[0].__cause__
    try:
        last_reading[:] = [read_anew()]
    except OperationalError as error:
        last_lock[:] = [error] if is_locked(error) else []
        raise
    else:
        last_lock.clear()
    finally:
        if found:
            first_in_line.release()
    return last_reading[0].version


def read_anew():
    # The question itself tells whether the connection has ended, which Django would ask first with
    # another.
    connection.health_check_done = True
    try:
        return versions.read()
    except (InterfaceError, OperationalError) as error:
        if connection.in_atomic_block or is_locked(error):
            raise
        connection.close()
        return versions.read()


def etag(tag):
    # Weak: the same page may come compressed or not.
    return f'W/"{tag}"'


def with_validators(response, tag):
    """The response, which everybody may keep if they ask each time whether it still holds."""
    response["ETag"] = etag(tag)
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def without_blank_lines(response):
    """The content without the lines that templates leave empty: a fortieth of a large page."""
    is_html = response.get("Content-Type", "").startswith("text/html")
    if not is_html or b"<pre" in response.content:
        return response.content
    return BLANK_LINES.sub(b"\n", response.content)


def from_kept(request, kept):
    """A page that was kept, compressed if its reader's browser takes that."""
    compressed = takes_gzip(request)
    response = HttpResponse(kept.content if compressed else decompress(kept.content))
    for name, value in kept.headers:
        response[name] = value
    if compressed:
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = len(response.content)
    return response


def say_as_at(at, page):
    """A page that says as at when it is, if there is a place for that; pictures have none."""
    line = render_to_string("unchecked.html", {"at": at}).encode()
    return MAIN.sub(lambda main: main[0] + line, page, count=1)
