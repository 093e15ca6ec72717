"""The folder where this copy of the project keeps its data, and who may read it."""

import fcntl
import os
from urllib.parse import quote


class StartupError(Exception):
    """A sentence for the person who started us."""


def database_url(folder, database="findings"):
    """The DATABASE_URL of the server in this folder, running or not."""
    return f"postgresql://postgres@/{database}?host={quote(str(folder / 'postgresql'), safe='')}"


def acquire_lock(folder):
    """Lock a folder, which is made if it does not exist; None if another process has the lock.

    The lock ends with this process, however that ends.
    """
    make_private_folder(folder)
    lock = (folder / "lock").open("a+")
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    os.set_inheritable(lock.fileno(), True)  # so the lock lasts through exec
    return lock


def make_private_folder(folder):
    """Make a private folder; through root's, the user that runs PostgreSQL may reach its own."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise StartupError(
            f"{folder} cannot be made: {error.strerror}. DATA_DIR names another folder."
        ) from None


def open_private(path, flags):
    """An opener for `open`: only the owner may read the file, even if it existed before."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor
