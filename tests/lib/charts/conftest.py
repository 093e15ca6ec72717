import pytest
from django.core.cache.backends.locmem import LocMemCache

from lib.charts import turns


@pytest.fixture
def drawings(monkeypatch):
    """What is drawn, at first nothing: kept apart, so that other tests need not draw anew."""
    cache = LocMemCache("test_drawings", {})
    cache.clear()
    monkeypatch.setattr(turns, "caches", {"drawings": cache})
    return cache
