"""How log entries are written: each is one line of JSON, whatever it quotes."""

import json
import logging
from datetime import UTC, datetime

from gunicorn.glogging import Logger

from lib.observability import requests

# Everything goes to standard error.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines of JSON": {"()": "config.logs.LinesOfJSON"}},
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


class LinesOfJSON(logging.Formatter):
    """Formats a record as one line of printable ASCII: a stranger's words end no line."""

    def format(self, record):
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if request := requests.request_id():
            entry["request"] = request
        entry |= getattr(record, "details", {})
        # Who may not do something is told so: no error of ours, though Django has its place too.
        if record.exc_info and record.levelno >= logging.ERROR:
            entry["traceback"] = self.formatException(record.exc_info)
        # JSON lets DEL, the last control character of ASCII, stand as it is.
        return encode(entry).replace("\x7f", r"\u007f")


class GunicornLogger(Logger):
    """gunicorn's error log and, where it is on, its access log."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(LinesOfJSON())
