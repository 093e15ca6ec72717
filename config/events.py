"""Events of sign-in and refused access, each logged as a line of JSON by the logger `staff`.

No event holds a secret.
"""

import ipaddress
import json
import logging
from datetime import UTC, datetime

from django.conf import settings

logger = logging.getLogger("staff")


class LinesOfJSON(logging.Formatter):
    """Formats a record as JSON: its time, the event and its details."""

    def format(self, record):
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({"at": at, "event": record.getMessage()} | record.details)


def address(request):
    """The client's address. A proxy in front adds it to the end of its header."""
    forwarded = (
        request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        if settings.BEHIND_PROXY
        else ""
    )
    try:
        return str(ipaddress.ip_address(forwarded.strip() or request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def record(event, request, user="", **details):
    """Log an event: who, from which address, on which page, and `details` that are not empty."""
    at = (
        {"address": address(request), "method": request.method, "path": request.path}
        if request
        else {}
    )
    logger.info(
        event,
        extra={
            "details": {"user": str(user)}
            | at
            | {name: value for name, value in details.items() if value}
        },
    )
