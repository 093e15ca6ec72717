"""How gunicorn serves the site."""

import os
import signal

wsgi_app = "config.wsgi"
workers = 2
worker_class = "gthread"
threads = 4
graceful_timeout = 5
loglevel = "warning"
preload_app = True  # the site is loaded once for all workers: a quicker start, less memory, and a mistake in it ends it
control_socket_disable = True
# No header says of itself what the address is, not even from this machine: Django reads what BEHIND_PROXY tells it to.
forwarder_headers = ""
secure_scheme_headers = {}

ENDINGS = {
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
}  # a key, another process, a closed terminal


def when_ready(arbiter):
    # A closed terminal ends the site, where gunicorn would load it anew.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def post_worker_init(worker):
    # A terminal tells every process of Ctrl-C; a worker that hears of it from gunicorn too would lock itself up in its second goodbye.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
