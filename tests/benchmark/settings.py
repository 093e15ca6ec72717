"""The site's settings for measuring: one more page, and static files where they lie, under their
plain names."""

from config.settings import *  # noqa: F403
from config.settings import STORAGES

WHITENOISE_AUTOREFRESH = True
ROOT_URLCONF = "tests.benchmark.urls"
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
