"""Figures for Prometheus, where METRICS_PORT is set; elsewhere nothing is counted or imported.

Processes write theirs to the folder PROMETHEUS_MULTIPROC_DIR, from which `exporter` reads them all.
"""

from typing import Any

from django.conf import settings

if settings.METRICS_PORT:
    import prometheus_client
else:
    prometheus_client = None

# Seconds, from a kept page to what a reader gives up on.
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Uncounted:
    """A figure that nobody asks for."""

    def labels(self, *values: str) -> "Uncounted":
        return self

    def inc(self, amount: float = 1) -> None:
        pass

    dec = observe = inc


def metric(kind: str, name: str, about: str, *labels: str, **options: Any) -> Any:  # noqa: ANN401
    """A figure of a kind of prometheus_client, or one that is not counted."""
    if prometheus_client is None:
        return Uncounted()
    return getattr(prometheus_client, kind)(f"findings_{name}", about, labels, **options)


def gauge(name: str, about: str) -> Any:  # noqa: ANN401
    """What there is of something now, in all processes together."""
    return metric("Gauge", name, about, multiprocess_mode="livesum")


requests = metric("Counter", "requests", "Requests", "route", "method", "status")
request_seconds = metric(
    "Histogram", "request_seconds", "Until a response was made or sent", "route", buckets=BUCKETS
)
cached = metric("Counter", "cached", "Responses by how they were come by", "cache")
queries = metric("Counter", "queries", "Queries for requests")
query_seconds = metric("Counter", "query_seconds", "Seconds that they took")
slow_queries = metric("Counter", "slow_queries", "Queries that took SLOW_QUERY_MS or longer")
database_failures = metric(
    "Counter", "database_failures", "Requests that the database could not serve", "reason"
)
drawings_waiting = gauge("drawings_waiting", "Pictures and PDFs that are made or wait for that")
drawings = metric("Counter", "drawings", "Pictures and PDFs: made, failed or busy", "outcome")
downloads = gauge("downloads", "Downloads in progress")
mails = metric("Counter", "mails", "Mails that the site sent, or failed to", "outcome")
