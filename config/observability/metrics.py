"""Figures for Prometheus: their settings, and the program that shows them."""

import os
import subprocess
import sys
import tempfile
from importlib import import_module

from ..environment import env_number, require_package

# A port of their own, which only this machine reaches by default.
METRICS_PORT = env_number("METRICS_PORT", 0)
METRICS_HOST = os.environ.get("METRICS_HOST") or "127.0.0.1"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

exporters = []


def require_client():
    """Raise `ImproperlyConfigured` if figures are wanted and their package is not installed."""
    if METRICS_PORT:
        require_package("METRICS_PORT", "prometheus_client", "metrics")


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
