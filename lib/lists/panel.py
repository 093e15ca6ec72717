"""The filters as a page shows them: groups of options with counts, and chips to remove."""

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote as quote_anew

from django.utils.safestring import SafeString, mark_safe

from .bits import octets_of
from .facets import Facet

if TYPE_CHECKING:  # a filterset hands itself to these functions
    from .filtersets import FilterSet


BOX = (
    '<label><input type="checkbox" name="{name}" value="{value}" id="{key}"{checked}>'
    " {text}</label>"
)
COUNT = (
    ' <a class="count" href="{url}" data-count="{count}" aria-label="{count}, {which} {text}">'
    "{count}</a>"
)
NOUGHT = '<li><label><input type="checkbox" disabled> {text}</label>{count}</li>'
MOST_SHOWN, SHOWN = 24, 20  # a list of more options shows so many, and folds the others
MOST_OFFERED = 300  # of more options, those with the most rows

# A page offers the same values as the others.
quote = lru_cache(maxsize=10_000)(quote_anew)


class Option(NamedTuple):
    """A value of a facet, how many rows it has, and the address of those rows alone.

    Where a box leaves its value out, `left` rows stay without it, and the address is theirs.
    """

    value: str
    text: str
    count: int
    included: bool
    excluded: bool
    url: str
    left: int | None = None


class Group(NamedTuple):
    """A facet and its options."""

    name: str
    label: str
    options: list[Option]
    is_open: bool
    is_excluding: bool
    left_out: int = 0

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

    @property
    def boxes(self) -> SafeString:
        """The options at first sight as a page shows them, each a box and a link to its rows.

        There may be hundreds: a template would take most of a page's time for them.
        """
        return self._in_html(self.shown)

    @property
    def folded_boxes(self) -> SafeString:
        """The other options as a page shows them."""
        return self._in_html(self.folded)

    def _in_html(self, options: list[Option]) -> SafeString:
        boxes = (box(self.name, option, self.is_excluding) for option in options)
        return mark_safe("\n".join(boxes))  # noqa: S308 (escaped as each is made)


def box(name: str, option: Option, is_excluding: bool) -> str:
    """An option in HTML: its box includes the value, or leaves it out where `is_excluding`."""
    text, key = escape(option.text), escape(f"{name}-{option.value}")
    if not (option.excluded or option.included or option.count):
        count = "" if is_excluding else ' <span class="count">0</span>'
        return NOUGHT.format(text=text, count=count)
    leaves_out = option.excluded or (is_excluding and not option.included)
    label = BOX.format(
        name=name,
        value=f"{'-' if leaves_out else ''}{escape(option.value)}",
        key=key,
        checked=" checked" if option.excluded or option.included else "",
        text=f"{'not ' if leaves_out else ''}{text}",
    )
    if option.excluded:
        return f"<li>{label}</li>"
    which, count = ("without", option.left) if leaves_out else ("only", option.count)
    link = COUNT.format(url=escape(option.url), count=count, which=which, text=text)
    return f"<li>{label}{link}</li>"


class Chip(NamedTuple):
    """A chosen filter, and the address without it."""

    text: str
    url: str


def groups(filterset: "FilterSet") -> list[Group]:
    """The facets as the page shows them, without those that have nothing to offer."""
    return [
        group(filterset, facet)
        for facet in filterset.facets.values()
        if (filterset.postings.values[facet.name] or filterset.empty.get(facet.name))
        and offers_more(filterset, facet)
    ]


def offers_more(filterset: "FilterSet", facet: Facet) -> bool:
    """Whether a facet, if it has a default value, has other rows than those with that value."""
    if not facet.default or any(filterset.choices[facet.name]):
        return True
    usual = filterset.postings.bits(facet.name, facet.default)
    return any(posting.whole != usual for posting in filterset.postings.values[facet.name].values())


def group(filterset: "FilterSet", facet: Facet) -> Group:
    """A facet with its options; open if something is chosen in it, or there is a choice."""
    included, excluded = filterset.choices[facet.name]
    is_narrowed = included or excluded or facet.default
    among = filterset.bits_without(facet.name) if is_narrowed else filterset.bits
    octets = octets_of(among)
    counts = {
        value: (posting.text, posting.count(octets))
        for value, posting in filterset.postings.values[facet.name].items()
    }
    counts |= {value: (text, 0) for value, text in filterset.empty.get(facet.name, {}).items()}
    offered = dict(
        sorted(
            counts.items(),
            key=lambda one: (one[0] in included or one[0] in excluded, one[1][1]),
            reverse=True,
        )[:MOST_OFFERED]
    )
    before, after = filterset.address_around(facet.name)
    options = [
        Option(
            value,
            text,
            count,
            value in included,
            value in excluded,
            f"{before}{facet.name}={quote(value)}{after}",
        )
        for value, (text, count) in offered.items()
    ]
    is_excluding, left_out = "boxes" in filterset.params, len(counts) - len(offered)
    if is_excluding:
        options = [without(filterset, facet, option, among) for option in options]
    is_open = bool(included or excluded) or sum(option.count > 0 for option in options) > 1
    options.sort(key=facet.order)
    return Group(facet.name, facet.label, options, is_open, is_excluding, left_out)


def without(filterset: "FilterSet", facet: Facet, option: Option, among: int) -> Option:
    """An option whose box leaves its value out, beside what is chosen already."""
    if option.included or not option.count:
        return option
    # A choice takes the place of the facet's default value.
    stay = filterset.bits if any(filterset.choices[facet.name]) else among
    bits = filterset.postings.bits(facet.name, option.value)
    before, after = filterset.address_around(facet.name)
    values = [*filterset.params.getlist(facet.name), f"-{option.value}"]
    chosen = "&".join(f"{facet.name}={quote(value)}" for value in values)
    return option._replace(url=f"{before}{chosen}{after}", left=(stay & ~bits).bit_count())


def chips(filterset: "FilterSet") -> list[Chip]:
    """The chosen filters and the search, each with the address without it."""
    rows = []
    for name, facet in filterset.facets.items():
        values = filterset.params.getlist(name)
        for value in values:
            text = filterset.text(name, value.removeprefix("-"))
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
