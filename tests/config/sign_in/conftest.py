import io
import json
import logging

import pytest
from django.core.cache import cache

from config import events


@pytest.fixture(autouse=True)
def nothing_tried_yet(db):
    cache.clear()


@pytest.fixture
def told():
    """What was written down, as a list of events that grows."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(events.LinesOfJSON())
    events.logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    events.logger.removeHandler(handler)


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True
