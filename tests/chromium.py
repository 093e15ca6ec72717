"""Where this machine's Chromium is, which the browser tests drive; `python -m tests.chromium`
installs it where it may."""

import os
import shutil
import subprocess
import sys
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


if __name__ == "__main__":
    if not find() and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        print("Installing Chromium.", flush=True)
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-qq", "--no-install-recommends", "chromium-headless-shell"],
        ):
            subprocess.run(
                command,
                check=True,
                stdout=subprocess.DEVNULL,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
    sys.exit(None if find() else MISSING)
