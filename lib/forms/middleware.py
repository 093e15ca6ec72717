"""Each form once, and nothing that was typed lost."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import pghistory
from django.conf import settings
from django.contrib import messages
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string

from . import unsaved
from .files import HELD, held_files, hold_files
from .models import HeldFile, SentForm, encode_messages, sweep
from .tokens import TOKEN, writer_of

# The pages on which people prove who they are: what is sent to them is never kept.
WAYS_IN = (*settings.SIGN_IN_VIEWS, "admin:login")
# Two buttons of one form, clicked one after the other, are one sending: the first counts. Those of
# Django's admin, and the site's own.
BUTTONS = {"_save", "_continue", "_addanother", "_saveasnew", "forget", *settings.FORM_BUTTONS}
# Of rows that were chosen in a list some may have been saved before a break, each for itself: those
# are refused then, and the others saved.
CHOSEN_ROWS = "_selected_action"
LONGEST_WAIT = 3  # seconds, for the first sending to end
# A button without anything to fill in, clicked again after that, is clicked anew: what it would
# do may be another thing by then.
SECOND_CLICK = timedelta(minutes=1)


SAVED_BEFORE_BREAK = (
    "What you sent was saved the first time, though the connection broke before we could tell you."
)


class Sending(NamedTuple):
    """One form as it was sent: its writer, its token and a key of all that it holds, and whether
    that is nothing but a button."""

    writer: int
    token: str
    key: str
    is_button: bool


class FormsMiddleware:
    """Leads a second sending of a form to the first one's result, and keeps what was not saved.

    A process may be killed, or the database go, after a form was saved and before its writer was
    told. So that a request is to save a form is noted before, and whether it did is asked later.

    It stands before the middleware of sessions: the second sending then reads the session as the
    first has left it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.sending = sending_of(request) if request.method == "POST" else None
        if request.sending is None:
            return self.get_response(request)
        try:
            return self.send(request, LONGEST_WAIT)
        except TimeoutError:
            keep_both(request, request.sending)
        try:  # the first may have ended while this was kept
            return self.send(request, 0)
        except TimeoutError:
            page = render(request, "503.html", {"reason": "repeated"}, status=503)
            page["Retry-After"] = str(LONGEST_WAIT)
            return page

    def send(self, request: HttpRequest, seconds: int) -> HttpResponse:
        """The response to a form that nobody else sends now; raises `TimeoutError` if they do."""
        with lock(request.sending.key, seconds), pghistory.context() as context:
            request.attempt = context.id
            response = self.get_response(request)
            if not hasattr(request, "repeated"):
                finish(request, request.sending, response)
            return response

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The first sending's result, if there is one; otherwise the form gets its held files."""
        if request.sending is None:
            return None
        first = SentForm.objects.filter(key=request.sending.key).first()
        if first and request.sending.is_button and timezone.now() - first.at > SECOND_CLICK:
            first.delete()
        elif first and first.attempt and not was_saved(request, first.attempt):
            first.delete()  # it broke off before anything was saved
        elif first:
            request.repeated = True
            # Its second sending may have been kept in the moment in which the first was saved.
            unsaved.forget(request.sending.writer, request.get_full_path())
            return saved_before_break(request) if first.attempt else first.response(request)
        note_attempt(request)
        if not is_way_in(request.resolver_match.view_name):
            hold_files(request.FILES, request.sending.writer)
        if request.user.pk == request.sending.writer:
            for name, files in held_files(request.POST, request.user.pk).lists():
                # The one that was chosen last comes last: a field for one file takes that.
                request.FILES.setlist(name, [*files, *request.FILES.getlist(name)])
        return None


def note_attempt(request: HttpRequest) -> None:
    """Note that a request is to save its form."""
    sending = request.sending
    SentForm.objects.create(
        key=sending.key, token=sending.token, attempt=request.attempt, at=timezone.now()
    )


def was_saved(request: HttpRequest, attempt: UUID) -> bool:
    """Whether all that a form holds was saved by a request that broke off."""
    has_saved = import_string(settings.REQUEST_HAS_SAVED)
    return CHOSEN_ROWS not in request.POST and has_saved(attempt, request.sending.writer)


def saved_before_break(request: HttpRequest) -> HttpResponse:
    """The page on which a form stood that had been saved, though nobody could say so then."""
    messages.success(request, SAVED_BEFORE_BREAK)
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return redirect(page if is_ours else "admin:index")


def sending_of(request: HttpRequest) -> Sending | None:
    """The form that a request sends, if it carries our token."""
    try:
        token = request.POST.get(TOKEN, "")
    except UnreadablePostError:
        return None
    writer = writer_of(token)
    if writer is None:
        return None
    is_button = not (request.FILES or set(request.POST) - BUTTONS - {TOKEN, "csrfmiddlewaretoken"})
    return Sending(writer, token, key_of(request), is_button)


