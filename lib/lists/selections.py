"""Some rows of a list, counted by its postings: pages count what the list itself would show."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from .bits import octets_of
from .postings import Postings


class Selection:
    """Some rows of a list as it is at a moment, to be narrowed as its address narrows them."""

    def __init__(self, postings: Postings, at: datetime, bits: int | None = None) -> None:
        self.postings, self.at = postings, at
        self.bits = postings.all if bits is None else bits

    @cached_property
    def octets(self) -> bytes:
        return octets_of(self.bits)

    @cached_property
    def count(self) -> int:
        return self.bits.bit_count()

    @property
    def is_synthetic(self) -> bool:
        """Whether any of them is about a place that does not exist."""
        return self.postings.synthetic_count(self.bits) > 0

    def having(self, **choices: str | Iterable[str]) -> "Selection":
        """Those that the list has with these parameters; empty ones choose nothing."""
        bits = self.bits
        for name, values in choices.items():
            if values:
                values = [values] if isinstance(values, str) else values
                bits &= self.postings.bits(name, *values)
        return Selection(self.postings, self.at, bits)

    def among(self, keys: Iterable[int]) -> "Selection":
        """Those that have one of these keys."""
        return Selection(self.postings, self.at, self.bits & self.postings.having(keys))

    def counts(self, name: str) -> dict[str, int]:
        """How many of them have each value of a facet that any of them has."""
        counts = self.counts_of(name, self.postings.values[name])
        return {value: count for value, count in counts.items() if count}

    def counts_of(self, name: str, values: Iterable[str]) -> dict[str, int]:
        """How many of them have each of these values of a facet."""
        postings, octets = self.postings.values[name], self.octets
        return {
            value: posting.count(octets) if (posting := postings.get(value)) else 0
            for value in values
        }

    def keys(self, stop: int | None = None) -> list[int]:
        """Their keys in the list's order, up to so many."""
        return self.postings.keys(self.bits, 0, stop)
