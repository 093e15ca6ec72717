"""Kept pages that are asked for again and again, sent before any other part of the site runs.

What is sent is a response exactly as it left the site before, with all its headers. Whether it
still holds is asked of the database each time, as `page_cache` does.
"""

from threading import Lock
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection

from lib.audit.data_version import DataVersion
from lib.database import patience, watchdog
from lib.observability import requests

from ..middleware import GZIP
from .page_cache import KEPT_FOR, VERSION, read_version

# All that a public page, and whether it is sent whole, may depend on; compression comes with it.
READ = (
    "wsgi.url_scheme",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_IF_NONE_MATCH",
)
MOST_BYTES = 4_000_000  # in a process, beside the pages that are kept anyway
OVERHEAD = 4_000  # bytes of a response without its content and its key, about


class Kept(NamedTuple):
    """A response as it was sent, and the version of the data that it was made from."""

    version: DataVersion
    status: str
    headers: list[tuple[str, str]]
    content: bytes


class KeptResponses:
    """A WSGI application that sends what another one has sent before, as long as it holds."""

    def __init__(self, application):
        self.application = application
        self.kept, self.size, self.lock = {}, 0, Lock()

    def __call__(self, environ, start_response):
        watchdog.start()
        waits = patience.begin(reads=environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"))
        response = self.respond(environ, start_response)
        waits.streams = getattr(response, "streaming", False)
        return response

    def respond(self, environ, start_response):
        """The response to a request, which waits for the database as a request does."""
        if environ["REQUEST_METHOD"] != "GET":
            return self.application(environ, start_response)
        takes_gzip = bool(GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")))
        key = (takes_gzip, *(environ.get(name, "") for name in READ))
        if kept := self.kept.get(key):
            version = environ[VERSION] = environ.get(VERSION) or current_version()
            if kept.version == version:
                requests.note(cache="kept", version=version.changes)
                start_response(kept.status, kept.headers[:])
                return [kept.content]
        sent = []

        def note(status, headers, exc_info=None):
            sent[:] = status, headers[:]
            return start_response(status, headers, exc_info)

        response = self.application(environ, note)
        version = environ.get(KEPT_FOR)
        # Those who have another page than today's come once each: what they get is not kept here.
        if version and bool(environ.get("HTTP_IF_NONE_MATCH")) == (response.status_code == 304):
            self.keep(key, Kept(version, *sent, response.content))
        return response

    def keep(self, key, kept):
        """Keep a response; when there is no more room, begin again."""
        with self.lock:
            # Whoever asks chooses how long the key is: its address, and the tags that it names.
            size = len(kept.content) + sum(map(len, key[1:])) + OVERHEAD
            self.size += size
            if self.size > MOST_BYTES:
                self.kept, self.size = {}, size
            self.kept[key] = kept


def current_version():
    """The version of the data, or the error with which the database has kept us waiting."""
    # As Django does between requests, which it is not told of here.
    connection.close_if_unusable_or_obsolete()
    try:
        return read_version()
    except (InterfaceError, OperationalError) as error:
        return error
