"""The settings as a process of its own reads them."""

import os
import subprocess
import sys

from django.conf import settings


def start(code="import config.settings", **environment):
    """Read the settings in a process of their own; a variable that is None is not set there."""
    env = {name: value for name, value in (os.environ | environment).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True
    )


def read(name, **environment):
    done = start(f"from config import settings; print(settings.{name})", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
