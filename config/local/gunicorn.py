"""How gunicorn serves the site for `make run`: as in production, but it also stops PostgreSQL, and
makes the files of the page of open data."""

import contextlib
import os
import subprocess
import sys

from config import gunicorn
from config.environment import env_secret
from config.gunicorn import *  # noqa: F403

from . import folders, postgres

makers = []


def when_ready(arbiter):
    """Serve, and meanwhile make a data set in a process of its own, if one is due."""
    gunicorn.when_ready(arbiter)
    command = [sys.executable, "-m", "django", "make_data_set", "--verbosity=0"]
    # In a session of its own: what a terminal tells every process would make it tell of its end.
    makers.append(subprocess.Popen(command, start_new_session=True))


def on_exit(arbiter):
    """Stop what still makes a data set, and the PostgreSQL that `make run` started."""
    for maker in makers:
        maker.terminate()
        maker.wait()
    if env_secret("DATABASE_URL"):
        return
    postgres.Server(folders.data_folder()).stop()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()  # this process was config.local.run before, so PostgreSQL is its child
