"""The settings read anew, in another environment: a variable that is None is not set there."""

import os
import subprocess
import sys
from importlib.util import find_spec, module_from_spec
from unittest.mock import patch

from django.conf import settings


def environ(**changes):
    return {name: value for name, value in (os.environ | changes).items() if value is not None}


def read(**environment):
    """The module of the settings, as a process with this environment reads it."""
    spec = find_spec("config.settings")
    module = module_from_spec(spec)  # beside the one that is in use
    with patch.dict(os.environ, environ(**environment), clear=True):
        spec.loader.exec_module(module)
    return module


def start(code, **environment):
    """Run code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environ(**environment),
        capture_output=True,
        text=True,
    )
