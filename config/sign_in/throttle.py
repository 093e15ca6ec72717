"""Limits on sign-in: how often a password is tried for a name, and the events logged.

A password that is tried counts as wrong until it turns out to be right, so that those who guess in
parallel get no more tries than those who guess one by one.
"""

import ipaddress

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_login_failed
from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.dispatch import receiver
from django.shortcuts import render

from . import events
from .known_devices import known_device

# What stands for the browser in the attempts of a known device.
KNOWN = "known device {}"


class Throttle(AxesDatabaseHandler):
    """Refuses to try a password after too many failures.

    A few for a name at an address, very many at an address, and many for a name from all addresses.
    None of these holds for a known device of the account, or any stranger could keep its owner out:
    it has a limit of its own.
    """

    def is_allowed(self, request, credentials=None):
        """Whether a password may be tried; if so, it is counted as a failure for the time being."""
        name, address = get_client_username(request, credentials), request.axes_ip_address
        request.known_device = known_device(request, name)
        self.clean_expired_user_attempts(request, credentials)
        with transaction.atomic():
            # Nobody else counts for this name or this address meanwhile.
            with connection.cursor() as cursor:
                for what in (f"name {name}", f"address {address}"):
                    cursor.execute(
                        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sign-in {what}"]
                    )
            if self.is_locked(request, credentials):
                return False
            device = request.known_device
            attempt, is_new = AccessAttempt.objects.get_or_create(
                username=name,
                ip_address=address,
                user_agent=KNOWN.format(device) if device else request.axes_user_agent,
                defaults={"failures_since_start": 1, "path_info": request.axes_path_info},
            )
            if not is_new:
                AccessAttempt.objects.filter(pk=attempt.pk).update(
                    failures_since_start=F("failures_since_start") + 1,
                    attempt_time=request.axes_attempt_time,
                )
        request.attempt = attempt
        return True

    def is_locked(self, request, credentials=None):
        """Whether one of the limits is reached."""
        limits = attempts_by_limit(request, get_client_username(request, credentials))
        failures = AccessAttempt.objects.filter(
            attempt_time__gte=get_cool_off_threshold(request)
        ).aggregate(
            **{
                limit: Sum("failures_since_start", filter=attempts, default=0)
                for limit, attempts in limits.items()
            }
        )
        request.locked_by = [
            limit for limit in limits if failures[limit] >= settings.MOST_FAILURES[limit]
        ]
        return bool(request.locked_by)

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        request.axes_locked_out = request.axes_locked_out or self.is_locked(request, credentials)
        if request.axes_locked_out:
            request.axes_credentials = credentials
            user_locked_out.send(
                "axes",
                request=request,
                username=get_client_username(request, credentials),
                ip_address=request.axes_ip_address,
            )


def attempts_by_limit(request, name):
    """Which attempts count for each limit that a request is under."""
    address, device = request.axes_ip_address, request.known_device
    if device:
        return {"device": Q(username=name, user_agent=KNOWN.format(device))}
    return {
        "name_at_address": Q(username=name, ip_address=address),
        "address": Q(ip_address=address),
        "name": Q(username=name),
    }


def take_back(request):
    """Count an attempt no longer: the password was right."""
    AccessAttempt.objects.filter(pk=request.attempt.pk, failures_since_start__gt=0).update(
        failures_since_start=F("failures_since_start") - 1
    )


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
    by_name_alone = request.locked_by == ["name"]
    events.record(
        "locked out",
        request,
        username or "",
        reason="too many failures" + (", over all addresses" if by_name_alone else ""),
    )
