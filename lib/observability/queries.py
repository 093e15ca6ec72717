"""Each query is counted and timed for its request, and a slow one is logged.

A query is logged without its parameters, and without texts that are written into it.
"""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from . import metrics, requests
from .routes import route_of

logger = logging.getLogger(__name__)

TEXTS = re.compile(r"'(?:[^']|'')*'")
LONGEST_SQL = 4_000  # characters of a logged query


def watch() -> None:
    """Count and time the queries of each connection from now on."""
    connection_created.connect(_watch_connection)


def _watch_connection(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    # Before the others, so that what they add to a query, such as who asks, is not seen.
    if count_query not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, count_query)


def count_query(
    execute: Callable[..., Any], sql: object, params: object, many: bool, context: dict[str, Any]
) -> object:
    """Carry out a query, and count it; one of Django's wrappers."""
    begun = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        count(perf_counter() - begun, sql)


def count(seconds: float, sql: object) -> None:
    """Count a query of the request that is being answered."""
    request = requests.current()
    if not request:
        return  # a command has time
    request.queries += 1
    request.query_seconds += seconds
    if seconds * 1000 >= settings.SLOW_QUERY_MS:
        metrics.slow_queries.inc()
        details = {
            "milliseconds": round(seconds * 1000),
            "route": route_of(request.path),
            "sql": without_texts(str(sql))[:LONGEST_SQL],
        }
        logger.warning("slow query", extra={"details": details})


def without_texts(sql: str) -> str:
    """A query without the texts that are written into it."""
    return TEXTS.sub("'…'", sql)
