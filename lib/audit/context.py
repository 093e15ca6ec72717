"""For whom and why the database is changed: requests say who asks, and whoever knows a reason gives it."""

from contextlib import contextmanager

import pghistory
from django.db import connection


def author_details(user):
    """What a trace keeps of a person: the name as it is today, and the number of the account."""
    full_name = user.pk and user.get_full_name()
    return {
        "user": user.pk,
        "name": f"{user} ({full_name})" if full_name else str(user) if user.pk else "",
    }


@contextmanager
def change_context(unless_known, known):
    """Within it, every change is written down with what is known here, and what is not known from further out."""
    with pghistory.context() as held:
        before = dict(held.metadata)
        held.metadata.update(unless_known | before | known)
        try:
            yield
        finally:
            held.metadata.clear()
            held.metadata.update(before)
    if not before and connection.in_atomic_block:
        # The database would remember it until the transaction ends, of which this was but a part.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pghistory.context_metadata', '', true), set_config('pghistory.context_id', '', true)"
            )


def change_author(user, address):
    """Within it, every change is said to be that person's, from that address."""
    return change_context({}, author_details(user) | {"address": address or ""})


def change_reason(reason, by=None):
    """Within it, every change is said to have this reason, and to be that person's where nobody else's is known."""
    return change_context(author_details(by) if by else {}, {"reason": reason.replace("\0", "")})
