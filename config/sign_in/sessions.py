"""Sessions of staff, in the database."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError


class SessionStore(db.SessionStore):
    """A session. Where the database fails to save it, that is what is said.

    Django takes any failure for the end of the session, and answers 400 to its owner.
    """

    def save(self, must_create=False):
        try:
            super().save(must_create)
        except UpdateError as error:
            failure = error.__context__
            # Else the row is not there. Who is told at once that the database hangs has no cause.
            if failure.__cause__ is None and not isinstance(failure, OperationalError):
                raise
            raise failure from failure.__cause__
