"""Who changes the database, and why: the context that the audit triggers record."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection

User = AbstractBaseUser | AnonymousUser


def author_details(user: User) -> dict[str, Any]:
    """What the audit keeps about a person: the id of their account, and their name today."""
    full_name = user.pk and user.get_full_name()
    return {
        "user": user.pk,
        "name": f"{user} ({full_name})" if full_name else str(user) if user.pk else "",
    }


@contextmanager
def change_context(defaults: dict[str, Any], details: dict[str, Any]) -> Iterator[None]:
    """Record every change made within it with these details.

    `defaults` count only where no outer context says otherwise.
    """
    with pghistory.context() as context:
        outer = dict(context.metadata)
        context.metadata.update(defaults | outer | details)
        try:
            yield
        finally:
            context.metadata.clear()
            context.metadata.update(outer)
    if not outer and connection.in_atomic_block:
        # Otherwise the database would keep the details until the whole transaction ends.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pghistory.context_metadata', '', true),"
                " set_config('pghistory.context_id', '', true)"
            )


def change_author(user: User, address: str | None) -> AbstractContextManager[None]:
    """Record every change made within it as that person's, from that address."""
    return change_context({}, author_details(user) | {"address": address or ""})


def change_reason(reason: str, by: User | None = None) -> AbstractContextManager[None]:
    """Record every change made within it with this reason, and by `by` if no author is set."""
    return change_context(author_details(by) if by else {}, {"reason": reason.replace("\0", "")})
