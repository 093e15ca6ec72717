"""A store of pages and drawings that processes and hosts share, in Valkey or Redis.

It makes the site faster, and nothing depends on it: where it fails or hangs, what was to be kept is
made anew. After a failure it is left alone for a while, so that no page waits for it again.
"""

import base64
import json
import logging
import time

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
LONGEST_WAIT = 0.3  # seconds
REST = 10  # seconds


class Serializer:
    """Values as JSON: whoever can write to the store must not be able to run code here."""

    def dumps(self, value):
        return json.dumps(value, default=self._from_bytes).encode()

    def loads(self, text):
        return json.loads(text, object_hook=self._to_bytes)

    def _from_bytes(self, value):
        return {"base64": base64.b64encode(value).decode()}

    def _to_bytes(self, found):
        return base64.b64decode(found["base64"]) if list(found) == ["base64"] else found


class SharedCache(RedisCache):
    """Gets and sets values as long as the store answers; otherwise it has none."""

    resting_until = 0.0

    def __init__(self, server, params):
        limits = {
            "serializer": Serializer(),
            "socket_timeout": LONGEST_WAIT,
            "socket_connect_timeout": LONGEST_WAIT,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(server, params | {"OPTIONS": params.get("OPTIONS", {}) | limits})

    def get(self, key, default=None, version=None):
        return self._ask(super().get, key, default, version, otherwise=default)

    def set(self, key, value, *args, **kwargs):
        self._ask(super().set, key, value, *args, **kwargs)

    def add(self, key, value, *args, **kwargs):
        """Set a value if there is none; without the store, whoever asks is the first."""
        return self._ask(super().add, key, value, *args, otherwise=True, **kwargs)

    def delete(self, key, version=None):
        return self._ask(super().delete, key, version, otherwise=False)

    def _ask(self, command, *args, otherwise=None, **kwargs):
        if time.monotonic() < SharedCache.resting_until:
            return otherwise
        try:
            return command(*args, **kwargs)
        except RedisError as error:
            SharedCache.resting_until = time.monotonic() + REST
            logger.warning("The shared store of pages does not respond: %s", error)
        except ValueError:
            logger.warning("The shared store of pages holds what cannot be read.")
        return otherwise
