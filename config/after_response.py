"""Work that is done once a response has gone out, so that its time tells nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.db import connection

# One thread in each process: many requests at once open no more connections than that.
sender = ThreadPoolExecutor(1, "after-response")


def run_after(response, task, *args):
    """Run a task after a response; it must log itself what goes wrong."""
    # What Django itself calls when the server has sent a response.
    response._resource_closers.append(lambda: sender.submit(copy_context().run, run, task, *args))


def run(task, *args):
    try:
        task(*args)
    finally:
        connection.close()  # this thread's own
