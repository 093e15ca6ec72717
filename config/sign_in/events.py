"""Events of sign-in and refused access, each logged by the logger `staff`.

No event holds a secret.
"""

import ipaddress
import logging

from django.conf import settings

from ..observability.logs import path_of

logger = logging.getLogger("staff")


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
        {"address": address(request), "method": request.method, "path": path_of(request)}
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
