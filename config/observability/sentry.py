"""Errors sent to Sentry, where SENTRY_DSN is set: what went wrong where, and of nobody."""

from importlib import import_module

from django.conf import settings
from django.db import Error

from lib.database.failures import sqlstate_of
from lib.observability import requests
from lib.observability.routes import route_of

from ..version import VERSION

# What may hold words of a visitor or of staff, or addresses with tokens.
PERSONAL = ("request", "user", "extra", "breadcrumbs", "transaction", "contexts", "modules")


def start():
    """Send errors from now on, if there is somewhere to send them to."""
    if settings.SENTRY_DSN:
        # Installed only where it is wanted.
        import_module("sentry_sdk").init(
            dsn=settings.SENTRY_DSN,
            release=VERSION,
            before_send=without_persons,
            before_breadcrumb=lambda *_: None,
            send_default_pii=False,
            max_request_body_size="never",
            include_local_variables=False,
            include_source_context=True,
            auto_session_tracking=False,
            traces_sample_rate=None,
        )


def without_persons(event, hint):
    """An error without anything of who asked and what for: where it happened, and under which id.

    What the database says of an error may quote a row, and an entry of the log may quote a visitor:
    of these, the kind and the words of our own code are sent.
    """
    sent = {name: value for name, value in event.items() if name not in PERSONAL}
    if entry := sent.get("logentry"):
        sent["logentry"] = {"message": entry.get("message", "")}
    for exception in sent.get("exception", {}).get("values", []):
        exception["value"] = value_of(hint, exception)
    if request := requests.current():
        sent["tags"] = {"request": request.id}
        sent["transaction"] = route_of(request.path)
    return sent


def value_of(hint, exception):
    """What an error says, if its words are of Python or of our own; of the database, its code."""
    error = (hint.get("exc_info") or (None, None))[1]
    while error and type(error).__name__ != exception.get("type"):
        error = error.__cause__ or error.__context__
    if isinstance(error, Error):
        return f"SQLSTATE {sqlstate_of(error)}"
    if hasattr(error, "pgcode"):
        return f"SQLSTATE {error.pgcode}"
    return ""
