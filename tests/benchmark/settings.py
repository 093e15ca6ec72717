"""The site's settings for measuring: static files under their plain names, and no page kept."""

from config.settings import *  # noqa: F403
from config.settings import CACHES, STORAGES

WHITENOISE_AUTOREFRESH = True
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
CACHES = CACHES | {"pages": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
