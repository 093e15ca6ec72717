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
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.timezone import localdate

NONE = "none"
SLUG = re.compile(r"[-\w]{1,100}", re.ASCII)
MOST_PROBLEMS = 10


def printable(text):
    """What somebody typed, fit to be named on a page: short, on one line, no control characters."""
    return Truncator("".join(char if char.isprintable() else "�" for char in text[:200])).chars(60)


class Facet:
    """One way to narrow a list: a parameter, and how each of its values is read from a row.

    `value` and `text` are paths or expressions; `none` is what rows without a value are called, where there can be such.
    `choices` is the scale or kind that `value` holds, else `known` are the objects that a value may name although no row
    has it. `conditions` are further values, each with its text and a `Q`.
    """

    def __init__(
        self,
        name,
        label,
        value=None,
        text=None,
        *,
        choices=None,
        known=None,
        none=None,
        conditions=None,
    ):
        self.name, self.label = name, label
        self.value, self.text = value, text or value
        self.choices = {
            str(choice.value): (choice.slug, str(choice.label)) for choice in choices or ()
        }
        self.known, self.none = known, none
        self.conditions = conditions or {}

    def held(self, rows):
        """Queries of (facet, value, text, ids of the rows that have it), to be joined into one."""
        parts = [
            rows.filter(condition).annotate(facet_value=Value(value), facet_text=Value(text))
            for value, (text, condition) in self.conditions.items()
        ]
        if self.value is not None:
            text = TextField()
            parts.append(
                rows.annotate(facet_value=Cast(self.value, text), facet_text=Cast(self.text, text))
            )
        return [
            part.order_by()
            .annotate(facet=Value(self.name))
            .values_list("facet", "facet_value", "facet_text")
            .annotate(facet_ids=ArrayAgg("pk", default=Value([])))
            for part in parts
        ]

    def read(self, value, text):
        """What the database calls a value, as (value, text) of a page."""
        if value is None:
            return NONE, self.none
        return self.choices.get(value, (value, text))

    def known_texts(self, values):
        """The texts of those values that exist, whether or not any row has them."""
        possible = dict(self.choices.values()) | {
            value: text for value, (text, _) in self.conditions.items()
        }
        if self.none:
            possible.setdefault(NONE, self.none)
        if self.known is not None and (others := set(values) - set(possible)):
            possible |= {row.slug: str(row) for row in self.known.filter(slug__in=others)}
        return {value: possible[value] for value in values if value in possible}

    def order(self, option):
        """Choices in their own order, the rest by their text, `none` last."""
        slugs = [*self.conditions, *(slug for slug, _ in self.choices.values())]
        place = slugs.index(option.value) if option.value in slugs else len(slugs)
        return option.value == NONE, place, option.text.lower()


def yes_or_no(name, label, condition):
    """A facet of two values: rows of which a condition holds, and the others."""
    return Facet(name, label, conditions={"yes": ("yes", condition), "no": ("no", ~condition)})


class Option(NamedTuple):
    """A facet's value on the page: how many rows it would give, and where its links lead."""

    value: str
    text: str
    count: int
    included: bool
    excluded: bool
    url: str
    exclude_url: str


class Group(NamedTuple):
    """A facet on the page."""

    name: str
    label: str
    options: list[Option]
    is_open: bool


class Chip(NamedTuple):
    """A choice that was made, and the address without it."""

    text: str
    url: str


