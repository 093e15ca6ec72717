"""By whom and why the database is changed: the context that the audit triggers write down."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection

User = AbstractBaseUser | AnonymousUser


def author_details(user: User) -> dict[str, Any]:
    """What the audit keeps of a person: the account's number, and the name as it is today."""
    full_name = user.pk and user.get_full_name()
    return {
        "user": user.pk,
        "name": f"{user} ({full_name})" if full_name else str(user) if user.pk else "",
    }


@contextmanager
def change_context(defaults: dict[str, Any], details: dict[str, Any]) -> Iterator[None]:
    """Every change made within it is recorded with these details.

    `defaults` hold only where no context further out says otherwise.
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
        # The database would remember it until the transaction ends, of which this was but a part.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pghistory.context_metadata', '', true),"
                " set_config('pghistory.context_id', '', true)"
            )


def change_author(user: User, address: str | None) -> AbstractContextManager[None]:
    """Every change made within it is recorded as that person's, from that address."""
    return change_context({}, author_details(user) | {"address": address or ""})


def change_reason(reason: str, by: User | None = None) -> AbstractContextManager[None]:
    """Every change made within it has this reason, and `by` as author where there is no other."""
    return change_context(author_details(by) if by else {}, {"reason": reason.replace("\0", "")})
