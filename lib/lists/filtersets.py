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

    # tables.py: a column is one line, and a download has the same
    class OrganisationTable(ListTable): …

    # views.py
    class OrganisationList(TableList):
        filter_class, table_class = OrganisationFilter, OrganisationTable
        template_name = "forces/organisation_list.html"
        title, nouns = "Forces", ("organisation", "organisations")

    # forces/organisation_list.html
    {% extends "tables/list.html" %}

A parameter's values are slugs. Several values of one facet mean any of them; several facets mean
all of them. A leading hyphen excludes a value, and `none` stands for rows without a value.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Protocol

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.timezone import localdate

from lib.parameters import printable, single_value, unknown_parameters
from lib.sentences import Sentence

from . import panel
from .facets import Facet, ValueCounts

SLUG = re.compile(r"[-\w]{1,100}", re.ASCII)
MOST_ERRORS = 10


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

    def __init__(
        self,
        params: QueryDict,
        at: datetime,
        other_params: Iterable[str] = (),
        counted: bool = True,
    ) -> None:
        """Without `counted`, the values of facets that nobody chose are not counted."""
        self.at, self.today = at, localdate(at)
        self.rows = self.get_rows()
        self.facets = {facet.name: facet for facet in self.get_facets()}
        self.errors, self.moved = [], {}
        self.choices = {name: self._parse(name, params.getlist(name)) for name in self.facets}
        self.search = self._parse_search(params)
        known = {*self.facets, *other_params, *(["q"] if self.search_class else [])}
        self.ignored = unknown_parameters(params, known)
        # No counts for an address with errors: its page shows only these.
        counted = counted and not self.errors
        self.value_counts = ValueCounts(
            self.rows,
            [
                facet
                for facet in self.facets.values()
                if counted or facet.default or any(self.choices[facet.name])
            ],
            self.search,
            self.synthetic and Q(**{self.synthetic: True}),
        )
        self._name_unknown_values()

    @abstractmethod
    def get_rows(self) -> QuerySet:
        """All rows that the public may see."""

    def get_facets(self) -> list[Facet]:
        return []

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
            self.errors += search.errors
            return None
        return search

    def _name_unknown(self, name: str, value: str) -> None:
        self.errors.append(f"{self.facets[name].label}: there is no “{printable(value)}”.")

    def _name_unknown_values(self) -> None:
        """Drop chosen values that do not exist, with an error; keep those that no row has."""
        for name, (included, excluded) in self.choices.items():
            missing = (included | excluded) - set(self.value_counts.values.get(name, ()))
            if not missing:
                continue
            facet = self.facets[name]
            texts = facet.known_texts(missing)
            self.value_counts.add(name, texts)
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
            if not (chosen and facet.replaced and (new := facet.replaced(chosen))):
                continue
            new |= {f"-{old}": f"-{value}" for old, value in new.items()}
            values = [new.get(value, value) for value in params.getlist(name)]
            renewed.setlist(name, list(dict.fromkeys(values)))
        return renewed if renewed != params else None

    @property
    def can_search(self) -> bool:
        return self.search_class is not None

    # The rows

    def ids_without(self, lifted: str | None = None) -> frozenset[int]:
        """The ids of the rows that match, leaving out the choices of one facet if it is named."""
        ids = self.value_counts.found & self.default_ids(lifted)
        for name, (included, excluded) in self.choices.items():
            if name != lifted:
                if included:
                    ids = ids.intersection(self.value_counts.ids(name, *included))
                if excluded:
                    ids = ids.difference(self.value_counts.ids(name, *excluded))
        return ids

    def default_ids(self, lifted: str | None = None) -> frozenset[int]:
        """The rows of a list where nothing is chosen in the facets that have a default value."""
        ids = self.value_counts.all
        for name, facet in self.facets.items():
            if facet.default and name != lifted and not any(self.choices[name]):
                ids = ids & self.value_counts.ids(name, facet.default)
        return ids

    @cached_property
    def ids(self) -> frozenset[int]:
        return self.ids_without()

    def filter_queryset(self) -> QuerySet:
        """The rows that match."""
        all_match = len(self.ids) == len(self.value_counts.all)
        return self.rows if all_match else self.rows.filter(pk__in=self.ids)

    @property
    def is_filtered(self) -> bool:
        return bool(self.search) or any(map(any, self.choices.values()))

    @property
    def total(self) -> int:
        return len(self.default_ids())

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def synthetic_count(self) -> int:
        """How many of the rows that match are about places that do not exist."""
        return len(self.value_counts.synthetic & self.ids)

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

    def address(self, **changes: list[str] | str | None) -> str:
        """The address of this list with other choices, from its first page."""
        given = dict(self.params.lists()) | changes
        names = (*self.kept, *self.facets, "q", "sort", "boxes")
        params = [(name, given[name]) for name in names if given.get(name)]
        return f"?{urlencode(params, doseq=True)}" if params else "."

    def groups(self) -> list[panel.Group]:
        return panel.groups(self)

    def chips(self) -> list[panel.Chip]:
        return panel.chips(self)

    def words(self) -> str:
        """The choices in words, for the head of a download."""
        return "; ".join(chip.text for chip in self.chips()) or "none"
