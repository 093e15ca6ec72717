"""What a benchmark makes of its samples: medians with their ranges, ratios, percentiles."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Measured(NamedTuple):
    """A figure of several rounds: the middle one, the lowest and the highest."""

    middle: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{short(self.middle)} ({short(self.lowest)}–{short(self.highest)})"


def measured(rounds: Sequence[float]) -> Measured:
    """The median of the rounds with their range."""
    return Measured(median(rounds), min(rounds), max(rounds))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Measured:
    """The ratio of the medians; its range is that of the ratios within each round.

    The rounds of both were taken in turn, so whatever slowed the machine slowed both of a round.
    """
    within = [one / other for one, other in zip(ours, theirs, strict=True)]
    return Measured(median(ours) / median(theirs), min(within), max(within))


def percentile(values: Sequence[float], percent: int) -> float:
    """The least of the values that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def short(value: float) -> str:
    """A number with three digits that count: 0.0123, 1.23, 123, 12,300."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}"
