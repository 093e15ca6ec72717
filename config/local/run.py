"""`make run`: starts PostgreSQL, fills the database, collects static files and serves the site."""

import hashlib
import os
import secrets
import select
import signal
import socket
import sys
import time
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, connection

from config import checks, locations
from config.environment import env_secret
from config.upgrades.later import later_version_in
from lib.serving.endings import ENDINGS

from . import folders, postgres

LAYOUT = "1.0"  # what a data folder says that migrations lead on from
PATIENCE = 4  # seconds, as the workers of a killed site take a moment to end


def main():
    """Get everything ready, then become gunicorn."""
    folder = locations.data_folder()
    lock = hold(folder)
    listener = listen(os.environ.get("PORT") or "8000")
    site = "http://{}:{}/".format(*listener.getsockname())
    lock.write(site)
    lock.flush()
    set_environment(folder)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)  # until gunicorn can stop PostgreSQL for us
    server = None if env_secret("DATABASE_URL") else postgres.Server(folder)
    try:
        if server:
            server.start()
            say(f"Started PostgreSQL; what is entered stays in {folder}.")
            refuse_other_layout(folder)
        fill_database()
        if collect_static_files():
            say("Collected the static files.")
        say(f"Serving {site}  (Ctrl-C ends it)")
        arguments = ["-m", "gunicorn", "-c", "python:config.local.gunicorn"]
        os.execv(sys.executable, [sys.executable, *arguments, f"-bfd://{listener.fileno()}"])
    except BaseException:
        if server:
            server.stop()
        raise


def hold(folder):
    """Lock a data folder; raises `StartupError` if another run has it."""
    lock = folders.acquire_lock(folder)
    if not lock:
        site = (folder / "lock").read_text()
        at = f"runs already, at {site}" if site else "starts already"
        raise folders.StartupError(f"This copy of the site {at}.")
    lock.truncate(0)
    return lock


def set_environment(folder):
    """Set what the settings need and nobody has set."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("HTTPS", "0")
    os.environ.setdefault("REQUEST_LOG", "0")
    if not env_secret("SECRET_KEY"):
        os.environ["SECRET_KEY"] = secret_key(folder)


def listen(port):
    """Open the site's socket; raises `StartupError` if the port cannot be had."""
    if not port.isdecimal() or int(port) > 65535:
        raise folders.StartupError(f"PORT is {port!r}; it must be a number up to 65535.")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.set_inheritable(True)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            listener.bind(("127.0.0.1", int(port)))
            listener.listen()
        except PermissionError:
            raise folders.StartupError(
                f"Port {port} is for root alone. PORT=… chooses another."
            ) from None
        except OSError:
            if time.monotonic() > deadline:
                listener.close()
                raise folders.StartupError(
                    f"Port {port} is in use. PORT=… chooses another."
                ) from None
            time.sleep(0.2)
        else:
            return listener


def secret_key(folder):
    """The secret key of this copy, which is made once and kept."""
    file = folder / "secret-key"
    if not file.exists():
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50))
        new.rename(file)
    return file.read_text()


def refuse_other_layout(folder):
    """Raise `StartupError` if the data are from before 1.0, of a later version than this one, or
    were made with other letters.

    From 1.0 on migrations lead on, and the folder says so.
    """
    django.setup()
    note = folder / "layout"
    has_tables = "forces_region" in connection.introspection.table_names()
    is_of_old = has_tables and not (note.exists() and note.read_text() == LAYOUT)
    if is_of_old or checks.misread_letters("default"):
        raise folders.StartupError(
            f"The data in {folder} is in the layout of an earlier version, which this one cannot "
            "read. `make fresh` sets that folder aside and starts anew."
        )
    if has_tables and (later := later_version_in("default")):
        raise folders.StartupError(f"{later} `make fresh` sets {folder} aside and starts anew.")
    note.write_text(LAYOUT)


def fill_database():
    """Migrate, load the facts if there are none, and make the demo accounts."""
    django.setup()
    for error in (
        *checks.charts_are_drawn_by_the_maintained_engine(),
        *checks.search_reads_signs(["default"]),
    ):
        raise folders.StartupError(f"{error.msg} {error.hint}")
    call_command("migrate", verbosity=0)
    if not apps.get_model("forces.Region").objects.exists():
        call_command("import_data", facts=True, commit=True, as_published=True, verbosity=0)
        say("Loaded the facts.")
    call_command("demo_accounts")


def collect_static_files():
    """Collect and compress the static files if any has changed; whether that was so."""
    note = Path(settings.STATIC_ROOT) / "collected"
    now = fingerprint_of_static_files()
    if note.exists() and note.read_text() == now:
        return False
    note.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    note.write_text(now)
    return True


def fingerprint_of_static_files():
    """A hash of every static file's path, size and time."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            seen.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def say(sentence):
    """Print how far we are. If somebody has asked us to end, end here, between two steps."""
    print(sentence, flush=True)
    if ENDINGS & signal.sigpending():
        raise KeyboardInterrupt


def start(main):
    """Run a command from the project's folder; an expected error ends it with a sentence."""
    os.chdir(locations.PROJECT)
    end_with_a_sentence(main)


def end_with_a_sentence(work):
    """Do work; an error of settings or of the database ends it with a sentence.

    Where whoever read what it prints has left, as `head` does, it ends with 1 and says nothing.
    """
    code = None
    try:
        code = exit_code(work)
        print(end="", flush=True)  # here, as Python complains of what fails once it ends
    except BrokenPipeError:
        unread = [stream for stream in (sys.stdout, sys.stderr) if is_unread(stream)]
        if not unread:  # a socket broke
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in unread:  # what they still hold is written as Python ends
            os.dup2(nowhere, stream.fileno())
        code = code or 1
    if code is not None:
        sys.exit(code)


def exit_code(work):
    """Do work; what it gives to `sys.exit`, or the sentence for an error."""
    try:
        work()
    except SystemExit as end:
        return end.code
    except (folders.StartupError, ImproperlyConfigured) as error:
        return str(error)
    except OperationalError as error:
        return f"The database refuses to serve: {' '.join(str(error).split())}"
    except KeyboardInterrupt:
        return "Stopped."


def is_unread(stream):
    """Whether nobody reads any more what is written to a stream."""
    if stream is None:  # it was closed before we started
        return False
    poll = select.poll()
    poll.register(stream, 0)  # of a pipe or socket whose other end is closed it tells nevertheless
    return bool(poll.poll(0))


if __name__ == "__main__":
    start(main)
