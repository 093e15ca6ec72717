"""Rows about what happened to an organisation between inspections."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from ..choices import MonitoringKind
from ..dates import iso
from ..models import MonitoringEvent


class MonitoringDay(NamedTuple):
    """What happened of one kind at one time, as each source tells it."""

    kind: MonitoringKind
    happened: str
    happened_iso: str
    events: list[MonitoringEvent]


def monitoring_by_day(events: Iterable[MonitoringEvent]) -> list[MonitoringDay]:
    """Events of one kind and time together, the newest first."""
    ordered = sorted(events, key=lambda one: (one.happened_on, one.kind), reverse=True)
    return [
        MonitoringDay(
            MonitoringKind(kind), rows[0].happened, iso(rows[0].happened_on, precision), rows
        )
        for (_, precision, kind), group in groupby(
            ordered, key=lambda one: (one.happened_on, one.precision, one.kind)
        )
        for rows in [list(group)]
    ]
