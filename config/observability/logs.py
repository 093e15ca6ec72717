"""What is logged, and how: each entry is one line of JSON, whatever it quotes."""

import json
import logging
from datetime import UTC, datetime

from gunicorn.glogging import Logger

from lib.observability import requests

from ..environment import env_bool, env_number

# A line for each request, and one for each query that takes as long.
REQUEST_LOG = env_bool("REQUEST_LOG", default=not env_bool("DEBUG"))
SLOW_QUERY_MS = env_number("SLOW_QUERY_MS", 500)
# Everything goes to standard error.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines of JSON": {"()": "config.observability.logs.LinesOfJSON"}},
    "filters": {"without outages": {"()": "lib.database.failures.WithoutOutages"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines of JSON"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"filters": ["without outages"]},
        "django.server": {"handlers": [], "propagate": True},
        "axes": {"level": "ERROR"},  # the rest is in our own events
    },
}

encode = json.JSONEncoder(default=str).encode
# What addresses call the part of them that is a secret: whoever has it may do what it is for.
SECRETS = {"token", "key"}


def path_of(request):
    """The path of a request, or its route if a secret stands in it."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match and SECRETS & set(match.kwargs) else request.path


class LinesOfJSON(logging.Formatter):
    """Formats a record as one line of printable ASCII: a stranger's words end no line."""

    def format(self, record):
        event, about = record.getMessage(), getattr(record, "request", None)
        if hasattr(about, "resolver_match"):
            event = event.replace(about.path, path_of(about))
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": event,
        }
        if request := requests.request_id():
            entry["request"] = request
        entry |= getattr(record, "details", {})
        # Who may not do something is told so: no error of ours, though Django has a place for it.
        # The words say all of a request that Django refuses, of which anybody can send a thousand.
        is_ours = record.levelno >= logging.ERROR and not record.name.startswith("django.security.")
        if record.exc_info and is_ours:
            entry["traceback"] = self.formatException(record.exc_info)
        # JSON lets DEL, the last control character of ASCII, stand as it is.
        return encode(entry).replace("\x7f", r"\u007f")


class GunicornLogger(Logger):
    """gunicorn's error log and, where it is on, its access log."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(LinesOfJSON())
