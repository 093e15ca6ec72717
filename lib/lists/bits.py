"""Rows of a list as the bits of a whole number: the bit in a place stands for the row there."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

BLOCK = 512  # bytes that are looked through at once for a page's rows


def bits_of(places: Iterable[int], size: int) -> int:
    """A number whose bits are set in these places, which are below a size."""
    octets = bytearray(size // 8 + 1)
    for place in places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


def octets_of(bits: int) -> bytes:
    return bits.to_bytes(bits.bit_length() // 8 + 1, "little")


def places_of(bits: int, start: int = 0, stop: int | None = None) -> Iterator[int]:
    """The places of the set bits from the `start`th to before the `stop`th."""
    octets = octets_of(bits)
    passed = 0
    for begin in range(0, len(octets), BLOCK):
        block = int.from_bytes(octets[begin : begin + BLOCK], "little")
        count = block.bit_count()
        if passed + count <= start:
            passed += count
            continue
        while block:
            if stop is not None and passed >= stop:
                return
            lowest = block & -block
            if passed >= start:
                yield begin * 8 + lowest.bit_length() - 1
            passed += 1
            block ^= lowest


class Posting(NamedTuple):
    """The rows that have one value of a facet, and what a page calls that value.

    Many values have their rows close together, so only the bits from the first row's place on are
    kept.
    """

    text: str
    start: int = 0
    bits: int = 0

    @classmethod
    def of(cls, text: str, bits: int) -> "Posting":
        start = max((bits & -bits).bit_length() - 1, 0)
        return cls(text, start, bits >> start)

    @property
    def whole(self) -> int:
        return self.bits << self.start

    def count(self, among: bytes) -> int:
        """How many of its rows are among those whose bits these are."""
        first, last = self.start >> 3, (self.start + self.bits.bit_length() + 7) >> 3
        window = int.from_bytes(among[first:last], "little") >> (self.start & 7)
        return (window & self.bits).bit_count()

    def union(self, bits: int) -> "Posting":
        """With these rows too."""
        return self.of(self.text, self.whole | bits)

    def without(self, place: int) -> "Posting":
        """Without the row in a place."""
        if not 0 <= place - self.start < self.bits.bit_length():
            return self
        bits = self.bits & ~(1 << (place - self.start))
        trimmed = self.of(self.text, bits)
        return trimmed._replace(start=trimmed.start + self.start) if bits else trimmed

    def close_place(self, place: int) -> "Posting":
        """As it is once a place that it does not have is taken out of the list."""
        if place < self.start:
            return self._replace(start=self.start - 1)
        return self._replace(bits=_shift(self.bits, place - self.start, -1))

    def open_place(self, place: int) -> "Posting":
        """As it is once another row is put into the list, in this place."""
        if place <= self.start:
            return self._replace(start=self.start + 1)
        return self._replace(bits=_shift(self.bits, place - self.start, 1))


def _shift(bits: int, place: int, by: int) -> int:
    """Bits, of which those from a place on have moved up by one place, or down where it is -1."""
    if place >= bits.bit_length():
        return bits
    below, above = bits & ((1 << place) - 1), bits >> place
    return below | (above << 1 << place if by > 0 else above >> 1 << place)
