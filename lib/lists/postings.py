"""Posting lists: which rows of a list have which value of each facet, a bit for each row.

They are kept in the process, and true for one version of the data and one day. Once something
changed, only the rows that the audit trail names are read anew, if the list knows which these are.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Field, Lookup, Q, QuerySet
from django.utils.safestring import SafeString

from lib.audit.conflicts import Version
from lib.audit.data_version import DataVersion, Reading, versions
from lib.audit.models import Change

from .facets import NONE, Facet

if TYPE_CHECKING:  # a filterset asks for its own postings
    from .filtersets import FilterSet

# From so many changes on, all rows are read anew.
MOST_CHANGES = 300
MOST_TOUCHED = 1_000
MOST_KEPT = 32
MOST_ORDERS = 8
MOST_ROWS = 2_000
MOST_SEARCHES = 100
# So many rows are compared at once with one whose place is sought.
PIVOTS = 100
BLOCK = 512  # bytes that are looked through at once for a page's rows


@Field.register_lookup
class AnyOf(Lookup):
    """One of many values, which are handed to the database as one array."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]


def bits_of(places: Iterable[int], size: int) -> int:
    """A number whose bits are set at these places, which are below a size."""
    octets = bytearray(size // 8 + 1)
    for place in places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


def places_of(bits: int, start: int = 0, stop: int | None = None) -> Iterator[int]:
    """The places of the set bits from the `start`th to before the `stop`th."""
    octets = bits.to_bytes(bits.bit_length() // 8 + 1, "little")
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


def shifted(bits: int, place: int, by: int) -> int:
    """Bits, of which those from a place on have moved up by one place, or down where it is -1."""
    below, above = bits & ((1 << place) - 1), bits >> place
    return below | (above << 1 << place if by > 0 else above >> 1 << place)


def drop_first(kept: dict, most: int) -> None:
    """Drop the oldest of what is kept, so that one more has room."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)), None)


class Postings:
    """The rows of a list, in its order, and which of them have which value of each facet.

    `ids` are their keys; the bits of `all`, of `synthetic` and of each value stand for the rows in
    that order. `rows` has rows in HTML, by key, as pages have shown them; `searches` has the rows
    that were found for a text.
    """

    def __init__(self, rows: QuerySet, facets: list[Facet], synthetic: Q | None) -> None:
        """`synthetic` is the condition that a row is about a place that does not exist."""
        self.facets = {facet.name: facet for facet in facets}
        self.is_synthetic = synthetic
        self.values: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in self.facets}
        self.orders: dict[str, array] = {}
        self.rows: dict[int, SafeString] = {}
        self.searches: dict[str, int] = {}
        self._number(array("q", rows.values_list("pk", flat=True)))
        self.synthetic = 0
        for name, value, text, ids in self._read(rows):
            bits = bits_of(map(self.places.__getitem__, ids), len(self.ids))
            if name:
                self.values[name][value] = text, bits
            else:
                self.synthetic = bits
        self._fill_in()

    def _number(self, ids: array) -> None:
        self.ids = ids
        self.places = array("i", [-1]) * (max(ids, default=0) + 1)
        for place, pk in enumerate(ids):
            self.places[pk] = place
        self.all = (1 << len(ids)) - 1

    def _read(self, rows: QuerySet) -> Iterator[tuple[str, str, str, list[int]]]:
        """Each facet and value, its text, and the ids of those of these rows that have it."""
        parts = [part for facet in self.facets.values() for part in facet.value_counts(rows)]
        if self.is_synthetic:
            marked = Facet("", "", conditions={"synthetic": ("", self.is_synthetic)})
            parts += marked.value_counts(rows)
        if not parts:
            return
        first, *others = parts
        for name, value, text, ids in first.union(*others, all=True) if others else first:
            if name:
                value, text = self.facets[name].label_value(value, text)
            yield name, value, text, ids

    def _fill_in(self) -> None:
        """Add what no query reads: the rows that meet none of a facet's conditions."""
        for name, facet in self.facets.items():
            values = self.values[name]
            for value, (text, condition) in facet.conditions.items():
                if condition is None:
                    others = self.bits(name, *(set(facet.conditions) - {value}))
                    values[value] = text, self.all & ~others
            if facet.none and values:
                values.setdefault(NONE, (facet.none, 0))

    def bits(self, name: str, *values: str) -> int:
        """The rows that have any of these values."""
        found = 0
        for value in values:
            found |= self.values[name].get(value, ("", 0))[1]
        return found

    def having(self, ids: Iterable[int]) -> int:
        """The rows with these keys, leaving out those that the list does not have."""
        known = len(self.places)
        places = (self.places[pk] for pk in ids if pk < known)
        return bits_of((place for place in places if place >= 0), len(self.ids))

    def keys(self, bits: int, start: int = 0, stop: int | None = None) -> list[int]:
        """The keys of rows in the list's order, from the `start`th to before the `stop`th."""
        return [self.ids[place] for place in places_of(bits, start, stop)]

    def ordered_keys(
        self, name: str, ordered: Callable[[], QuerySet], bits: int, start: int, stop: int
    ) -> list[int]:
        """The same in another order, which is read from the database once and then kept."""
        if name not in self.orders:
            drop_first(self.orders, MOST_ORDERS)
            keys = ordered().values_list("pk", flat=True)
            self.orders[name] = array("i", map(self.places.__getitem__, keys))
        octets = bits.to_bytes(len(self.ids) // 8 + 1, "little")
        found, passed = [], 0
        for place in self.orders[name]:
            if octets[place >> 3] >> (place & 7) & 1:
                if passed >= start:
                    found.append(self.ids[place])
                passed += 1
                if passed == stop:
                    break
        return found

    def found(self, text: str, search: Callable[[], QuerySet]) -> int:
        """The rows that are found for a text, which the database is asked for once."""
        if text not in self.searches:
            drop_first(self.searches, MOST_SEARCHES)
            self.searches[text] = self.having(search().values_list("pk", flat=True))
        return self.searches[text]

    def keep_rows(self, rows: dict[int, SafeString]) -> None:
        """Keep rows in HTML; from so many on, begin again."""
        if len(self.rows) + len(rows) > MOST_ROWS:
            self.rows = {}
        self.rows |= rows

    def renewed(self, rows: QuerySet, touched: set[int]) -> "Postings":
        """These postings after some rows changed, came or went; these here stay as they are."""
        narrowed = rows.filter(pk__in=touched)
        now = list(narrowed.values_list("pk", flat=True))
        other = object.__new__(Postings)
        shown = {pk: row for pk, row in list(self.rows.items()) if pk not in touched}
        other.__dict__ |= self.__dict__ | {"orders": {}, "searches": {}, "rows": shown}
        before = sorted(place for pk in touched if (place := self.place_of(pk)) is not None)
        stay = self._keep_their_places(rows, now, before)
        other._clear(before, shut=not stay)
        if not stay:
            other._insert(rows, now)
        for name, value, text, ids in self._read(narrowed):
            bits = bits_of((other.places[pk] for pk in ids), len(other.ids))
            if name:
                _, others = other.values[name].get(value, ("", 0))
                other.values[name][value] = text, others | bits
            else:
                other.synthetic |= bits
        for name, values in other.values.items():
            conditions = self.facets[name].conditions
            other.values[name] = {
                value: found for value, found in values.items() if found[1] or value in conditions
            }
        other._fill_in()
        return other

    def place_of(self, pk: int) -> int | None:
        place = self.places[pk] if pk < len(self.places) else -1
        return None if place < 0 else place

    def _keep_their_places(self, rows: QuerySet, now: list[int], before: list[int]) -> bool:
        """Whether the rows in these places are still those, and stand between the same others."""
        if now != [self.ids[place] for place in before]:
            return False
        around = {place + step for place in before for step in (-1, 0, 1)}
        keys = [self.ids[place] for place in sorted(around) if 0 <= place < len(self.ids)]
        return keys == list(rows.filter(pk__in=keys).values_list("pk", flat=True))

    def _move_bits(self, move: Callable[[int], int]) -> None:
        self.synthetic = move(self.synthetic)
        self.values = {
            name: {value: (text, move(bits)) for value, (text, bits) in values.items()}
            for name, values in self.values.items()
        }

    def _clear(self, places: list[int], shut: bool) -> None:
        """Take the bits of these places away; `shut`: and the rows too, without leaving a gap."""
        cleared = ~bits_of(places, len(self.ids))
        self._move_bits(lambda bits: bits & cleared)
        if not shut:
            return
        self.ids, self.places = self.ids[:], self.places[:]
        for place in reversed(places):
            self.places[self.ids.pop(place)] = -1
            self._move_bits(lambda bits, place=place: shifted(bits, place, -1))
        self._number_from(min(places, default=len(self.ids)))

    def _insert(self, rows: QuerySet, keys: list[int]) -> None:
        """Put rows where they stand in the list, which has not had them yet."""
        for key in keys:
            place = self._place_among(rows, key)
            self.ids.insert(place, key)
            self._move_bits(lambda bits, place=place: shifted(bits, place, 1))
            self.places.extend([-1] * (key + 1 - len(self.places)))
            self._number_from(place)

    def _number_from(self, start: int) -> None:
        for place in range(start, len(self.ids)):
            self.places[self.ids[place]] = place
        self.all = (1 << len(self.ids)) - 1

    def _place_among(self, rows: QuerySet, key: int) -> int:
        """How many of the list's rows stand before one that is not among them."""
        low, high = 0, len(self.ids)
        while low < high:
            step = (high - low) // PIVOTS + 1
            pivots = {self.ids[place]: place for place in range(low, high, step)}
            asked = rows.filter(pk__in=[*pivots, key])
            order = list(asked.values_list("pk", flat=True))
            before = order.index(key)
            if before:
                low = pivots[order[before - 1]] + 1
            high = pivots[order[before + 1]] if before + 1 < len(order) else high
            if not before:
                return low
        return low


class Kept:
    """Postings as a process keeps them, with the version of the data that they are true for."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.version: DataVersion | None = None
        self.seen = Version()
        self.settled = 0
        self.postings: Postings | None = None

    def read(self, filterset: "FilterSet", reading: Reading) -> Postings:
        """The postings for a version, renewed or made if they are of another."""
        with self.lock:
            if self.is_true_for(reading.version):
                return self.postings
            touched = self._touched(filterset, reading.version)
            # Seen before the rows are read: what is written meanwhile is read twice, never missed.
            seen = Change.objects.version()
            postings = self.postings
            if touched is None or touched:
                rows = filterset.rows
                postings = (
                    postings.renewed(rows, touched)
                    if touched
                    else Postings(rows, filterset.get_facets(), filterset.synthetic_condition)
                )
            self.version, self.settled = reading.version, reading.settled_up_to
            self.seen, self.postings = seen, postings
            return postings

    def is_true_for(self, version: DataVersion) -> bool:
        """Whether they are of this version, or of a later one, which a slower reader may see too.

        A transaction that writes may take back what it wrote, and begins again at each change.
        """
        if self.version is None or version.writer:
            return self.version == version
        newer = self.version
        return version.changes <= newer.changes and version == newer._replace(
            changes=version.changes
        )

    def _touched(self, filterset: "FilterSet", version: DataVersion) -> set[int] | None:
        """The keys of the rows that may have changed; None if all may have."""
        before = self.version
        if before is None or before._replace(changes=version.changes) != version:
            return None
        if before.changes > version.changes:
            return None
        changes = Change.objects.filter(pk__gt=self.settled).unseen(self.seen).order_by()
        changes = list(changes.order_by("pk")[: MOST_CHANGES + 1])
        if len(changes) > MOST_CHANGES:
            return None
        touched = filterset.touched_by(changes)
        return touched if touched is not None and len(touched) <= MOST_TOUCHED else None


_kept: dict[tuple, Kept] = {}
_lock = Lock()


def postings_of(filterset: "FilterSet", at: datetime) -> Postings:
    """The postings of a list for the data as this transaction sees them."""
    reading = versions.current(at)
    key = type(filterset), connection.settings_dict["NAME"], tuple(filterset.kept.items())
    with _lock:
        kept = _kept.pop(key, None) or Kept()
        # The one asked for last stands last.
        _kept[key] = kept
        while len(_kept) > MOST_KEPT:
            del _kept[next(iter(_kept))]
    return kept.read(filterset, reading)


def forget() -> None:
    """Begin again, as in a new process."""
    _kept.clear()
