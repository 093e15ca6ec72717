"""The programs beside Python that tests run; `python -m tests.programs NAME…` installs these, and
what each run of the tests needs, where it may."""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

CHROMIUM = (
    "chromium-headless-shell",  # the same without windows, at half the work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
# By program, the package of Debian's that has it.
PACKAGES = {
    "curl": "curl",
    "nginx": "nginx-light",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
    "systemd-analyze": "systemd",
}
FOR_FAULTS = ["redis-server"]
# Servers are not on everybody's path.
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def find_chromium():
    """The path of Chromium or a browser made from it, or None."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def program(name):
    """The path of a program; an AssertionError says how to install it."""
    found = shutil.which(name, path=PLACES)
    assert found, f"{name} is not installed: on Debian, apt-get install {PACKAGES[name]}"
    return found


def missing(further=()):
    """Debian's packages that each run needs, or these programs come from, and that are not here."""
    wanted = [name for name in PACKAGES if name not in FOR_FAULTS or name in further]
    packages = [PACKAGES[name] for name in wanted if not shutil.which(name, path=PLACES)]
    if not find_chromium():
        packages.append("chromium-headless-shell")
    # With which PDFs are set.
    return packages if find_library("pangoft2-1.0") else [*packages, "libpangoft2-1.0-0"]


def install(packages):
    """Install packages of Debian's, as root or, in CI, as whoever may become it."""
    become_root = [] if os.geteuid() == 0 else ["sudo", "--preserve-env=DEBIAN_FRONTEND"]
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", *packages],
    ):
        subprocess.run(
            [*become_root, *command],
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )


if __name__ == "__main__" and (needed := missing(sys.argv[1:])):
    command = f"apt-get install {' '.join(needed)}"
    if Path("/etc/debian_version").exists() and (os.geteuid() == 0 or "CI" in os.environ):
        print(command, flush=True)
        install(needed)
    else:
        print(f"Some tests will fail, which need further programs. On Debian: {command}")
