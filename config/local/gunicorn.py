"""How gunicorn serves the site for `make run`: as in production, but it also stops PostgreSQL."""

import contextlib
import os

from config.gunicorn import *  # noqa: F403

from . import folders, postgres


def on_exit(arbiter):
    """Stop the PostgreSQL that `make run` started."""
    if os.environ.get("DATABASE_URL"):
        return
    postgres.Server(folders.data_folder()).stop()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()  # this process was config.local.run before, so PostgreSQL is its child
