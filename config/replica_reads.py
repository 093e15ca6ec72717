"""Which requests the replica of the database serves, where one is named (REPLICA_URL)."""

from django.conf import settings
from django.db import Error, connection

from lib.database import patience, watchdog
from lib.replicas import Replica

from .caching.page_cache import NOT_KEPT, VERSION, read_version

WITH_SESSION = f"{settings.SESSION_COOKIE_NAME}="


class ReplicaReads:
    """A WSGI application that has public pages made from the replica, while it may be read.

    What fails there is asked of the primary, within the same request.
    """

    def __init__(self, application, replica: Replica):
        self.application, self.replica = application, replica

    def __call__(self, environ, start_response):
        if not is_public_read(environ) or not self.replica.may_be_read():
            self.replica.use(False)
            return self.application(environ, start_response)
        self.replica.use(True)
        watchdog.start()
        patience.begin(reads=True)
        try:
            connection.close_if_unusable_or_obsolete()
            environ[VERSION] = read_version()
        except Error:  # psycopg2 has no more to say of some connections that were lost
            return self.from_primary(environ, start_response)
        heads = []
        response = self.application(environ, lambda *head: heads.append(head))
        # It may also be a page that was kept, and says that the database does not respond.
        if connection.errors_occurred and heads[-1][0][:3] in ("200", "500", "503"):
            response.close()
            return self.from_primary(environ, start_response)
        start_response(*heads[-1])
        return response

    def from_primary(self, environ, start_response):
        """The response that the primary gives, now that the replica has failed."""
        self.replica.leave_out()
        self.replica.use(False)
        environ.pop(VERSION, None)
        return self.application(environ, start_response)


def is_public_read(environ):
    """Whether a request reads a page of facts, for somebody who has no session."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and WITH_SESSION not in environ.get("HTTP_COOKIE", "")
        and not environ["PATH_INFO"].startswith(NOT_KEPT)
    )
