"""Facets: the filters of a list, and how many rows each of their values has."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Choices, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from lib.audit.old_addresses import current_values

if TYPE_CHECKING:  # for the annotations alone; they build on facets
    from .panel import Option

NONE = "none"


class Facet:
    """One filter of a list: its parameter, and how a row's value is read.

    `value` and `text` are paths or expressions. `none` is the text for rows without a value, if
    there can be any. `among` picks out the rows that the facet speaks of, if not all. `choices` are
    the choices of `value`. `known` are the objects that a value may name even if no row has it.
    `conditions` are more values, each with its text and a `Q`, or None for the rows that meet none
    of the others.
    `replaced` gives, at a moment, those of some values that others have replaced, with the new one.
    Where nothing is chosen, a list has only the rows with the `default` value, if there is one.
    """

    def __init__(
        self,
        name: str,
        label: str,
        value: str | Combinable | None = None,
        text: str | Combinable | None = None,
        *,
        choices: type[Choices] | None = None,
        known: QuerySet | None = None,
        none: str | None = None,
        among: Q | None = None,
        conditions: dict[str, tuple[str, Q | None]] | None = None,
        replaced: Callable[[datetime, Iterable[str]], dict[str, str]] | None = None,
        default: str | None = None,
    ) -> None:
        self.name, self.label = name, label
        self.value, self.text = value, text
        self.choices = {
            str(choice.value): (choice.slug, str(choice.label)) for choice in choices or ()
        }
        self.known, self.none, self.among = known, none, among or Q()
        self.conditions = conditions or {}
        self.replaced, self.default = replaced, default
        slugs = [*self.conditions, *(slug for slug, _ in self.choices.values())]
        self.order_of_values = {slug: place for place, slug in enumerate(slugs)}

    def value_counts(self, rows: QuerySet) -> list[QuerySet]:
        """Queries of (facet, value, text, ids of the rows with that value), for one UNION."""
        parts = [
            rows.filter(condition).annotate(facet_value=Value(value), facet_text=Value(text))
            for value, (text, condition) in self.conditions.items()
            if condition is not None
        ]
        if self.value is not None:
            value = Cast(self.value, TextField())
            # What stands for itself is not asked for twice: it may be a long expression.
            text = Value("") if self.text is None else Cast(self.text, TextField())
            parts.append(rows.filter(self.among).annotate(facet_value=value, facet_text=text))
        return [
            part.order_by()
            .annotate(facet=Value(self.name))
            .values_list("facet", "facet_value", "facet_text")
            .annotate(facet_ids=ArrayAgg("pk", default=Value([])))
            for part in parts
        ]

    def label_value(self, value: str | None, text: str | None) -> tuple[str, str]:
        """The value and text that a page shows for those in the database."""
        if value is None:
            return NONE, self.none
        return self.choices.get(value, (value, text or value))

    def known_texts(self, values: Iterable[str]) -> dict[str, str]:
        """The texts of those of these values that exist, even if no row has them."""
        possible = dict(self.choices.values()) | {
            value: text for value, (text, _) in self.conditions.items()
        }
        if self.none:
            possible.setdefault(NONE, self.none)
        if self.known is not None and (others := set(values) - set(possible)):
            possible |= {row.slug: str(row) for row in self.known.filter(slug__in=others)}
        return {value: possible[value] for value in values if value in possible}

    def current_values(self, values: Collection[str]) -> dict[str, str]:
        """Today's values for those of these that are old slugs of the facet's objects."""
        if self.known is None or not values:
            return {}
        return current_values(self.known, "slug", values)

    def order(self, option: "Option") -> tuple[bool, int, str]:
        """A sort key for options: choices in their own order, others by text, `none` last."""
        place = self.order_of_values.get(option.value, len(self.order_of_values))
        return option.value == NONE, place, option.text.lower()


def yes_or_no(name: str, label: str, condition: Q) -> Facet:
    """A facet with two values: rows that meet a condition, and rows that do not."""
    return Facet(name, label, conditions={"yes": ("yes", condition), "no": ("no", None)})
