"""What happens at the staff's door, as structured events: one line of JSON each to the logger `staff`, and no secret in any."""

import ipaddress
import json
import logging
from datetime import UTC, datetime

from django.conf import settings

logger = logging.getLogger("staff")


class LinesOfJSON(logging.Formatter):
    """Writes a record's time, what happened, and whatever is known of it."""

    def format(self, record):
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({"at": at, "event": record.getMessage()} | record.known)


def address(request):
    """The address of whoever asks; a proxy in front writes it last into its header."""
    told = (
        request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        if settings.BEHIND_PROXY
        else ""
    )
    try:
        return str(ipaddress.ip_address(told.strip() or request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def record(event, request, user="", **known):
    """Log an event: who, from where, at which page, and what more is `known`."""
    at = (
        {"address": address(request), "method": request.method, "path": request.path}
        if request
        else {}
    )
    logger.info(
        event,
        extra={
            "known": {"user": str(user)}
            | at
            | {name: value for name, value in known.items() if value}
        },
    )
