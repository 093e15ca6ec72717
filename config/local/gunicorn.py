"""How gunicorn serves the site for `make run`: as in production, but it also keeps PostgreSQL
running until the site ends, and makes the files of the page of open data."""

import contextlib
import os
import subprocess
import sys

from config import gunicorn, locations
from config.environment import env_secret
from config.gunicorn import *  # noqa: F403

from . import keeper, postgres

helpers = []  # processes


def when_ready(arbiter):
    """Serve, and meanwhile keep PostgreSQL running, and make a data set, if one is due."""
    gunicorn.when_ready(arbiter)
    command = [sys.executable, "-m", "django", "make_data_set", "--verbosity=0"]
    # In a session of its own: what a terminal tells every process would make it tell of its end.
    helpers.append(subprocess.Popen(command, start_new_session=True))
    if not env_secret("DATABASE_URL"):
        helpers.append(keeper.start())


def on_exit(arbiter):
    """Stop what runs beside the site, and then the PostgreSQL that `make run` started."""
    for helper in helpers:
        helper.terminate()
        helper.wait()
    if env_secret("DATABASE_URL"):
        return
    postgres.Server(locations.data_folder()).stop()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()  # this process was config.local.run before, so PostgreSQL is its child