class FilterSet(ABC):
    """The rows that a list page was asked for, what else it could be asked for, and what was wrong with the question."""

    search_class = None
    synthetic = None  # the path that says whether a row is made up, for a place that does not exist

    def __init__(self, params, at, other_params=(), counted=True):
        """Unless `counted`, no more is asked of the database than which rows are chosen."""
        self.at, self.today = at, localdate(at)
        self.rows = self.get_rows()
        self.facets = {facet.name: facet for facet in self.get_facets()}
        self.errors = []
        self.chosen = {name: self._read(name, params.getlist(name)) for name in self.facets}
        text = self.single(params, "q").strip() if self.search_class else ""
        self.search = self.search_class(text) if text else None
        if self.search and self.search.errors:
            self.errors += self.search.errors
            self.search = None
        for name in params:
            if (
                name not in self.facets
                and name not in other_params
                and not (name == "q" and self.search_class)
            ):
                self.errors.append(f"This list knows no parameter “{printable(name)}”.")
        counted = (
            counted and not self.errors
        )  # a question that cannot be read is answered without counts
        self.held = self._held(
            [facet for name, facet in self.facets.items() if counted or any(self.chosen[name])]
        )
        self._name_unknown_values()

    @abstractmethod
    def get_rows(self):
        """All rows that the public may see."""

    def get_facets(self):
        return []

    def single(self, params, name):
        """A parameter that has one value; more than one is a problem."""
        values = params.getlist(name)
        if len(values) > 1:
            self.errors.append(f"“{name}” is given more than once.")
        return values[-1] if values else ""

    def _read(self, name, values):
        included, excluded = set(), set()
        for value in filter(None, values):
            chosen, value = (excluded, value[1:]) if value.startswith("-") else (included, value)
            if SLUG.fullmatch(value):
                chosen.add(value)
            else:
                self._name_unknown(name, value)
        return included, excluded

    def _name_unknown(self, name, value):
        self.errors.append(f"{self.facets[name].label}: there is no “{printable(value)}”.")

    def _name_unknown_values(self):
        """Forgets, and names, the chosen values that do not exist; keeps the texts of those that no row has."""
        for name, (included, excluded) in self.chosen.items():
            if missing := (included | excluded) - set(self.held.get(name, ())):
                texts = self.facets[name].known_texts(missing)
                self.held.setdefault(name, {}).update(
                    {value: (text, frozenset()) for value, text in texts.items()}
                )
                for value in sorted(missing - set(texts)):
                    included.discard(value)
                    excluded.discard(value)
                    self._name_unknown(name, value)

    @property
    def can_search(self):
        return self.search_class is not None

    # Rows

    def _held(self, facets):
        """By facet and value: its text and the ids of the rows that have it, chosen or not; all in one query.

        Under "": all rows, those that a search finds, and those that are made up.
        """
        parts = Facet("", "", conditions={"all": ("", Q())}).held(self.rows)
        if self.synthetic:
            parts += Facet("", "", conditions={"made up": ("", Q(**{self.synthetic: True}))}).held(
                self.rows
            )
        if self.search:
            parts += Facet("", "", conditions={"found": ("", Q())}).held(
                self.search.filter(self.rows)
            )
        for facet in facets:
            parts += facet.held(self.rows)
        held = {}
        for name, value, text, ids in parts[0].union(*parts[1:], all=True):
            value, text = self.facets[name].read(value, text) if name else (value, text)
            held.setdefault(name, {})[value] = text, frozenset(ids)
        for facet in facets:
            if facet.none and facet.name in held:
                held[facet.name].setdefault(NONE, (facet.none, frozenset()))
        return held

    def _ids(self, lifted=None):
        """The ids of the rows chosen, or of those chosen but for one facet."""
        _, ids = self.held[""]["found" if self.search else "all"]
        for name, (included, excluded) in self.chosen.items():
            if name != lifted:
                if included:
                    ids = ids.intersection(self._with(name, included))
                ids = ids.difference(self._with(name, excluded))
        return ids

    def _with(self, name, values):
        return frozenset().union(*(self.held[name][value][1] for value in values))

    @cached_property
    def ids(self):
        return self._ids()

    def filter_queryset(self):
        """The rows chosen."""
        return self.rows.filter(pk__in=self.ids) if self.is_narrowed else self.rows

    @property
    def is_narrowed(self):
        return bool(self.search) or any(
            included or excluded for included, excluded in self.chosen.values()
        )

    @property
    def total(self):
        return len(self.held[""]["all"][1])

    @property
    def count(self):
        return len(self.ids)

    @property
    def synthetic_count(self):
        """How many of the rows chosen are of places that do not exist."""
        return len(self.held[""]["made up"][1] & self.ids) if self.synthetic else 0

    # Addresses and words

    @cached_property
    def params(self):
        """The choices as parameters in one order, nothing empty."""
        params = QueryDict(mutable=True)
        for name, (included, excluded) in self.chosen.items():
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
        """The facets as the page shows them; a value can always be taken away again."""
        return [self._group(facet) for facet in self.facets.values() if self.held.get(facet.name)]

    def _group(self, facet):
        included, excluded = self.chosen[facet.name]
        among = self._ids(lifted=facet.name) if included or excluded else self.ids
        options = [
            Option(
                value,
                text,
                len(ids & among),
                value in included,
                value in excluded,
                self.address(**{facet.name: [value]}),
                self.address(
                    **{
                        facet.name: [
                            *sorted(included - {value}),
                            *(f"-{v}" for v in sorted(excluded | {value})),
                        ]
                    }
                ),
            )
            for value, (text, ids) in self.held[facet.name].items()
        ]
        is_open = bool(included or excluded) or sum(option.count > 0 for option in options) > 1
        return Group(facet.name, facet.label, sorted(options, key=facet.order), is_open)

    def chips(self):
        """The choices made, each with the address without it."""
        chips = [
            Chip(
                f"{facet.label}: {'not ' if given.startswith('-') else ''}{self.held[name][given.removeprefix('-')][0]}",
                self.address(
                    **{name: [value for value in self.params.getlist(name) if value != given]}
                ),
            )
            for name, facet in self.facets.items()
            for given in self.params.getlist(name)
        ]
        if self.search:
            chips.append(Chip(f"“{self.search.text}”", self.address(q=None)))
        return chips

    def words(self):
        """The choices in a sentence's worth of words, for a download's head."""
        return "; ".join(chip.text for chip in self.chips()) or "none"
