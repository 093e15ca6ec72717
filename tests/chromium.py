"""Where this machine's Chromium is, which the browser tests drive; `python -m tests.chromium`
installs it where it may, and Pango, with which PDFs are set."""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

NAMES = (
    "chromium-headless-shell",  # the same without windows, at half the work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
MISSING = (
    "The browser tests need Chromium: install it (on Debian `apt-get install "
    "chromium-headless-shell`) or name it in CHROMIUM."
)


def find():
    """The path of Chromium or a browser made from it, or None."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, NAMES)), None)


def missing():
    """Debian's packages that the tests need and this machine lacks: a browser, what sets PDFs, what
    reads units."""
    packages = [] if find() else ["chromium-headless-shell"]
    if not shutil.which("systemd-analyze"):
        packages.append("systemd")
    return packages if find_library("pangoft2-1.0") else [*packages, "libpangoft2-1.0-0"]


if __name__ == "__main__":
    if (packages := missing()) and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        print(f"Installing {' and '.join(packages)}.", flush=True)
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-qq", "--no-install-recommends", *packages],
        ):
            subprocess.run(
                command,
                check=True,
                stdout=subprocess.DEVNULL,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
    sys.exit(None if find() else MISSING)
