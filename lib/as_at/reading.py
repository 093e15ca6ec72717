"""Reading the rows as they were at the end of a day."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import date, datetime

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from .days import end_of, in_words
from .tables import DAY_SETTING, MOMENT_SETTING, NOW_SETTING, SCHEMA

# The day as at which rows are read; None for now.
_day: ContextVar[date | None] = ContextVar("day", default=None)


class TooEarly(Exception):
    """Nothing in the record had been published by a day; says so in a sentence."""


def day_read() -> date | None:
    """The day as at which rows are read; None for now."""
    return _day.get()


@contextmanager
def as_at_day(day: date) -> Iterator[None]:
    """Say that what is made within it is made of the rows as at a day."""
    token = _day.set(day)
    try:
        yield
    finally:
        _day.reset(token)


@contextmanager
def tables_as_at(day: date) -> Iterator[None]:
    """Read every table as it was at the end of a day, within this transaction or one of its own.

    Raises `TooEarly`, and `OperationalError` where the tables of the past are not there: a path
    without them would lead to the rows of now.
    """
    # Within another transaction nothing begins that an error would undo: we only read.
    begun = nullcontext() if connection.in_atomic_block else transaction.atomic()
    with begun, connection.cursor() as cursor:
        moment, now = end_of(day), timezone.now()
        cursor.execute(_look_back_query(), [f"{SCHEMA}, ", day, moment, now, now])
        usual, *_, is_there, first_at = cursor.fetchone()
        try:
            if not is_there:
                raise OperationalError("The tables of the past are being made.")
            if first_at is None or first_at > moment:
                raise TooEarly(_too_early(day, first_at))
            # PostgreSQL knows no key of a view: rows are grouped by all their columns.
            connection.features.allows_group_by_selected_pks = False
            yield
        finally:
            connection.features.__dict__.pop("allows_group_by_selected_pks", None)
            # A transaction that failed has no path to put back, nor a use for one.
            if connection.connection.info.transaction_status != TRANSACTION_STATUS_INERROR:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('search_path', %s, true)", [usual])


def _look_back_query() -> str:
    table, column = map(connection.ops.quote_name, settings.RELEASES)
    names = (DAY_SETTING, MOMENT_SETTING, NOW_SETTING)
    given = "".join(f" set_config('{name}', %s::text, true)," for name in names)
    # In this order: a column is read after those before it.
    return (
        "SELECT current_setting('search_path'),"  # noqa: S608 names of our own
        " set_config('search_path', %s || current_setting('search_path'), true),"
        f"{given}"
        # It would compile the many parts of a query that looks back, for longer than they run.
        " set_config('jit', 'off', true),"
        # Neither a schema that is not there nor one that we may not use is among them.
        f" '{SCHEMA}' = ANY (current_schemas(false)),"
        f" (SELECT min({column}) FROM public.{table} WHERE {column} <= %s)"
    )


def _too_early(day: date, first_at: datetime | None) -> str:
    words = f"Nothing in this record had been published by {in_words(day)}."
    if first_at is None:
        return words
    return f"{words} It begins on {in_words(timezone.localdate(first_at))}."
