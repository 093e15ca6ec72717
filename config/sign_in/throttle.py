"""Limits on sign-in: when a name or an address is locked out, and the events logged."""

import ipaddress

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.dispatch import receiver
from django.shortcuts import render

from .. import events


class Throttle(AxesDatabaseHandler):
    """Locks out a name at an address after a few failures, and an address after very many."""

    def get_failures(self, request, credentials=None):
        since = get_cool_off_threshold(request)
        attempts = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address, attempt_time__gte=since
        )
        at_address = attempts.aggregate(all=Sum("failures_since_start"))["all"] or 0
        if at_address >= settings.MOST_FAILURES_OF_AN_ADDRESS:
            return settings.AXES_FAILURE_LIMIT
        return super().get_failures(request, credentials)


def throttled_address(request):
    """The address that failures are counted by; for IPv6 its network, which a household shares."""
    address = events.address(request)
    return (
        str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
        if address and ":" in address
        else address
    )


def lock_out_response(request, response, credentials):
    """The page for somebody who is locked out; a session in which they guessed ends."""
    if request.user.is_authenticated:
        logout(request)
    response = render(request, "429.html", status=429)
    response["Retry-After"] = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return response


@receiver(user_login_failed)
def record_failed_sign_in(sender, credentials, request=None, **kwargs):
    if not getattr(request, "axes_locked_out", False):  # that is logged as an event of its own
        events.record(
            "sign-in failed",
            request,
            credentials.get("username", ""),
            reason="wrong name or password",
        )


@receiver(user_locked_out)
def record_lock_out(sender, request, username, **kwargs):
    events.record("locked out", request, username or "", reason="too many failures")
