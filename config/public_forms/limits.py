"""Forms on public pages, which have no cookie and so no token: whose they are, and how many."""

from hashlib import sha256
from urllib.parse import urlsplit

from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.db import connection, transaction
from django.utils import timezone

from ..middleware import refuse_unreadable
from ..sign_in.throttle import throttled_address

HOUR = 60 * 60  # seconds


def is_own_form(request):
    """Whether a form was sent from a page of this site, as far as the browser says."""
    origin = request.headers.get("Origin", "")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_same = not origin or is_of_host(origin, request.get_host())
    return is_same and site in ("same-origin", "none")


def is_of_host(address, host):
    """Whether an address names a host."""
    try:
        return urlsplit(address).netloc == host
    except ValueError:
        return False


def parts_of(address):
    """The parts of an address that a form names; raises `BadRequest` if it cannot be read."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise BadRequest("It is no address.") from None
    refuse_unreadable(parts.query)
    return parts


def seconds_to_wait(request, form, most):
    """How long whoever sends a form must wait before they may again; 0 if they need not.

    They may `most` times an hour.
    """
    now = int(timezone.now().timestamp())
    hour = now // HOUR
    whom = sha256(f"{throttled_address(request)} {hour}".encode()).hexdigest()
    key = f"{form}-{whom}"
    # Not `cache.incr`: its count ends after five minutes, and of two at once counts one.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        times = cache.get(key, 0) + 1
        cache.set(key, times, HOUR)
    return (hour + 1) * HOUR - now if times > most else 0
