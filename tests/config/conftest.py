"""What tests of the pages that are kept share."""

import pytest
from django.core.cache import caches

from config.caching import page_cache


@pytest.fixture
def pages(settings):
    settings.CACHES = settings.CACHES | {
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests"}
    }
    caches["pages"].clear()
    page_cache.versions.forget()
    yield caches["pages"]
    caches["pages"].clear()
    page_cache.versions.forget()
