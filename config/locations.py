"""Where this copy's files lie: in a checkout, templates, static files and fixtures lie beside the
packages of code; in a copy that pip installed, they lie inside this one (see pyproject.toml)."""

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent  # which holds the packages: the checkout, or a folder of Python's
IS_CHECKOUT = not (HERE / "templates").is_dir()
TEMPLATES, STATIC, FIXTURES = (
    (PROJECT if IS_CHECKOUT else HERE) / name for name in ("templates", "static", "fixtures")
)
ROOTS_FOLDER = Path("/var/lib/inspection-findings")


def data_folder():
    """The folder that keeps this copy's database, secret key and demo accounts between runs."""
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


def collected_static_files():
    """The folder of collected static files: that of Python's packages may be for reading alone."""
    return (PROJECT if IS_CHECKOUT else data_folder()) / "staticfiles"
