"""Public pages, kept as long as nothing that they show has changed.

A page is kept with the version of the data that it was made from, so that it is never stale: not
after a save in the admin, an import, a shell or psql, nor at the end of an embargo or of a day. The
same words are its ETag, with which browsers, and caches in front, ask whether theirs still holds.
"""

import hashlib
import re
from contextlib import ExitStack
from gzip import decompress

from django.conf import settings
from django.core.cache import caches
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from lib.audit.conflicts import is_locked
from lib.audit.data_version import one_moment, reading, versions
from lib.observability import requests

from .build import build
from .middleware import takes_gzip

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
    "/favicon.ico",
)
BLANK_LINES = re.compile(rb"\n\s*\n")
LARGEST = 250_000  # bytes, compressed
LONGEST = 24 * 60 * 60  # seconds; a version ends with its day
# What a request says of itself to `kept_responses`, which stands before all middleware: the version
# that was read for it, and the one that its response, as it was kept, was made from.
VERSION, KEPT_FOR = "config.page_cache.version", "config.page_cache.kept_for"


class PageCacheMiddleware:
    """Sends a public page as it was made before, if nothing has changed since; else it is made."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.build = build()

    def __call__(self, request):
        if request.method not in ("GET", "HEAD") or request.path_info.startswith(NOT_KEPT):
            return self.get_response(request)
        try:
            version = version_for(request)
        except OperationalError as error:
            if is_locked(error):  # it has waited already
                raise
            # Some pages need no database; the others say that it does not answer.
            return self.get_response(request)
        key = self.key(request, version)
        # Not for “*”, which asks whether there is such a page at all.
        if etag(key) in request.headers.get("If-None-Match", ""):
            request.META[KEPT_FOR] = version
            requests.note(version=version.changes)
            unchanged = HttpResponseNotModified()
            # Browsers would take its policy for that of the page, which may have another.
            unchanged._csp_exempt = True
            return with_validators(unchanged, key)
        if kept := caches["pages"].get(key):
            request.META[KEPT_FOR] = version
            requests.note(cache="kept", version=version.changes)
            return from_kept(request, key, *kept)
        with ExitStack() as stack:
            stack.enter_context(one_moment())
            with reading() as version:
                requests.note(cache="made", version=version.changes)
                key = self.key(request, version)
                response = self.get_response(request)
            if response.streaming:
                # A download reads its rows from the same snapshot, while it is sent.
                response._resource_closers.append(stack.pop_all().close)
        if response.status_code != 200 or response.cookies:
            return response
        if response.streaming or request.method == "HEAD":
            return with_validators(response, key)
        return from_kept(request, key, *keep(key, response))

    def key(self, request, version):
        """What a page depends on: its address, the code and the settings, and the data."""
        # Parameters of one name may mean something by their order.
        params = sorted(request.GET.lists())
        address = (request.scheme, request.get_host(), request.path, params, request.as_at)
        words = (self.build, *address, version)
        return hashlib.sha256(repr(words).encode()).hexdigest()[:40]


def version_for(request):
    """The version of the data that was read for a request, or else is now."""
    found = request.META.get(VERSION)
    if isinstance(found, Exception):
        raise found
    return found or read_version()


def read_version():
    """The version of the data, over a new connection if the one that was kept has ended."""
    # The question itself tells whether it has, which Django would ask first with another.
    connection.health_check_done = True
    try:
        return versions.read().version
    except (InterfaceError, OperationalError) as error:
        if connection.in_atomic_block or is_locked(error):
            raise
        connection.close()
        return versions.read().version


def etag(key):
    # Weak: the same page may come compressed or not.
    return f'W/"{key}"'


def with_validators(response, key):
    """The response, which everybody may keep if they ask each time whether it still holds."""
    response["ETag"] = etag(key)
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def keep(key, response):
    """Keep a page, compressed, unless it is too large; its headers, and its content compressed."""
    content = compress_string(without_blank_lines(response), max_random_bytes=0)
    headers = list(response.items())
    if len(content) <= LARGEST:
        caches["pages"].set(key, (headers, content), LONGEST)
    return headers, content


def without_blank_lines(response):
    """The content without the lines that templates leave empty: a fortieth of a large page."""
    is_html = response.get("Content-Type", "").startswith("text/html")
    if not is_html or b"<pre" in response.content:
        return response.content
    return BLANK_LINES.sub(b"\n", response.content)


def from_kept(request, key, headers, content):
    """A page that was kept, compressed if its reader's browser takes that."""
    compressed = takes_gzip(request)
    response = HttpResponse(content if compressed else decompress(content))
    for name, value in headers:
        response[name] = value
    if compressed:
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = len(response.content)
    return with_validators(response, key)
