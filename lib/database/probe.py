"""Asking a database over a connection of its own, with a deadline that holds whatever happens."""

import select
import time
from contextlib import closing
from typing import Any

import psycopg2
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.extensions import POLL_OK, POLL_READ, connection

ALIVE = "SELECT 1"


class NoResponse(psycopg2.OperationalError):
    """The database said nothing in time."""


def params_of(wrapper: BaseDatabaseWrapper) -> dict[str, Any]:
    """What a connection of one's own to Django's database takes."""
    params = wrapper.get_connection_params()
    del params["cursor_factory"]
    return params


def ask(params: dict[str, Any], seconds: float, query: str = ALIVE) -> list[tuple]:
    """The rows that a query finds; `params` are those of `psycopg2.connect`.

    Raises `NoResponse`, or the `psycopg2.Error` that says why the database refuses.
    """
    deadline = time.monotonic() + seconds
    with closing(psycopg2.connect(**params, async_=True)) as asked:
        wait(asked, deadline)
        with asked.cursor() as cursor:
            cursor.execute(query)
            wait(asked, deadline)
            return cursor.fetchall()


def wait(asked: connection, deadline: float) -> None:
    """Wait until a connection has done what it does; raises `NoResponse` after the deadline."""
    while (state := asked.poll()) != POLL_OK:
        ready = select.poll()
        ready.register(asked, select.POLLIN if state == POLL_READ else select.POLLOUT)
        # After the deadline too: it may be us who were held up.
        if not ready.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise NoResponse("The database did not respond in time.")
