"""Middleware: compression, addresses that are unreadable or old, staff sessions, the audit."""

import re
import time
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpResponsePermanentRedirect, QueryDict
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import is_valid_path
from django.utils.cache import add_never_cache_headers
from django.utils.encoding import escape_uri_path

from lib.audit.context import change_author
from lib.parameters import without_trackers

from .sign_in import events
from .sign_in.known_devices import TO_REMEMBER, remember_device
from .sign_in.second_factor import has_second_factor, owes_second_factor

SESSION_RENEWED_EVERY = 60  # seconds
STAFF = "/admin/"
# The public reads evidence too: here, staff who may not open staff pages count as the public.
EVIDENCE = "/evidence/"
LONGEST_VALUE = 2_000
LONGEST_QUERY = 4_000
MOST_PARAMETERS = 100

WORKBOOK = "application/vnd.openxmlformats-officedocument"
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


def takes_gzip(request):
    """Whether a browser takes compressed pages; Django would not see that it says “q=0”."""
    return bool(GZIP.search(request.headers.get("Accept-Encoding", "")))


class PublicGZipMiddleware(GZipMiddleware):
    """Compresses public pages only.

    On staff pages, compression could reveal their tokens. Evidence is mostly compressed already,
    and so are workbooks.
    """

    def process_response(self, request, response):
        is_compressed = response.get("Content-Type", "").startswith(WORKBOOK)
        if (
            request.path_info.startswith((STAFF, EVIDENCE))
            or is_compressed
            or not takes_gzip(request)
        ):
            return response
        return super().process_response(request, response)


class TrackersMiddleware:
    """Takes trackers' parameters out of public addresses, before anything reads these."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith(STAFF):
            query = request.META.get("QUERY_STRING", "")
            request.META["QUERY_STRING"] = without_trackers(query)
        return self.get_response(request)


class ReadableAddressMiddleware:
    """Answers an address that no page can read with a 400 and a sentence.

    Whatever a request says of its letters, its address and its forms are read as UTF-8: pages are
    kept by their address, which must mean one thing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path:
            raise BadRequest("It contains a NUL byte.")
        if any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("One of its cookies contains a NUL byte.")
        refuse_unreadable(request.META.get("QUERY_STRING", ""))
        request.encoding = "utf-8"
        return self.get_response(request)


def refuse_unreadable(query):
    """Raise `BadRequest`, with a sentence, for a query string that is too long or is not text."""
    if len(query) > LONGEST_QUERY:
        raise BadRequest(
            f"What follows the question mark is longer than {LONGEST_QUERY:,} characters."
        )
    if query.count("&") >= MOST_PARAMETERS:
        raise BadRequest(f"It has more than {MOST_PARAMETERS} parameters.")
    try:
        text = unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        raise BadRequest("It contains bytes that are not UTF-8 text.") from None
    if "\0" in text:
        raise BadRequest("It contains a NUL byte.")
    for name, values in QueryDict(query).lists():
        if len(name) > LONGEST_VALUE or any(len(value) > LONGEST_VALUE for value in values):
            raise BadRequest(f"One of its values is longer than {LONGEST_VALUE:,} characters.")


class OldAddressMiddleware:
    """Redirects addresses from before a parameter or a chart was renamed."""

    PARAMETERS = {"body": "organisation"}
    CHARTS = {"_by_body.": "_by_organisation."}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(STAFF):
            return self.get_response(request)
        path, query = request.path, request.GET.copy()
        for old, new in self.CHARTS.items():
            path = path.replace(old, new)
        for old, new in self.PARAMETERS.items():
            if old in query:
                query.setlist(new, query.getlist(new) + query.pop(old))
            if query.get("sort") in (old, f"-{old}"):
                query["sort"] = query["sort"].replace(old, new)
        if (path == request.path and query == request.GET) or not is_valid_path(path):
            return self.get_response(request)
        path = escape_uri_path(path)
        return HttpResponsePermanentRedirect(f"{path}?{query.urlencode()}" if query else path)


class StaffMiddleware:
    """Ends old sessions on staff pages, asks for a second factor where one is needed, and remembers
    the device of who has given all that is asked for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith((STAFF, EVIDENCE)):
            return self.get_response(request)
        if request.user.is_authenticated:
            keep_or_end_session(request)
        is_evidence = request.path_info.startswith(EVIDENCE)
        if is_evidence and not opens_staff_pages(request):
            request.user = AnonymousUser()
        response = self.get_response(request)
        if is_evidence and response.status_code == 404 and request.user.is_authenticated:
            events.record(
                "refused", request, request.user, reason="no such file, or none of theirs"
            )
        if request.session.get(TO_REMEMBER) and opens_staff_pages(request):
            del request.session[TO_REMEMBER]
            request.device_of = request.user
        if user := getattr(request, "device_of", None):
            remember_device(request, response, user)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def process_view(self, request, view, args, kwargs):
        if (
            not request.path_info.startswith(STAFF)
            or not request.user.is_authenticated
            or not owes_second_factor(request)
        ):
            return None
        if has_second_factor(request.user):
            # It was set up in another session. This one was opened by a password alone, so it ends.
            logout(request)
            return redirect_to_login(request.get_full_path())
        # Compared by its full name: the admin's own lists have similar names.
        return (
            None
            if request.resolver_match.view_name.startswith(settings.SIGN_IN_VIEWS)
            else redirect("mfa_activate_totp")
        )


def opens_staff_pages(request):
    """Whether a person has a role today, and has given a second factor if they need one."""
    return admin.site.has_permission(request) and not owes_second_factor(request)


class AuditMiddleware:
    """Tells the database who sent a request to a staff page, so that the audit names them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith(STAFF):
            return self.get_response(request)
        with change_author(request.user, events.address(request)):
            return self.get_response(request)


def keep_or_end_session(request):
    """Renew a session that is in use, or end it once it has lasted as long as it may."""
    now = time.time()
    if now - request.session.setdefault("began_at", now) > settings.LONGEST_SESSION.total_seconds():
        logout(request)
    elif now - request.session.get("renewed_at", 0) > SESSION_RENEWED_EVERY:
        request.session["renewed_at"] = now  # saves the session, with a later end
