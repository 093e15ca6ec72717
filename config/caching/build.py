"""What this copy of the site is made of: another may answer the same address differently."""

import hashlib
import sys
from functools import cache
from pathlib import Path

from django.conf import settings

from ..locations import PROJECT

SHOWN = ("*.py", "*.html", "*.txt", "*.css", "*.js", "*.svg", "*.png")
FOLDERS = ("config", "lib", "forces", "inspections", "findings", "templates", "static")


def build():
    """A hash of the code, the templates, the static files, the packages and the plain settings."""
    seen = hashlib.sha256(files())
    for name in sorted(filter(str.isupper, dir(settings))):
        value = getattr(settings, name)
        if isinstance(value, str | int | Path):
            seen.update(f"{name}={value}\0".encode())
    return seen.hexdigest()


@cache
def files():
    """A hash of files and packages, which a process reads once, however many clients its tests
    make. In a copy that pip installed, templates and static files lie in `config`."""
    seen = hashlib.sha256()
    for folder in FOLDERS:
        for pattern in SHOWN:
            for path in sorted((PROJECT / folder).rglob(pattern)):
                name = path.relative_to(PROJECT)
                seen.update(f"{name}\0".encode() + path.read_bytes())
    # Each is a folder named after the package and its version.
    packages = {path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")}
    seen.update("\0".join(sorted(packages)).encode())
    return seen.digest()
