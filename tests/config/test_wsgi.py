"""What a web server loads before it answers, and what it never loads."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow
SHOW = """
import logging
import sys
from config.wsgi import application
from django.template import engines
SHOWN = {"config", "lib", "forces", "inspections", "findings", "prometheus_client", "sentry_sdk"}
cache = engines["django"].engine.template_loaders[0].get_template_cache
templates = {str(found.origin.name) for found in cache.values() if hasattr(found, "origin")}
print(*(name for name in sys.modules if name.partition(".")[0] in SHOWN))
print(*templates, sep="|")
loggers = map(logging.getLogger, logging.root.manager.loggerDict)
handlers = [handler for logger in loggers for handler in logger.handlers]
used = [handler for handler in handlers if not isinstance(handler, logging.NullHandler)]
print(*{type(handler.formatter).__name__ for handler in used})
"""


@pytest.fixture(scope="module")
def loaded():
    """The modules, of ours and of extras, and the templates that are there before the first
    request, in production, and how what has a log of its own writes it."""
    environment = {
        "SECRET_KEY": "x",
        "DEBUG": "0",
        "HTTPS": "1",
        "DATABASE_URL": "postgresql://site@127.0.0.1/findings",
        "EVIDENCE_DIR": "/nowhere",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SHOW],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    modules, templates, formatters = done.stdout.splitlines()
    return set(modules.split()), set(templates.split("|")), set(formatters.split())


def test_all_views_and_templates_are_loaded_before_the_first_request(loaded):
    modules, templates, _ = loaded
    assert {"config.views", "forces.views", "inspections.views", "findings.views"} <= modules
    folder = settings.BASE_DIR / "templates"
    assert {str(path) for path in folder.rglob("*.html")} <= templates


def test_nothing_of_the_local_server_is_reached_in_production(loaded):
    modules, _, _ = loaded
    assert not {name for name in modules if name.startswith("config.local")}


def test_without_their_settings_no_extra_is_loaded(loaded):
    modules, _, _ = loaded
    assert not {"prometheus_client", "sentry_sdk"} & modules


def test_no_package_writes_a_log_of_its_own_kind(loaded):
    assert loaded[2] <= {"LinesOfJSON"}
