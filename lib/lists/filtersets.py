"""What a list page may be asked for: facets with their counts, a search, and what was wrong with the question.

A list page with facets, search, sorting and downloads is four short pieces; `findings` has the fullest example:

    # filters.py: a filter is one line
    class OrganisationFilter(FilterSet):
        def get_rows(self):
            return Organisation.objects.current(self.today).unit_first()

        def get_facets(self):
            return [
                Facet("region", "Region", "region__slug", "region__name", known=Region.objects.all()),
                Facet("kind", "Kind", "kind", choices=OrganisationKind),
                yes_or_no("coded", "Has a code", Q(ons_code__isnull=False)),
            ]

    # tables.py: a column is one line, and a download has the same
    class OrganisationTable(ListTable): …

    # views.py
    class OrganisationList(TableList):
        filter_class, table_class = OrganisationFilter, OrganisationTable
        template_name = "forces/organisation_list.html"
        title, nouns = "Forces", ("body", "bodies")

    # forces/organisation_list.html
    {% extends "tables/list.html" %}

A parameter's values are slugs. Several in one facet mean any of them, facets narrow one another, a leading hyphen
excludes, and `none` stands for rows that have no value.
"""

import re
from abc import ABC, abstractmethod
from functools import cached_property

from django.db.models import Q
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.timezone import localdate

from . import panel
from .facets import ValueCounts

SLUG = re.compile(r"[-\w]{1,100}", re.ASCII)
MOST_ERRORS = 10


def printable(text):
    """What somebody typed, fit to be named on a page: short, on one line, no control characters."""
    return Truncator("".join(char if char.isprintable() else "�" for char in text[:200])).chars(60)


class FilterSet(ABC):
    """The rows that a list page was asked for, and what was wrong with the question."""

    search_class = None
    synthetic = None  # the path that says whether a row is of a place that does not exist

    def __init__(self, params, at, other_params=(), counted=True):
        """Unless `counted`, no more is asked of the database than which rows are chosen."""
        self.at, self.today = at, localdate(at)
        self.rows = self.get_rows()
        self.facets = {facet.name: facet for facet in self.get_facets()}
        self.errors = []
        self.choices = {name: self._parse(name, params.getlist(name)) for name in self.facets}
        self.search = self._parse_search(params)
        known = {*self.facets, *other_params, *(["q"] if self.search_class else [])}
        for name in params:
            if name not in known:
                self.errors.append(f"This list knows no parameter “{printable(name)}”.")
        # A question that cannot be read is answered without counts.
        counted = counted and not self.errors
        self.value_counts = ValueCounts(
            self.rows,
            [facet for facet in self.facets.values() if counted or any(self.choices[facet.name])],
            self.search,
            self.synthetic and Q(**{self.synthetic: True}),
        )
        self._name_unknown_values()

    @abstractmethod
    def get_rows(self):
        """All rows that the public may see."""

    def get_facets(self):
        return []

    # The question

    def single(self, params, name):
        """A parameter that has one value; more than one is an error."""
        values = params.getlist(name)
        if len(values) > 1:
            self.errors.append(f"“{name}” is given more than once.")
        return values[-1] if values else ""

    def _parse(self, name, values):
        included, excluded = set(), set()
        for value in filter(None, values):
            side, value = (excluded, value[1:]) if value.startswith("-") else (included, value)
            if SLUG.fullmatch(value):
                side.add(value)
            else:
                self._name_unknown(name, value)
        return included, excluded

    def _parse_search(self, params):
        text = self.single(params, "q").strip() if self.search_class else ""
        search = self.search_class(text) if text else None
        if search and search.errors:
            self.errors += search.errors
            return None
        return search

    def _name_unknown(self, name, value):
        self.errors.append(f"{self.facets[name].label}: there is no “{printable(value)}”.")

    def _name_unknown_values(self):
        """Forgets, and names, the chosen values that do not exist; keeps those that no row has."""
        for name, (included, excluded) in self.choices.items():
            missing = (included | excluded) - set(self.value_counts.values.get(name, ()))
            if not missing:
                continue
            texts = self.facets[name].known_texts(missing)
            self.value_counts.add(name, texts)
            for value in sorted(missing - set(texts)):
                included.discard(value)
                excluded.discard(value)
                self._name_unknown(name, value)

    @property
    def can_search(self):
        return self.search_class is not None

    # The rows

    def ids_without(self, lifted=None):
        """The ids of the rows chosen, or of those chosen but for one facet."""
        ids = self.value_counts.found
        for name, (included, excluded) in self.choices.items():
            if name != lifted:
                if included:
                    ids = ids.intersection(self.value_counts.ids(name, *included))
                if excluded:
                    ids = ids.difference(self.value_counts.ids(name, *excluded))
        return ids

    @cached_property
    def ids(self):
        return self.ids_without()

    def filter_queryset(self):
        """The rows chosen."""
        return self.rows.filter(pk__in=self.ids) if self.is_filtered else self.rows

    @property
    def is_filtered(self):
        return bool(self.search) or any(map(any, self.choices.values()))

    @property
    def total(self):
        return len(self.value_counts.all)

    @property
    def count(self):
        return len(self.ids)

    @property
    def synthetic_count(self):
        """How many of the rows chosen are of places that do not exist."""
        return len(self.value_counts.synthetic & self.ids)

    # The page

    @cached_property
    def params(self):
        """The choices as parameters in one order, nothing empty."""
        params = QueryDict(mutable=True)
        for name, (included, excluded) in self.choices.items():
            if values := [*sorted(included), *(f"-{value}" for value in sorted(excluded))]:
                params.setlist(name, values)
        if self.search:
            params["q"] = self.search.text
        return params

    def address(self, **changes):
        """This page with other choices, the page number forgotten."""
        given = dict(self.params.lists()) | changes
        params = [(name, given[name]) for name in (*self.facets, "q", "sort") if given.get(name)]
        return f"?{urlencode(params, doseq=True)}" if params else "."

    def groups(self):
        return panel.groups(self)

    def chips(self):
        return panel.chips(self)

    def words(self):
        """The choices in a sentence's worth of words, for a download's head."""
        return "; ".join(chip.text for chip in self.chips()) or "none"
