"""What a web server runs.

The whole site is loaded before the first request, so that edits to its files do not affect a
running server.
"""

import logging
import os

from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def load_everything():
    """Import all views, and load all of our templates."""
    get_resolver().url_patterns  # noqa: B018, reading it imports them
    engine = engines["django"]
    for folder in engine.dirs:
        for path in folder.rglob("*.*"):
            engine.get_template(str(path.relative_to(folder)))


logging.captureWarnings(True)  # so that they too are lines of JSON
site = get_wsgi_application()

from .kept_responses import KeptResponses  # noqa: E402 it needs the settings

application = KeptResponses(site)
load_everything()
