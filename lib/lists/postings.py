"""Posting lists: which rows of a list have which value of each facet, a bit for each row."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils.safestring import SafeString

from .bits import Posting, bits_of, octets_of, places_of
from .facets import NONE, Facet

MOST_ORDERS = 8
MOST_ROWS = 2_000
MOST_SEARCHES = 100
# So many rows are compared at once with one whose place is sought.
PIVOTS = 100
# All rows of a list may take longer to read than a page's may.
LONGEST_READING = "300s"
# The facet, which no list has, whose value says which rows are about places that do not exist.
MARKS, SYNTHETIC = "", "synthetic"


@Field.register_lookup
class AnyOf(Lookup):
    """Whether a value is among those of a list, which the database gets as one array."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


@contextmanager
def patience() -> Iterator[None]:
    """Let the database take its time, and then no longer again."""
    set_limit = "set_config('statement_timeout', %s, true)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT current_setting('statement_timeout'), {set_limit}", [LONGEST_READING]
        )
        usual, _ = cursor.fetchone()
        yield
        cursor.execute(f"SELECT {set_limit}", [usual])


def drop_first(kept: dict, most: int) -> None:
    """Drop the oldest of what is kept, so that one more has room."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)), None)


class Postings:
    """The rows of a list, in its order, and which of them have which value of each facet.

    `ids` are their keys, and the bits of `all` stand for them in that order. `rows` has rows in
    HTML, by key, as pages have shown them; `searches` has the rows that were found for a text.
    """

    def __init__(self, rows: QuerySet, facets: list[Facet], synthetic: Q | None) -> None:
        """`synthetic` is the condition that a row is about a place that does not exist."""
        self.facets = {facet.name: facet for facet in facets}
        self.is_synthetic = synthetic
        self.orders: dict[str, array] = {}
        self.rows: dict[int, SafeString] = {}
        self.searches: dict[str, int] = {}
        with patience():
            self.ids = array("q", rows.values_list("pk", flat=True))
            self.places = array("i", [-1]) * (max(self.ids, default=0) + 1)
            self._number_from(0)
            self.values = self._no_values()
            self._add(rows)
        self._fill_in()

    def _no_values(self) -> dict[str, dict[str, Posting]]:
        return {MARKS: {SYNTHETIC: Posting("")}} | {name: {} for name in self.facets}

    def _number_from(self, start: int) -> None:
        for place in range(start, len(self.ids)):
            self.places[self.ids[place]] = place
        self.all = (1 << len(self.ids)) - 1

    def _add(self, rows: QuerySet) -> None:
        """Add the values of rows that the list has."""
        facets = list(self.facets.values())
        if self.is_synthetic:
            facets.append(Facet(MARKS, "", conditions={SYNTHETIC: ("", self.is_synthetic)}))
        parts = [part for facet in facets for part in facet.value_counts(rows)]
        first, *others = parts or [rows.none()]
        for name, value, text, ids in first.union(*others, all=True) if others else first:
            if name != MARKS:
                value, text = self.facets[name].label_value(value, text)
            bits = bits_of(map(self.places.__getitem__, ids), len(self.ids))
            known = self.values[name].get(value, Posting(text))
            self.values[name][value] = known._replace(text=text).union(bits)

    def _fill_in(self) -> None:
        """Add what no query reads: the rows that meet none of a facet's conditions."""
        for name, facet in self.facets.items():
            values = self.values[name]
            for value, (text, condition) in facet.conditions.items():
                if condition is None:
                    others = self.bits(name, *(set(facet.conditions) - {value}))
                    values[value] = Posting.of(text, self.all & ~others)
            if facet.none and values:
                values.setdefault(NONE, Posting(facet.none))

    def bits(self, name: str, *values: str) -> int:
        """The rows that have any of these values."""
        found = 0
        for value in values:
            if value in self.values[name]:
                found |= self.values[name][value].whole
        return found

    def synthetic_count(self, among: int) -> int:
        """How many of these rows are about places that do not exist."""
        return self.values[MARKS][SYNTHETIC].count(octets_of(among))

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
        # Taken out once: another thread may drop it meanwhile.
        order = self.orders.get(name)
        if order is None:
            keys = ordered().values_list("pk", flat=True)
            order = array("i", map(self.places.__getitem__, keys))
            drop_first(self.orders, MOST_ORDERS)
            self.orders[name] = order
        octets = bits.to_bytes(len(self.ids) // 8 + 1, "little")
        found, passed = [], 0
        for place in order:
            if octets[place >> 3] >> (place & 7) & 1:
                if passed >= start:
                    found.append(self.ids[place])
                passed += 1
                if passed == stop:
                    break
        return found

    def find(self, text: str, search: Callable[[], QuerySet]) -> int:
        """The rows that are found for a text, which the database is asked for once."""
        found = self.searches.get(text)
        if found is None:
            found = self.having(search().values_list("pk", flat=True))
            drop_first(self.searches, MOST_SEARCHES)
            self.searches[text] = found
        return found

    def keep_rows(self, rows: dict[int, SafeString]) -> None:
        """Keep rows in HTML; from so many on, begin again."""
        if len(self.rows) + len(rows) > MOST_ROWS:
            self.rows = {}
        self.rows |= rows

    def for_older_reader(self) -> "Postings":
        """These postings for a reader of older data, from whom nothing is kept."""
        other = copy(self)
        other.orders, other.searches, other.rows = {}, {}, {}
        return other

    def renew(self, rows: QuerySet, touched: set[int]) -> "Postings":
        """These postings after some rows changed, came or went; these here stay as they are."""
        narrowed = rows.filter(pk__in=touched)
        now = list(narrowed.values_list("pk", flat=True))
        other = self.for_older_reader()
        other.rows = {pk: row for pk, row in list(self.rows.items()) if pk not in touched}
        before = sorted(place for pk in touched if (place := self.place_of(pk)) is not None)
        for place in before:
            other._change(lambda posting, place=place: posting.without(place))
        if not self._keep_their_places(rows, now, before):
            other._take_out(before)
            other._put_in(rows, now)
        other._add(narrowed)
        for name, values in other.values.items():
            stay = self.facets[name].conditions if name else (SYNTHETIC,)
            other.values[name] = {
                value: posting for value, posting in values.items() if posting.bits or value in stay
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

    def _change(self, change: Callable[[Posting], Posting]) -> None:
        self.values = {
            name: {value: change(posting) for value, posting in values.items()}
            for name, values in self.values.items()
        }

    def _take_out(self, places: list[int]) -> None:
        """Take rows out of the list that have no value any more."""
        self.ids, self.places = self.ids[:], self.places[:]
        for place in reversed(places):
            self.places[self.ids.pop(place)] = -1
            self._change(lambda posting, place=place: posting.close_place(place))
        self._number_from(min(places, default=len(self.ids)))

    def _put_in(self, rows: QuerySet, keys: list[int]) -> None:
        """Put rows where they stand in the list, which has not had them yet."""
        for key in keys:
            place = self._place_among(rows, key)
            self.ids.insert(place, key)
            self._change(lambda posting, place=place: posting.open_place(place))
            self.places.extend([-1] * (key + 1 - len(self.places)))
            self._number_from(place)

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
