"""The filters as a page shows them: groups of options with counts, and chips to remove."""

from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe

from .facets import Facet

if TYPE_CHECKING:  # a filterset hands itself to these functions
    from .filtersets import FilterSet


BOX = (
    '<label><input type="checkbox" name="{name}" value="{value}" id="{key}"{checked}>'
    " {text}</label>"
)
COUNT = (
    ' <a class="count" href="{url}" data-count="{count}" aria-label="{count}, only {text}">'
    "{count}</a>"
)
NOUGHT = (
    '<li><label><input type="checkbox" disabled> {text}</label> <span class="count">0</span></li>'
)


class Option(NamedTuple):
    """A value of a facet, how many rows it has, and the address of those rows alone."""

    value: str
    text: str
    count: int
    included: bool
    excluded: bool
    url: str


class Group(NamedTuple):
    """A facet and its options."""

    name: str
    label: str
    options: list[Option]
    is_open: bool
    is_excluding: bool

    @property
    def boxes(self) -> SafeString:
        """The options as a page shows them, each a box and a link to its rows.

        There may be hundreds: a template would take most of a page's time for them.
        """
        boxes = (box(self.name, option, self.is_excluding) for option in self.options)
        return mark_safe("\n".join(boxes))  # noqa: S308 (escaped as each is made)


def box(name: str, option: Option, is_excluding: bool) -> str:
    """An option in HTML: its box includes the value, or leaves it out where `is_excluding`."""
    text, key = escape(option.text), escape(f"{name}-{option.value}")
    if not (option.excluded or option.included or option.count):
        return NOUGHT.format(text=text)
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
    return f"<li>{label}{COUNT.format(url=escape(option.url), count=option.count, text=text)}</li>"


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
    return any(bits != usual for _, bits in filterset.postings.values[facet.name].values())


def group(filterset: "FilterSet", facet: Facet) -> Group:
    """A facet with its options; open if something is chosen in it, or there is a choice."""
    included, excluded = filterset.choices[facet.name]
    is_narrowed = included or excluded or facet.default
    among = filterset.bits_without(facet.name) if is_narrowed else filterset.bits
    counts = {
        value: (text, (bits & among).bit_count())
        for value, (text, bits) in filterset.postings.values[facet.name].items()
    }
    counts |= {value: (text, 0) for value, text in filterset.empty.get(facet.name, {}).items()}
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
        for value, (text, count) in counts.items()
    ]
    is_open = bool(included or excluded) or sum(option.count > 0 for option in options) > 1
    options.sort(key=facet.order)
    return Group(facet.name, facet.label, options, is_open, "boxes" in filterset.params)


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
