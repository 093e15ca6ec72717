"""A line in the log for each request, and its id, which its response and its errors carry too."""

import logging
from collections import Counter
from time import perf_counter

from django.conf import settings

from lib.observability import metrics, requests
from lib.observability.routes import route_of

logger = logging.getLogger("requests")
# Requests to this process, by how their responses were come by.
answered = Counter()
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}


class RequestLog:
    """A WSGI application that logs what another one answers.

    Nothing is logged that tells who asked: no address of theirs, and neither path nor query.
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        given = environ.get("HTTP_X_REQUEST_ID", "") if settings.BEHIND_PROXY else ""
        request = requests.begin(environ.get("PATH_INFO", ""), given)
        head = []

        def start(status, headers, exc_info=None):
            head[:] = status, headers
            return start_response(status, [*headers, ("X-Request-ID", request.id)], exc_info)

        def finish(sent, cut_short=False):
            log(request, environ["REQUEST_METHOD"], int(head[0][:3]), sent, cut_short)

        try:
            response = self.application(environ, start)
        except Exception:
            log(request, environ["REQUEST_METHOD"], 500, 0, cut_short=True)
            raise
        if isinstance(response, environ.get("wsgi.file_wrapper", ())):
            # Which the server may send by itself, so it must stay what it is.
            finish_at_close(response, finish, length_of(head[1]))
        elif isinstance(response, list):
            finish(sum(map(len, response)))
        elif response.streaming:
            return Sending(response, finish)
        else:
            finish(len(response.content))
        return response


def length_of(headers):
    return int(next((value for name, value in headers if name == "Content-Length"), 0))


def finish_at_close(response, finish, length):
    """Log a file once it has been sent."""
    close = getattr(response, "close", None)

    def close_and_log():
        if close:
            close()
        finish(length)

    response.close = close_and_log


class Sending:
    """What is sent bit by bit, and logged at its end; `cut_short` if its reader left before."""

    def __init__(self, response, finish):
        self.response, self.finish = response, finish
        self.sent, self.at_end = 0, False
        metrics.downloads.inc()

    def __iter__(self):
        for piece in self.response:
            self.sent += len(piece)
            yield piece
        self.at_end = True

    def close(self):
        self.response.close()
        metrics.downloads.dec()
        self.finish(self.sent, cut_short=not self.at_end)


def log(request, method, status, sent, cut_short=False):
    """Log a request that has been answered."""
    seconds = perf_counter() - request.begun
    if status == 304:
        request.cache = "unchanged"
    answered[request.cache or "none"] += 1
    route = route_of(request.path)
    # Whatever a stranger calls a method is no series of its own.
    metrics.requests.labels(route, method if method in METHODS else "other", status).inc()
    metrics.request_seconds.labels(route).observe(seconds)
    metrics.cached.labels(request.cache or "none").inc()
    metrics.queries.inc(request.queries)
    metrics.query_seconds.inc(request.query_seconds)
    if not settings.REQUEST_LOG:
        return
    details = {
        "route": route,
        "method": method,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "queries": request.queries,
        "query_milliseconds": round(request.query_seconds * 1000, 1),
        "cache": request.cache,
        "data_version": request.version,
        "bytes": sent,
    }
    if cut_short:
        details["cut_short"] = True
    logger.info("request", extra={"details": details})
