"""The same, with pages kept as in production."""

from config import settings

from .settings import *  # noqa: F403

CACHES = settings.CACHES
