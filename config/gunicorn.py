"""How gunicorn serves the site."""

import os
import signal

wsgi_app = "config.wsgi"
workers = 2
worker_class = "gthread"
threads = 4
graceful_timeout = 5
loglevel = "warning"
# Loaded once for all workers: a quicker start, less memory, and an error in it ends the server.
preload_app = True
control_socket_disable = True
# gunicorn trusts no header about the client, not even from this machine: BEHIND_PROXY says which
# ones Django reads.
forwarder_headers = ""
secure_scheme_headers = {}

ENDINGS = {
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
}  # a key, another process, a closed terminal


def when_ready(arbiter):
    # A closed terminal ends the site; gunicorn would reload it.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def post_worker_init(worker):
    # A terminal sends Ctrl-C to every process; a worker that then is told by gunicorn too would
    # lock up in its second shutdown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
