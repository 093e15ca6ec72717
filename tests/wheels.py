"""The wheel that the project builds, and an environment into which it alone is installed."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from config.locations import PROJECT

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
ENVIRONMENT = os.environ | {"SOURCE_DATE_EPOCH": "1764460800"}


def build(folder):
    """The wheel, built from the checkout without a network."""
    options = ("--no-deps", "--no-index", "--no-build-isolation", f"--wheel-dir={folder}")
    subprocess.run([*PIP, "wheel", *options, str(PROJECT)], check=True, env=ENVIRONMENT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def build_again(folder):
    """The same wheel, built without pip."""
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    subprocess.run(command, check=True, cwd=PROJECT, env=ENVIRONMENT, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel, folder):
    """A new environment's command `findings`: the packages that it needs are those of the tests."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    options = ("--no-deps", "--no-index", "--no-compile")
    subprocess.run([*PIP, "--python", str(python), "install", *options, str(wheel)], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    note = folder / "lib" / version / "site-packages" / "packages.pth"
    note.write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "findings"


def tracked(*rooms):
    """The files below some folders of the checkout that git has."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *rooms], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout
    return [name for name in listed.split("\0") if name and Path(PROJECT, name).is_file()]
