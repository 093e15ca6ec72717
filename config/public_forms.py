"""Forms on public pages, which have no cookie and so no token: whose they are, and how many."""

from hashlib import sha256
from urllib.parse import urlsplit

from django.core.cache import cache
from django.utils import timezone

from . import events

HOUR = 60 * 60  # seconds


def is_own_form(request):
    """Whether a form was sent from a page of this site, as far as the browser says."""
    origin = request.headers.get("Origin", "")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_same = not origin or urlsplit(origin).netloc == request.get_host()
    return is_same and site in ("same-origin", "none")


def seconds_to_wait(request, form, most):
    """How long whoever sends a form must wait before they may again; 0 if they need not.

    They may `most` times an hour.
    """
    now = int(timezone.now().timestamp())
    hour = now // HOUR
    whom = sha256(f"{events.address(request)} {hour}".encode()).hexdigest()
    key = f"{form}-{whom}"
    cache.add(key, 0, HOUR)
    return (hour + 1) * HOUR - now if cache.incr(key) > most else 0
