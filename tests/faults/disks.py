"""Small disks that fill up, for one test: the machine's own is never filled.

A disk is a tmpfs in a mount namespace that only the thread of the test, and what it starts, sees.
Where mounting is refused, a limit on how long a file may be takes its place (`RLIMIT_FSIZE`): what
writes meets an error of the system all the same.
"""

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path

CLONE_NEWNS, CLONE_FS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x200, 0x4000, 0x40000, 2
BALLAST = "ballast"
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A function of the C library; raises the error that it met."""
    encoded = [os.fsencode(one) if isinstance(one, (str, Path)) else one for one in arguments]
    if getattr(LIBC, name)(*encoded) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


class Disk:
    """A small disk, which can be filled and emptied again; `folder` is all of it."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self, leaving=0):
        """Leave so many bytes free."""
        state = os.statvfs(self.folder)
        rest = state.f_bavail * state.f_frsize - leaving
        with (self.folder / BALLAST).open("ab") as file:
            file.write(bytes(max(0, rest)))

    def make_room(self):
        (self.folder / BALLAST).unlink()

    def files(self):
        """What is on it beside what fills it."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path for path in found if path.name != BALLAST)


class ShortFiles(Disk):
    """A folder in which no file may be longer than a disk would have room for.

    Nor may any other file of this process: some room is left for those.
    """

    LEAST = 100_000  # bytes

    def fill(self, leaving=0):
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(leaving, self.LEAST), most))

    def make_room(self):
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A disk of so many megabytes in an empty folder."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(mounted(folder, megabytes))
        except PermissionError:
            # What passes the limit gets a signal too, which Python ignores as PostgreSQL does.
            assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
            disk = ShortFiles(folder)
            stack.callback(disk.make_room)
        else:
            disk = Disk(folder)
        yield disk


@contextlib.contextmanager
def mounted(folder, megabytes):
    """A tmpfs in a folder, which nobody else sees; raises `PermissionError` where none may be."""
    here = Path.cwd()
    with Path("/proc/thread-self/ns/mnt").open("rb") as home:
        call("unshare", CLONE_NEWNS)
        try:
            call("mount", "none", "/", None, MS_REC | MS_PRIVATE, None)
            call("mount", "tmpfs", folder, "tmpfs", 0, f"size={megabytes}m,mode=0777")
            try:
                yield
            finally:
                call("umount2", folder, MNT_DETACH)
        finally:
            call("unshare", CLONE_FS)  # threads that began meanwhile share it, and forbid the next
            call("setns", home.fileno(), CLONE_NEWNS)
            os.chdir(here)
