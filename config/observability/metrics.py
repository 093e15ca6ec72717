"""What is written down and counted, and where errors are sent: these settings, and their start."""

import os
import subprocess
import sys
import tempfile
from importlib import import_module

from ..environment import env_bool, env_number, env_secret, require_package

# A line for each request, and one for each query that takes as long.
REQUEST_LOG = env_bool("REQUEST_LOG", default=not env_bool("DEBUG"))
SLOW_QUERY_MS = env_number("SLOW_QUERY_MS", 500)
# Figures for Prometheus: on a port of their own, which only this machine reaches by default.
METRICS_PORT = env_number("METRICS_PORT", 0)
METRICS_HOST = os.environ.get("METRICS_HOST") or "127.0.0.1"
SENTRY_DSN = env_secret("SENTRY_DSN")
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

exporters = []


def require_packages():
    """Raise `ImproperlyConfigured` if the package for one of these settings is not installed."""
    if METRICS_PORT:
        require_package("METRICS_PORT", "prometheus_client", "metrics")
    if SENTRY_DSN:
        require_package("SENTRY_DSN", "sentry_sdk", "sentry")


def make_folder():
    """Make the folder of the figures, before anything that counts is loaded."""
    if METRICS_PORT:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="findings-metrics-")


def start_exporter():
    """Start the program that shows the figures; it ends with this process."""
    if METRICS_PORT:
        arguments = ["-m", "lib.observability.exporter", METRICS_HOST, str(METRICS_PORT)]
        # In a session of its own: what a terminal tells every process must not end it first.
        command = [sys.executable, *arguments]
        exporters.append(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True))


def forget_process(pid):
    """Drop what a process that has ended had going on."""
    if METRICS_PORT:
        # Installed only where it is wanted.
        import_module("prometheus_client.multiprocess").mark_process_dead(pid)
