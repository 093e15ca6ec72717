"""Where this copy's files lie: in a checkout, templates, static files and fixtures lie beside the
packages of code; in a copy that pip installed, they lie inside this one (see pyproject.toml)."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent  # which holds the packages: the checkout, or a folder of Python's
IS_CHECKOUT = not (HERE / "templates").is_dir()
TEMPLATES, STATIC, FIXTURES = (
    (PROJECT if IS_CHECKOUT else HERE) / name for name in ("templates", "static", "fixtures")
)
