"""The filters as a page shows them: groups of options with counts, and chips to remove."""

from typing import TYPE_CHECKING, NamedTuple

from .facets import Facet

if TYPE_CHECKING:  # a filterset hands itself to these functions
    from .filtersets import FilterSet


MOST_SHOWN, SHOWN = 24, 20  # a list of more options shows so many, and folds the others


class Option(NamedTuple):
    """A value of a facet, how many rows it has, and the address of those rows alone.

    `left` rows stay where it is excluded, at `left_url`.
    """

    value: str
    text: str
    count: int
    included: bool
    excluded: bool
    url: str
    left: int
    left_url: str


class Group(NamedTuple):
    """A facet and its options."""

    name: str
    label: str
    options: list[Option]
    is_open: bool

    @property
    def shown(self) -> list[Option]:
        """The options at first sight: all of them, unless they are many."""
        return self.options if len(self.options) <= MOST_SHOWN else self.options[:SHOWN]

    @property
    def folded(self) -> list[Option]:
        """The other options."""
        return self.options[len(self.shown) :]

    @property
    def is_unfolded(self) -> bool:
        """Whether something is chosen among the folded options."""
        return any(option.included or option.excluded for option in self.folded)


class Chip(NamedTuple):
    """A chosen filter, and the address without it."""

    text: str
    url: str


def groups(filterset: "FilterSet") -> list[Group]:
    """The facets as the page shows them, without those that have nothing to offer."""
    return [
        group(filterset, facet)
        for facet in filterset.facets.values()
        if filterset.value_counts.values.get(facet.name) and offers_more(filterset, facet)
    ]


def offers_more(filterset: "FilterSet", facet: Facet) -> bool:
    """Whether a facet, if it has a default value, has other rows than those with that value."""
    if not facet.default or any(filterset.choices[facet.name]):
        return True
    counts = filterset.value_counts
    usual = counts.ids(facet.name, facet.default)
    return any(ids != usual for _, ids in counts.values[facet.name].values())


def group(filterset: "FilterSet", facet: Facet) -> Group:
    """A facet with its options; open if something is chosen in it, or there is a choice."""
    included, excluded = filterset.choices[facet.name]
    is_narrowed = included or excluded or facet.default
    among = filterset.ids_without(facet.name) if is_narrowed else filterset.ids
    # A choice takes the place of the facet's default value.
    stay = filterset.ids if included or excluded else among
    chosen = filterset.params.getlist(facet.name)
    options = [
        Option(
            value,
            text,
            len(ids & among),
            value in included,
            value in excluded,
            filterset.address(**{facet.name: [value]}),
            len(stay - ids),
            filterset.address(**{facet.name: [*chosen, f"-{value}"]}),
        )
        for value, (text, ids) in filterset.value_counts.values[facet.name].items()
    ]
    is_open = bool(included or excluded) or sum(option.count > 0 for option in options) > 1
    return Group(facet.name, facet.label, sorted(options, key=facet.order), is_open)


def chips(filterset: "FilterSet") -> list[Chip]:
    """The chosen filters and the search, each with the address without it."""
    rows = []
    for name, facet in filterset.facets.items():
        values = filterset.params.getlist(name)
        for value in values:
            text = filterset.value_counts.text(name, value.removeprefix("-"))
            others = [other for other in values if other != value]
            rows.append(
                Chip(
                    f"{facet.label}: {'not ' if value.startswith('-') else ''}{text}",
                    filterset.address(**{name: others}),
                )
            )
    if filterset.search:
        rows.append(Chip(f"“{filterset.search.text}”", filterset.address(q=None)))
    return rows
