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


class Postings:
    """The rows of a list, in its order, and which of them have which value of each facet.

    `ids` are their keys; the bits of `all`, of `synthetic` and of each value stand for the rows in
    that order. `rows` has rows in HTML, by key, as pages have shown them.
    """

    def __init__(self, rows: QuerySet, facets: list[Facet], synthetic: Q | None) -> None:
        """`synthetic` is the condition that a row is about a place that does not exist."""
        self.facets = {facet.name: facet for facet in facets}
        self.is_synthetic = synthetic
        self.values: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in self.facets}
        self.orders: dict[str, array] = {}
        self.rows: dict[int, SafeString] = {}
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
            while len(self.orders) >= MOST_ORDERS:
                self.orders.pop(next(iter(self.orders)), None)
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

    def keep_rows(self, rows: dict[int, SafeString]) -> None:
        """Keep rows in HTML; from so many on, begin again."""
        if len(self.rows) + len(rows) > MOST_ROWS:
            self.rows = {}
        self.rows |= rows

    def renewed(self, rows: QuerySet, touched: set[int]) -> "Postings | None":
        """These postings after changes of some rows; None if rows came, went or changed places."""
        narrowed = rows.filter(pk__in=touched)
        known = {pk for pk in touched if pk < len(self.places) and self.places[pk] >= 0}
        if set(narrowed.order_by().values_list("pk", flat=True)) != known:
            return None
        order = [self.places[pk] for pk in narrowed.values_list("pk", flat=True)]
        if order != sorted(order) or not self._keep_their_neighbours(rows, order):
            return None
        other = object.__new__(Postings)
        shown = {pk: row for pk, row in list(self.rows.items()) if pk not in touched}
        other.__dict__ |= self.__dict__ | {"orders": {}, "rows": shown}
        cleared = ~bits_of(order, len(self.ids))
        other.values = {
            name: {value: (text, bits & cleared) for value, (text, bits) in values.items()}
            for name, values in self.values.items()
        }
        other.synthetic &= cleared
        for name, value, text, ids in self._read(narrowed):
            bits = bits_of((self.places[pk] for pk in ids), len(self.ids))
            if name:
                _, others = other.values[name].get(value, ("", 0))
                other.values[name][value] = text, others | bits
            else:
                other.synthetic |= bits
        for name, values in other.values.items():
            facet = self.facets[name]
            other.values[name] = {
                value: (text, bits)
                for value, (text, bits) in values.items()
                if bits or value in facet.conditions
            }
        other._fill_in()
        return other

    def _keep_their_neighbours(self, rows: QuerySet, order: list[int]) -> bool:
        """Whether rows still stand in the list between those between which they stood."""
        around = {place + step for place in order for step in (-1, 0, 1)}
        keys = [self.ids[place] for place in sorted(around) if 0 <= place < len(self.ids)]
        return keys == list(rows.filter(pk__in=keys).values_list("pk", flat=True))


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
                postings = touched and postings.renewed(rows, touched)
                postings = postings or Postings(
                    rows, filterset.get_facets(), filterset.synthetic_condition
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