def key_of(request: HttpRequest) -> str:
    """A digest of what a form holds, for which session and page; whichever button was clicked."""
    digest = hashlib.sha256()

    def add(*texts: str) -> None:
        for text in texts:
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())

    add(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), request.get_full_path())
    for name, values in sorted(request.POST.lists()):
        if name not in BUTTONS:
            add(name, *values)
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            add(name, file.name or "", hashlib.sha256(file.read()).hexdigest())
            file.seek(0)
    return digest.hexdigest()


@contextmanager
def lock(key: str, seconds: int) -> Iterator[None]:
    """Let nobody else send the same form until the end of this; waits for whoever does."""
    number, until = int(key[:15], 16), time.monotonic() + seconds
    with one_session() as (own, kind):
        while not call(own, f"pg_try_advisory_{kind}lock", number):
            if time.monotonic() > until:
                raise TimeoutError
            if kind:
                own.rollback()  # whoever waits keeps no connection of the server from others
            time.sleep(0.05)
        try:
            yield
        finally:
            if not kind:
                with suppress(DatabaseError):  # a connection that broke has no locks any more
                    call(own, "pg_advisory_unlock", number)


@contextmanager
def one_session() -> Iterator[tuple[BaseDatabaseWrapper, str]]:
    """A connection that leads to the same session of the server until the end of this, and which
    kind of lock it takes: its own until the end of the session, or "xact_" of the transaction.

    Behind a pooler that pools transactions it is a transaction of its own: it ends with this
    process, as a session does, and writes nothing.
    """
    if not settings.DATABASE_POOLED:
        yield connection, ""
        return
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        own.set_autocommit(False)
        yield own, "xact_"
    finally:
        with suppress(DatabaseError):
            own.rollback()  # else the pooler gives the server's connection up as well
        own.close()


def call(own: BaseDatabaseWrapper, function: str, number: int) -> bool:
    """What a function of PostgreSQL says about a lock."""
    with own.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
        return cursor.fetchone()[0]


def is_way_in(view_name: str) -> bool:
    """Whether people prove there who they are."""
    return view_name.startswith(WAYS_IN)


def leads_to_way_in(response: HttpResponse) -> bool:
    """Whether a response sends its reader to sign in."""
    try:
        return is_way_in(resolve(urlsplit(response.get("Location", "")).path).view_name)
    except Resolver404:
        return False


def finish(request: HttpRequest, sending: Sending, response: HttpResponse) -> None:
    """Note what a form has led to, or keep what was typed in it."""
    attempt = SentForm.objects.filter(key=sending.key, attempt__isnull=False)
    match = request.resolver_match
    if match is None or response.status_code in (404, 405):
        attempt.delete()
        return
    is_redirect = 300 <= response.status_code < 400
    at_way_in, path = is_way_in(match.view_name), request.get_full_path()
    is_refused = response.status_code == 403 or response.status_code >= 500
    files = [file.held_as for file in all_files(request) if hasattr(file, "held_as")]
    if (is_redirect and (at_way_in or not leads_to_way_in(response))) or is_popup(response):
        sweep(timezone.now())
        attempt.update(
            attempt=None,
            location=response.get("Location", ""),
            page="" if is_redirect else response.content.decode(),
            messages=encode_messages(request._messages),
            at=timezone.now(),
        )
        unsaved.forget(sending.writer, path)
        HeldFile.objects.filter(pk__in=files).delete()
        return
    # Whether a request that met a fault has saved anything, its writer may ask by sending it again.
    if response.status_code < 500:
        attempt.delete()
    if (is_redirect or is_refused) and not at_way_in:
        keep(request, sending)
    elif files and not response.streaming:
        page = response.content.decode()
        HeldFile.objects.filter(pk__in=[key for key in files if str(key) not in page]).delete()


def keep(request: HttpRequest, sending: Sending) -> None:
    """Keep what was typed in a form, and which of its files are held."""
    data = request.POST.copy()
    for name in request.FILES:
        held = [getattr(file, "held_as", "") for file in request.FILES.getlist(name)]
        data.setlist(HELD + name, [str(key) for key in held])
    unsaved.keep(sending.writer, request.get_full_path(), data)


def keep_both(request: HttpRequest, sending: Sending) -> None:
    """Keep a second sending while the first goes on, which forgets both if it is saved."""
    with suppress(Resolver404):
        if not is_way_in(resolve(request.path_info).view_name):
            hold_files(request.FILES, sending.writer)
            keep(request, sending)


def all_files(request: HttpRequest) -> list[Any]:
    """The files of a request, in whichever field."""
    return [file for name in request.FILES for file in request.FILES.getlist(name)]


def is_popup(response: HttpResponse) -> bool:
    """Whether a response closes the window in which a row was saved for another form."""
    return "popup_response" in str(getattr(response, "template_name", ""))
