"""The filters of a list page: facets with their counts, a search, and errors in the address.

A list page with facets, search, sorting and downloads is four short pieces; `findings` has the
fullest example:

    # filters.py: a filter is one line
    class OrganisationFilter(FilterSet):
        def get_rows(self):
            return Organisation.objects.current(self.today).unit_first()

        def get_facets(self):
            return [
                Facet("region", "Region", "region__slug", "region__name"),
                Facet("kind", "Kind", "kind", choices=OrganisationKind),
                yes_or_no("coded", "Has a code", Q(ons_code__isnull=False)),
            ]

    # tables.py: a column is one line
    class OrganisationTable(ListTable): …

    # views.py
    class OrganisationList(TableList):
        filter_class, table_class = OrganisationFilter, OrganisationTable
        template_name = "forces/organisation_list.html"
        title, nouns = "Forces", ("organisation", "organisations")

        def get_download(self, filterset):  # its columns: `lib/lists/columns.py`
            return Download(Organisation.objects, organisation_columns())

    # forces/organisation_list.html
    {% extends "tables/list.html" %}

A parameter's values are slugs. Several values of one facet mean any of them; several facets mean
all of them. A leading hyphen excludes a value, and `none` stands for rows without a value.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Protocol

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.timezone import localdate

from lib.audit.models import Change
from lib.parameters import ParameterError, printable, single_value, unknown_parameters
from lib.sentences import Sentence

from . import panel
from .facets import Facet
from .freshness import postings_of
from .selections import Selection

SLUG = re.compile(r"[-\w]{1,100}", re.ASCII)


def in_order(given: Mapping[str, list[str] | str | None], names: Iterable[str]) -> str:
    """The query of an address with those of the parameters that are given, in this order."""
    return urlencode([(name, given[name]) for name in names if given.get(name)], doseq=True)


class Search(Protocol):
    """A search in a list: the rows that match, or why the text cannot be searched for."""

    text: str
    errors: list[str]

    def __init__(self, text: str) -> None: ...

    def filter(self, rows: QuerySet) -> QuerySet: ...


class FilterSet(ABC):
    """The rows that the address of a list asks for, and what is wrong with that address.

    `choices` has two sets for each facet: the values included and the values excluded. `ignored`
    are the parameters that no list knows. `moved` has, by facet, today's slugs for old ones in the
    address: these choose nothing, and the page redirects.
    """

    search_class: type[Search] | None = None
    # The path to the field that says whether a row is about a place that does not exist.
    synthetic: str | None = None
    # Parameters that say what is shown of the rows, not which: every address has them.
    kept: dict[str, str] = {}
    # What it knows in an address besides its facets and its search, each with what it says.
    own_parameters: dict[str, str] = {}

    def __init__(self, params: QueryDict, at: datetime, other_params: Iterable[str] = ()) -> None:
        self.at, self.today = at, localdate(at)
        self.postings = postings_of(self, at)
        self.facets = self.postings.facets
        # Values that exist, but that no row has.
        self.empty: dict[str, dict[str, str]] = {}
        self.errors, self.moved = [], {}
        self.choices = {name: self._parse(name, params.getlist(name)) for name in self.facets}
        self.search = self._parse_search(params)
        self.ignored = unknown_parameters(params, {*self.names, *other_params})
        self._name_unknown_values()

    @classmethod
    def select(cls, at: datetime, **choices: str | Iterable[str]) -> Selection:
        """The rows that the list has at a moment, with these parameters."""
        return Selection(cls(QueryDict(), at).postings, at).having(**choices)

    @cached_property
    def rows(self) -> QuerySet:
        return self.get_rows()

    @property
    def names(self) -> list[str]:
        """The parameters that choose among its rows, or say what is shown of them."""
        return [*self.own_parameters, *self.facets, *(["q"] if self.search_class else [])]

    @property
    def synthetic_condition(self) -> Q | None:
        return Q(**{self.synthetic: True}) if self.synthetic else None

    @abstractmethod
    def get_rows(self) -> QuerySet:
        """All rows that the public may see."""

    def get_facets(self) -> list[Facet]:
        return []

    def touched_by(self, changes: list[Change]) -> set[int] | None:
        """The keys of the rows that these changes may have changed; None if all may have."""
        return None

    # The address

    def single(self, params: QueryDict, name: str) -> str:
        """A parameter that has one value; more than one is an error."""
        return single_value(params, name, self.errors)

    def _parse(self, name: str, values: list[str]) -> tuple[set[str], set[str]]:
        included, excluded = set(), set()
        for value in filter(None, values):
            side, value = (excluded, value[1:]) if value.startswith("-") else (included, value)
            if SLUG.fullmatch(value):
                side.add(value)
            else:
                self._name_unknown(name, value)
        return included, excluded

    def _parse_search(self, params: QueryDict) -> Search | None:
        text = self.single(params, "q").strip() if self.search_class else ""
        search = self.search_class(text) if text else None
        if search and search.errors:
            self.errors += [ParameterError("q", error) for error in search.errors]
            return None
        return search

    def _name_unknown(self, name: str, value: str) -> None:
        sentence = f"{self.facets[name].label}: there is no “{printable(value)}”."
        self.errors.append(ParameterError(name, sentence))

    def _name_unknown_values(self) -> None:
        """Drop chosen values that do not exist, with an error; keep those that no row has."""
        for name, (included, excluded) in self.choices.items():
            missing = (included | excluded) - set(self.postings.values[name])
            if not missing:
                continue
            facet = self.facets[name]
            texts = facet.known_texts(missing)
            self.empty[name] = texts
            lost = missing - set(texts)
            if moved := facet.current_values(lost):
                self.moved[name] = moved
            for value in sorted(lost - set(moved)):
                included.discard(value)
                excluded.discard(value)
                self._name_unknown(name, value)

    def without_replaced(self, params: QueryDict) -> QueryDict | None:
        """These parameters with new values for those that were replaced; None if none was."""
        renewed = params.copy()
        for name, facet in self.facets.items():
            chosen = set().union(*self.choices[name])
            if not (chosen and facet.replaced and (new := facet.replaced(self.at, chosen))):
                continue
            new |= {f"-{old}": f"-{value}" for old, value in new.items()}
            values = [new.get(value, value) for value in params.getlist(name)]
            renewed.setlist(name, list(dict.fromkeys(values)))
        return renewed if renewed != params else None

    def renewed_params(self, params: QueryDict) -> QueryDict | None:
        """These parameters with what stands today for old slugs and replaced values; else None."""
        if not self.moved:
            return self.without_replaced(params)
        renewed = params.copy()
        for name, slugs in self.moved.items():
            today = slugs | {f"-{old}": f"-{new}" for old, new in slugs.items()}
            renewed.setlist(name, [today.get(value, value) for value in params.getlist(name)])
        return renewed

    @property
    def can_search(self) -> bool:
        return self.search_class is not None

    # The rows

    def bits_without(self, lifted: str | None = None) -> int:
        """The rows that match, leaving out the choices of one facet if it is named."""
        bits = self.found & self.default_bits(lifted)
        for name, (included, excluded) in self.choices.items():
            if name != lifted:
                if included:
                    bits &= self.postings.bits(name, *included)
                if excluded:
                    bits &= ~self.postings.bits(name, *excluded)
        return bits

    def default_bits(self, lifted: str | None = None) -> int:
        """The rows of a list where nothing is chosen in the facets that have a default value."""
        bits = self.postings.all
        for name, facet in self.facets.items():
            if facet.default and name != lifted and not any(self.choices[name]):
                bits &= self.postings.bits(name, facet.default)
        return bits

    @cached_property
    def found(self) -> int:
        """The rows that the search finds; all if there is none."""
        if not self.search:
            return self.postings.all
        return self.postings.find(
            self.search.text, lambda: self.search.filter(self.rows.order_by())
        )

    @cached_property
    def bits(self) -> int:
        return self.bits_without()

    def filter_queryset(self) -> QuerySet:
        """The rows that match."""
        if self.bits == self.postings.all:
            return self.rows
        return self.rows.filter(pk__any_of=self.postings.keys(self.bits))

    @property
    def is_filtered(self) -> bool:
        return bool(self.search) or any(map(any, self.choices.values()))

    @property
    def total(self) -> int:
        return self.default_bits().bit_count()

    @cached_property
    def count(self) -> int:
        return self.bits.bit_count()

    @property
    def synthetic_count(self) -> int:
        """How many of the rows that match are about places that do not exist."""
        return self.postings.synthetic_count(self.bits)

    def text(self, name: str, value: str) -> str:
        """What a page calls a value of a facet."""
        known = self.postings.values[name].get(value)
        return known.text if known else self.empty[name][value]

    # The page

    def notes(self) -> list[Sentence]:
        """What a reader should know about the choices, above the rows."""
        return []

    @cached_property
    def params(self) -> QueryDict:
        """The choices as parameters, always in the same order, without empty ones."""
        params = QueryDict(mutable=True)
        params.update(self.kept)
        for name, (included, excluded) in self.choices.items():
            if values := [*sorted(included), *(f"-{value}" for value in sorted(excluded))]:
                params.setlist(name, values)
        if self.search:
            params["q"] = self.search.text
        return params

    @property
    def _names(self) -> tuple[str, ...]:
        """The parameters of this list, in the order in which an address has them."""
        return (*self.kept, *self.facets, "q", "sort", "boxes")

    def address(self, **changes: list[str] | str | None) -> str:
        """The address of this list with other choices, from its first page."""
        query = in_order(dict(self.params.lists()) | changes, self._names)
        return f"?{query}" if query else "."

    def address_around(self, name: str) -> tuple[str, str]:
        """What stands before and after a parameter in the address of this list with one value."""
        given, place = dict(self.params.lists()), self._names.index(name)
        before = in_order(given, self._names[:place])
        after = in_order(given, self._names[place + 1 :])
        return f"?{before}&" if before else "?", f"&{after}" if after else ""

    def groups(self) -> list[panel.Group]:
        return panel.groups(self)

    def chips(self) -> list[panel.Chip]:
        return panel.chips(self)

    def words(self) -> str:
        """The choices in words, for the head of a download."""
        return "; ".join(chip.text for chip in self.chips()) or "none"
