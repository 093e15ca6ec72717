"""Starts the PostgreSQL of `make run` again when it has died, as long as the site runs.

A process of its own: the one that it watches over starts workers as copies of itself, and can have
no thread meanwhile.
"""

import os
import signal
import socket
import subprocess
import sys
import time

import psycopg2

from config import locations

from . import folders, postgres

EVERY = 1.0  # seconds


def start():
    """Have it watch from a process of its own, which ends with this one."""
    command = [sys.executable, "-m", "config.local.keeper", str(os.getpid())]
    # In a session of its own: what a terminal tells every process would reach it too.
    return subprocess.Popen(command, start_new_session=True)


def main():
    """Watch as long as the site's process lives, and until that ends us."""
    site, server = int(sys.argv[1]), postgres.Server(locations.data_folder())
    while os.getppid() == site:
        if not lives(server):
            print("PostgreSQL has stopped; starting it again.", file=sys.stderr, flush=True)
            # Half started, it would outlive us.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            try:
                server.start()
            except (folders.StartupError, psycopg2.Error, OSError) as error:
                print(error, file=sys.stderr, flush=True)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        time.sleep(EVERY)


def lives(server):
    """Whether a process takes connections, even if it hangs."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.setblocking(False)  # one that hangs may have a full queue
        try:
            caller.connect(str(server.socket))
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
