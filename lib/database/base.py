"""The engine itself, as Django looks for it: ENGINE is "lib.database"."""

import os
import socket
import time
import weakref
from contextlib import suppress
from threading import Lock, get_ident
from typing import Any

import psycopg2
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE, connection

from . import circuit, patience, watchdog
from .probe import params_of

if is_psycopg3:
    # Django takes it where it is there. This engine, COPY and the conflicts of saves need psycopg2.
    raise ImproperlyConfigured(
        "psycopg 3 is installed, and Django would use it in place of psycopg2, which this site "
        "needs. Uninstall it: `python -m pip uninstall psycopg psycopg-binary psycopg-pool`."
    )

LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)
# A connection that took so many seconds to fail was not refused: nobody responded.
REFUSED_WITHIN = 1.5


class ErrorWrapper(DatabaseErrorWrapper):
    """Django's, which also notes for a request that the connection was lost.

    One that was never made has not lost anything.
    """

    def __exit__(self, exc_type, exc_value, traceback):  # noqa: ANN001, ANN204
        if exc_type is None:
            return
        if exc_type is psycopg2.DatabaseError and exc_value.pgcode is None:
            # So psycopg2 calls some connections that were lost.
            exc_type = psycopg2.OperationalError
            exc_value = exc_type(*exc_value.args)
        waits = patience.of_thread()
        was_made = self.wrapper.connection is not None
        if waits and was_made and isinstance(exc_value, LOST) and exc_value.pgcode is None:
            waits.lose(within_transaction=self.wrapper.in_atomic_block)
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL whose requests do not wait in vain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.thread = get_ident()
        self.being_closed = Lock()
        self.circuit = circuit.Circuit()  # of no database yet
        self.descriptor = -1  # of the connection's socket

    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        """What turns errors of psycopg2 into those of Django."""
        return ErrorWrapper(self)

    def ensure_connection(self) -> None:
        """Connect if need be; raises `OperationalError` at once where that would be in vain."""
        if self.circuit.hangs and (waits := patience.of_thread()):
            if self.in_atomic_block:
                # To undo it is not waited for either: a transaction ends with its connection.
                waits.lose(within_transaction=True)
                self.shut_down()
            raise self.circuit.error()
        super().ensure_connection()

    def get_autocommit(self) -> bool:
        """Whether each statement is a transaction: known of a connection without its database."""
        if self.connection is None:
            self.ensure_connection()
        return self.autocommit

    def close_if_unusable_or_obsolete(self) -> None:
        """Close a connection between requests if it is of no more use, unless nobody can say so."""
        if not (self.circuit.hangs and patience.of_thread()):
            super().close_if_unusable_or_obsolete()

    def close_if_health_check_failed(self) -> None:
        """The same before a request's first query."""
        if not (self.circuit.hangs and patience.of_thread()):
            super().close_if_health_check_failed()

    def get_new_connection(self, conn_params: dict[str, Any]) -> connection:
        """A new connection, or the error of one that failed, from now or a moment ago."""
        self.circuit = circuit.circuit_of(conn_params)
        waits, began = patience.of_thread(), time.monotonic()
        if waits and self.circuit.is_open:
            raise self.circuit.error()
        try:
            new = super().get_new_connection(conn_params)
        except psycopg2.OperationalError:
            if waits:
                hangs = time.monotonic() - began > REFUSED_WITHIN
                self.circuit.fail(params_of(self), hangs)
            raise
        # A copy: the driver may close its own at any time, and another file take its number.
        self.descriptor = os.dup(new.fileno())
        weakref.finalize(new, os.close, self.descriptor).atexit = False
        watchdog.watch(self)
        return new

    def is_waiting(self) -> bool:
        """Whether the database has been asked something and has not responded yet."""
        own = self.connection
        return (
            own is not None
            and not own.closed
            and own.info.transaction_status == TRANSACTION_STATUS_ACTIVE
        )

    def shut_down(self) -> None:
        """End the connection, from whichever thread: whoever waits for it gets an error."""
        with suppress(OSError), socket.socket(fileno=os.dup(self.descriptor)) as own:
            own.shutdown(socket.SHUT_RDWR)

    def _commit(self) -> None:
        super()._commit()
        if self.connection is not None and (waits := patience.of_thread()):
            waits.committed = True

    def _close(self) -> None:
        with self.being_closed:
            super()._close()
