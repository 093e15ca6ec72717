"""Where this copy of the project keeps its data on this machine, and who may look there."""

import fcntl
import hashlib
import os
from pathlib import Path
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parent.parent.parent
ROOTS_FOLDER = Path("/var/lib/inspection-findings")


class StartupError(Exception):
    """A sentence for the person who started us."""


def data_folder():
    """Where this copy of the project keeps its rows, its key and its demo accounts from one
    start to the next."""
    if chosen := os.environ.get("DATA_DIR"):
        return Path(chosen).absolute()
    name = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]
    if os.geteuid() == 0:
        return ROOTS_FOLDER / name
    return (
        Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
        / "inspection-findings"
        / name
    )


def database_url(folder, database="findings"):
    """The DATABASE_URL of the server in this folder, whether it runs or not."""
    return f"postgresql://postgres@/{database}?host={quote(str(folder / 'postgresql'), safe='')}"


def acquire_lock(folder):
    """A lock on a folder, made if need be, that ends with this process, however that ends; None
    if another process has it."""
    make_private_folder(folder)
    lock = (folder / "lock").open("a+")
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    os.set_inheritable(lock.fileno(), True)  # exec is no end
    return lock


def make_private_folder(folder):
    """Make a private folder; root's may be passed through by the user who runs PostgreSQL."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def open_private(path, flags):
    """How a file is opened that is for its owner alone, even where one was there before."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor
