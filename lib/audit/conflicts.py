"""Write conflicts: the version of a row that a page shows, and what the second writer sees."""

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from django.contrib.messages.storage import default_storage
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from lib.database.failures import LOCKED, reason_of, sqlstate_of
from lib.forms.files import put_back_files

if TYPE_CHECKING:  # models read the version from here
    from .models import Change

Params = ParamSpec("Params")
Result = TypeVar("Result")

CHANGED = (
    "Nothing was saved because someone else changed this after you opened it. Their changes "
    "are below. What you typed is still here. Saving again will replace their changes with "
    "yours."
)
DELETED = (
    "Nothing was saved because someone else deleted this after you opened it. What you typed "
    "is still here. Saving again will add it as new."
)
REFUSED = (
    "Nothing was saved because someone else saved a change at the same moment. What you typed "
    "is still here. Check it, then save again."
)
BUSY = (
    "Nothing was saved because someone else is saving the same record right now. What you typed "
    "is still here. Save again in a moment."
)
BUSY_DELETING = (
    "Nothing was deleted because someone else is saving the same record right now. Delete again "
    "in a moment."
)
RETRY_AFTER = "5"  # seconds
MOST_TRIES = 5  # for a transaction that ends in a deadlock
# PostgreSQL's SQLSTATEs for a deadlock and for a serialisation failure.
DEADLOCKS = ("40P01", "40001")
VERSION = re.compile(r"\d{1,18}(-\d{1,18}){0,100}", re.ASCII)


class Version(NamedTuple):
    """What a page has seen of a row: its last change, and which transactions had not ended then.

    Those are `in_progress`, and all from `ended_before` on; 0 says nothing. In a form it is
    "12-900", or "12-900-801-805" where two older transactions were open.
    """

    last: int = 0
    ended_before: int = 0
    in_progress: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return "-".join(map(str, [self.last, self.ended_before, *sorted(self.in_progress)]))


def parse_version(text: str | None) -> Version:
    """The version that a form carries; text that is no version counts as the very first."""
    if not VERSION.fullmatch(text or ""):
        return Version()
    last, ended_before, *in_progress = map(int, f"{text}-0".split("-"))
    return Version(last, ended_before, frozenset(in_progress) - {0})


class Conflict(NamedTuple):
    """Why a form was not saved: a sentence, and the changes made since it was opened."""

    sentence: str
    changes: "list[Change]" = []


def is_deadlock(error: DatabaseError) -> bool:
    """Whether the database ended a transaction because of another."""
    return sqlstate_of(error) in DEADLOCKS


def is_locked(error: DatabaseError) -> bool:
    """Whether the database gave up because somebody else holds a lock."""
    return reason_of(error) == LOCKED


def is_busy(request: HttpRequest) -> bool:
    """Whether what a request sent was not saved because somebody else holds a lock."""
    return getattr(request, "conflict", Conflict("")).sentence == BUSY


def is_write_conflict(error: DatabaseError) -> bool:
    """Whether the database probably refused because somebody else wrote at the same moment."""
    return isinstance(error, IntegrityError) or is_deadlock(error)


def retry_on_deadlock(function: Callable[Params, Result]) -> Callable[Params, Result]:
    """Run a function as one transaction, and a few times again if a deadlock ends it."""
    whole = transaction.atomic(function)

    @wraps(function)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        for _ in range(MOST_TRIES - 1):
            try:
                return whole(*args, **kwargs)
            except DatabaseError as error:
                # Inside another transaction, that one must run again, not only this part of it.
                if connection.in_atomic_block or not is_deadlock(error):
                    raise
        return whole(*args, **kwargs)

    return run


def tell_write_conflicts(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Run an admin's view as one transaction; after a conflict, run it again to show that.

    The second run sees what the other person wrote.
    """

    @wraps(view)
    def run(self: object, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return view(self, request, *args, **kwargs)
        except DatabaseError as error:
            # A deadlock also ends the transaction around this one, if there is one.
            is_at_its_end = is_deadlock(error) and connection.in_atomic_block
            if is_at_its_end or not (is_write_conflict(error) or is_locked(error)):
                raise
            # Its messages are about what was rolled back, and its uploads may have been stored.
            request._messages = default_storage(request)
            put_back_files(request)
            if isinstance(error, IntegrityError):
                request.conflict = Conflict(REFUSED)
            elif is_locked(error):
                request.conflict = Conflict(BUSY)
        with transaction.atomic():
            if is_busy(request):  # it has waited already
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '1ms'")
            return view(self, request, *args, **kwargs)

    return run


def form_with_error(form_class: type[BaseForm], sentence: str) -> type[BaseForm]:
    """The form class with an error that is always there, so that it is never saved."""

    class FormWithError(form_class):
        def clean(self) -> None:
            super().clean()
            raise ValidationError(sentence)

    return FormWithError
