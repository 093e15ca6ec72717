"""How gunicorn serves the site for `make run`: as in production, and at its end it stops
PostgreSQL."""

import contextlib
import os

from config.gunicorn import *  # noqa: F403

from . import folders, postgres


def on_exit(arbiter):
    if os.environ.get("DATABASE_URL"):
        return
    postgres.Server(folders.data_folder()).stop()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()  # PostgreSQL is our child too, since we were config.local.run before
