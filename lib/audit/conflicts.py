"""Two who change one thing: what a page had seen of it, what was written since, and what is told to the second."""

import re
from functools import wraps
from typing import NamedTuple

from django.contrib.messages.storage import default_storage
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

CHANGED = (
    "Nothing was saved: this was changed since you opened it, as told below. "
    "What you typed is still here. Take over what you keep of theirs: "
    "saving again puts what stands in this form in its place."
)
DELETED = (
    "Nothing was saved: this was deleted since you opened it, as told below. "
    "What you typed is still here: saving adds it anew."
)
REFUSED = (
    "Nothing was saved: somebody else wrote at the same moment. "
    "What you typed is still here: look at it once more, then save."
)
# PostgreSQL's SQLSTATEs: a deadlock, and a transaction that saw what another changed.
DEADLOCKS = ("40P01", "40001")
VERSION = re.compile(r"\d{1,18}(-\d{1,18}){0,100}", re.ASCII)


class Version(NamedTuple):
    """What a page had seen of a row: its last change, and the transactions that were writing then.

    In a form it is "12", or "12-801-805" where two transactions were at work.
    """

    last: int = 0
    in_progress: frozenset[int] = frozenset()

    def __str__(self):
        return "-".join(map(str, [self.last, *sorted(self.in_progress)]))


def parse_version(text: str | None) -> Version:
    """The version that a form was opened at; one that cannot be read has seen nothing."""
    if not VERSION.fullmatch(text or ""):
        return Version()
    last, *in_progress = map(int, text.split("-"))
    return Version(last, frozenset(in_progress))


class Conflict(NamedTuple):
    """Why what was sent is not saved: a sentence, and the changes that came between."""

    sentence: str
    changes: list = []


def is_deadlock(error: DatabaseError) -> bool:
    return getattr(error.__cause__, "pgcode", None) in DEADLOCKS


def is_write_conflict(error: DatabaseError) -> bool:
    """Whether the database refused because of what another wrote at the same moment, as far as can be told."""
    return isinstance(error, IntegrityError) or is_deadlock(error)


def retry_on_deadlock(function):
    """The function as one transaction, begun once more where the database ended it for another's sake."""
    whole = transaction.atomic(function)

    @wraps(function)
    def retried(*args, **kwargs):
        try:
            return whole(*args, **kwargs)
        except DatabaseError as error:
            # Within another transaction, that one is at its end.
            if connection.in_atomic_block or not is_deadlock(error):
                raise
        return whole(*args, **kwargs)

    return retried


def tell_write_conflicts(view):
    """An admin's view as one transaction; where the database refuses it, its page once more, which says so.

    By then the page sees what the other wrote.
    """

    @wraps(view)
    def answer(self, request, *args, **kwargs):
        try:
            with transaction.atomic():
                return view(self, request, *args, **kwargs)
        except DatabaseError as error:
            # A deadlock ends the transaction around this one too, where there is one.
            is_at_its_end = is_deadlock(error) and connection.in_atomic_block
            if is_at_its_end or not is_write_conflict(error):
                raise
            # What was said was not done, and what was uploaded may have been moved to where it is kept.
            request._messages = default_storage(request)
            request.close()
            request.FILES.clear()
            if isinstance(error, IntegrityError):
                request.conflict = Conflict(REFUSED)
        with transaction.atomic():
            return view(self, request, *args, **kwargs)

    return answer


def form_with_error(form_class, sentence):
    """A form that is never saved, whatever it says, and why."""

    class FormWithError(form_class):
        def clean(self):
            super().clean()
            raise ValidationError(sentence)

    return FormWithError
