import io
import json
import logging

import pytest
from django.core.cache import cache

from config.observability import logs
from config.sign_in import events


@pytest.fixture(autouse=True)
def nothing_tried_yet(db):
    cache.clear()


@pytest.fixture
def told():
    """What staff's logger wrote down, as a list of events that grows."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.LinesOfJSON())
    events.logger.addHandler(handler)

    def read():
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert {(line.pop("level"), line.pop("logger")) for line in lines} <= {("INFO", "staff")}
        return lines

    yield read
    events.logger.removeHandler(handler)


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True
