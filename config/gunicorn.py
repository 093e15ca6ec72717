"""How gunicorn serves the site."""

import gc
import os
import signal
import socket
import sys

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

from . import checks, logs, observability

observability.make_folder()

wsgi_app = "config.wsgi"
workers = 2
worker_class = "gthread"
threads = 4
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

# Who takes nothing of what is sent for so long gets no more of it: else a download whose reader
# stays but does not read on would keep its thread, its slot and its transaction for ever.
LONGEST_UNREAD = 120  # seconds
# What ends the site: Ctrl-C, another process, a closed terminal.
ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


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
    """End what nobody reads, and let a closed terminal end the site; gunicorn would reload it."""
    for listener in arbiter.LISTENERS:
        end_when_unread(listener.sock)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    observability.start_exporter()


def child_exit(arbiter, worker):
    """Count no more what a worker that has ended had going on."""
    observability.forget_process(worker.pid)


def end_when_unread(listener):
    """Let the connections that a socket accepts end once their readers have stopped reading."""
    # Linux has this option, and connections inherit it.
    if hasattr(socket, "TCP_USER_TIMEOUT") and listener.family != socket.AF_UNIX:
        milliseconds = int(LONGEST_UNREAD * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def pre_fork(arbiter, worker):
    """Let workers share what was loaded: the collector would write to all of it in each."""
    gc.freeze()


def post_worker_init(worker):
    """Let workers ignore Ctrl-C.

    A terminal sends it to every process, and gunicorn passes it on to its workers. A worker that
    got it twice would lock up while it shuts down.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
