"""`make dev`: serves the site on the data of `make run`, and reloads when a file is saved."""

import os
import subprocess
import sys

from config import locations
from config.environment import env_secret

from . import folders, postgres
from .run import fill_database, refuse_other_layout, set_environment, start


def main():
    """Serve the site; start PostgreSQL if `make run` has not."""
    folder = locations.data_folder()
    # If `make run` has the lock, its PostgreSQL is running and serves us too.
    lock = folders.acquire_lock(folder)
    os.environ["DEBUG"] = "1"
    set_environment(folder)
    server = postgres.Server(folder) if lock and not env_secret("DATABASE_URL") else None
    try:
        if server:
            lock.truncate(0)
            server.start()
            refuse_other_layout(folder)
        fill_database()
        port = os.environ.get("PORT") or ("8000" if lock else "8001")
        site = subprocess.Popen([sys.executable, "manage.py", "runserver", port])
        try:
            site.wait()
        finally:
            site.terminate()  # which also ends the process that it reloads
            site.wait()
    finally:
        if server:
            server.stop()


if __name__ == "__main__":
    start(main)
