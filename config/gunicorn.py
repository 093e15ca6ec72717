"""How gunicorn serves the site."""

import gc
import os
import signal
import sys

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

from lib.serving.endings import ENDINGS
from lib.serving.worker import BufferingWorker
from lib.sheets.archives import MAX_BYTES

from . import checks
from .observability import logs, metrics

metrics.make_folder()

# What staff send may hold files. So much beyond the largest, a page still says what is wrong.
STAFF, MARGIN = "/admin/", 5_000_000  # bytes
MOST_OF_PUBLIC_FORMS = 100_000  # bytes


class SiteWorker(BufferingWorker):
    """A process of the site, with its limits."""

    def most_body_bytes(self, path):
        if path.startswith(STAFF):
            return max(settings.EVIDENCE_MB * 1_000_000, MAX_BYTES) + MARGIN
        return MOST_OF_PUBLIC_FORMS


wsgi_app = "config.wsgi"
workers = 2
worker_class = SiteWorker
threads = 4  # each has a connection to the database while it works
worker_connections = 1_000  # of clients, in a process; they take no thread until they have asked
keepalive = 75  # seconds; longer than a proxy keeps its own, which would else meet a closed one
limit_request_line = 4_094
limit_request_fields = 100
graceful_timeout = 5
loglevel = "warning"
logger_class = logs.GunicornLogger
# Load the site once for all workers: it starts faster, takes less memory, and an error ends it.
preload_app = True
control_socket_disable = True
# gunicorn trusts no header about the client, even from this machine. BEHIND_PROXY decides which
# headers Django reads.
forwarder_headers = ""
secure_scheme_headers = {}


def on_starting(arbiter):
    """Refuse a database whose search would miss words. One that does not answer yet is let be."""
    try:
        errors = checks.search_reads_signs([DEFAULT_DB_ALIAS])
    except OperationalError:
        return
    finally:
        connections.close_all()  # the workers open their own
    if errors:
        sys.exit(f"{errors[0].msg} {errors[0].hint}")


def when_ready(arbiter):
    """Let a closed terminal end the site; gunicorn would reload it."""
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    metrics.start_exporter()


def child_exit(arbiter, worker):
    """Count no more what a worker that has ended had going on."""
    metrics.forget_process(worker.pid)


def pre_fork(arbiter, worker):
    """Let workers share what was loaded: the collector would write to all of it in each."""
    gc.freeze()


def post_worker_init(worker):
    """Let workers ignore Ctrl-C.

    A terminal sends it to every process, and gunicorn passes it on to its workers. A worker that
    got it twice would lock up while it shuts down.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
