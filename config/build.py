"""What this copy of the site is made of: another may answer the same address differently."""

import hashlib
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings

SHOWN = ("*.py", "*.html", "*.txt", "*.css", "*.js", "*.svg", "*.png")
FOLDERS = ("config", "lib", "forces", "inspections", "findings", "templates", "static")


def site_version():
    """The version of the site, as a package or, where it runs from its folder, as that says."""
    try:
        return version("inspection-findings")
    except PackageNotFoundError:
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
        return project["project"]["version"]


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
    """A hash of the files, which a process reads once, however many clients its tests make."""
    seen = hashlib.sha256()
    for folder in FOLDERS:
        for pattern in SHOWN:
            for path in sorted((settings.BASE_DIR / folder).rglob(pattern)):
                name = path.relative_to(settings.BASE_DIR)
                seen.update(f"{name}\0".encode() + path.read_bytes())
    for path in sorted(settings.BASE_DIR.glob("requirements*.txt")):
        seen.update(path.read_bytes())
    return seen.digest()
