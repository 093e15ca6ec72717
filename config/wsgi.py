"""What a web server runs: the whole site, loaded before the first request.

So every request is served by one state of the code, whatever is edited meanwhile.
"""

import os

from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def load_everything():
    """Import what addresses lead to, and read every template of ours."""
    get_resolver().url_patterns  # noqa: B018, for asking imports
    engine = engines["django"]
    for folder in engine.dirs:
        for path in folder.rglob("*.*"):
            engine.get_template(str(path.relative_to(folder)))


application = get_wsgi_application()
load_everything()
