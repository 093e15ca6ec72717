"""What browsers report of our Content-Security-Policy: that a page held, or asked for, what it may
not.

Anybody can send such a report, so it is small, limited in number, never stored, and logged as no
more than which rule refused what on which route: no address that somebody read, and not whose.
"""

import json
import logging
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from lib.observability.routes import route_of

from ..sign_in.throttle import throttled_address

logger = logging.getLogger("csp")
LARGEST = 16_000  # bytes
MOST_AT_ONCE = 10  # in what a browser sends together
MOST_A_MINUTE, MOST_OF_AN_ADDRESS = 300, 20
MOST_KINDS = 200  # that are told apart; then counting begins anew
# As the two ways of reporting call them.
DIRECTIVE = ("effectiveDirective", "effective-directive", "violated-directive")
BLOCKED, DOCUMENT = ("blockedURL", "blocked-uri"), ("documentURL", "document-uri")


class Reports:
    """How many reports came, in this process: in this minute, and of each kind."""

    def __init__(self):
        self.lock, self.minute = threading.Lock(), None
        self.by_address, self.kinds = Counter(), Counter()

    def is_welcome(self, address):
        """Whether one more may come from an address in this minute; if so, it is counted."""
        with self.lock:
            if self.minute != (minute := time.time() // 60):
                self.minute = minute
                self.by_address.clear()
            if (
                self.by_address.total() >= MOST_A_MINUTE
                or self.by_address[address] >= MOST_OF_AN_ADDRESS
            ):
                return False
            self.by_address[address] += 1
            return True

    def count(self, kind):
        """How often something was reported, this time too."""
        with self.lock:
            if len(self.kinds) >= MOST_KINDS and kind not in self.kinds:
                self.kinds.clear()
            self.kinds[kind] += 1
            return self.kinds[kind]


reports = Reports()


@method_decorator(csrf_exempt, name="dispatch")
class CspReports(View):
    """Takes reports, of either form; says nothing back."""

    def post(self, request):
        if not reports.is_welcome(throttled_address(request)):
            return HttpResponse(status=429, headers={"Retry-After": "60"})
        content = request.read(LARGEST + 1)
        if len(content) > LARGEST:
            return HttpResponse(status=413)
        try:
            kinds = [read_report(report) for report in violations(json.loads(content))]
        except (ValueError, RecursionError):
            return HttpResponse(status=400)
        for kind in kinds:
            log(kind)
        return HttpResponse(status=204)


def violations(sent):
    """The violations in what a browser sent: one by `report-uri`, a list by `report-to`."""
    if isinstance(sent, dict):
        sent = [{"type": "csp-violation", "body": sent.get("csp-report")}]
    if not isinstance(sent, list):
        raise ValueError("no report")
    for report in sent[:MOST_AT_ONCE]:
        if not isinstance(report, dict) or not isinstance(report.get("body"), dict):
            raise ValueError("no report")
        if report.get("type") == "csp-violation":
            yield report["body"]


def read_report(body):
    """The rule that was broken, what it refused, and the route of the page."""

    def text(names):
        return str(next((body[name] for name in names if body.get(name)), ""))

    directive, _, _ = text(DIRECTIVE).partition(" ")
    return directive[:40], origin(text(BLOCKED)), route_of(urlsplit(text(DOCUMENT)).path or "/")


def origin(address):
    """The scheme and host of an address, or the word that stands for it, such as “inline”."""
    parts = urlsplit(address)
    if parts.scheme and parts.hostname:
        return f"{parts.scheme}://{parts.hostname}"[:100]
    return (parts.scheme or parts.path)[:40]


def log(kind):
    """Log a report the first time, and at 10, 100, 1,000… times how often it came."""
    times = reports.count(kind)
    if str(times).strip("0") == "1":
        directive, blocked, page = kind
        logger.warning(
            "refused by a page's policy",
            extra={
                "details": {
                    "directive": directive,
                    "blocked": blocked,
                    "route": page,
                    "times": times,
                }
            },
        )
