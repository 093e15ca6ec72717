"""What a web server runs.

The whole site is loaded before the first request, so that edits to its files do not affect a
running server.
"""

import logging
import os
import sys
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connections
from django.template import engines
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def load_everything():
    """Import all views, and load all of our templates."""
    get_resolver().url_patterns  # noqa: B018, reading it imports them
    engine = engines["django"]
    for folder in engine.dirs:
        for path in folder.rglob("*.*"):
            engine.get_template(str(path.relative_to(folder)))


def count_changes():
    """Count the changes to the data once for all workers, which begin as copies of this process."""
    with suppress(DatabaseError):  # which does not answer yet, or is not filled
        versions.settle()
    connections.close_all()  # the workers open their own


logging.captureWarnings(True)  # so that they too are lines of JSON
try:
    site = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(str(error))

from lib.audit.data_version import versions  # noqa: E402 these need the settings
from lib.replicas import Replica  # noqa: E402

from .caching.kept_responses import KeptResponses  # noqa: E402
from .observability.request_log import RequestLog  # noqa: E402
from .replica_reads import ReplicaReads  # noqa: E402

application = KeptResponses(site)
if settings.REPLICA:
    application = ReplicaReads(application, Replica(settings.REPLICA))
application = RequestLog(application)
load_everything()
count_changes()
