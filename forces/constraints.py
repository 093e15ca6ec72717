"""Constraints that several models share, each with its error message."""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

# Words with a meaning in the address of a list; a leading hyphen also has one: it excludes.
WORDS_OF_LISTS = ("none", "region-wide")
LAST_YEAR = 2099


def slug_fits_addresses(thing):
    """The constraint that a slug has no other meaning in the address of a list."""
    return models.CheckConstraint(
        condition=~Q(slug__in=WORDS_OF_LISTS) & ~Q(slug__startswith="-"),
        name=f"{thing}_is_chosen_by_its_slug",
        violation_error_message=(
            "A web address name does not begin with a hyphen and is not one of the words "
            f"{', '.join(WORDS_OF_LISTS)}."
        ),
    )


def of_our_time(thing, *days, moments=(), since=1990):
    """The constraints that dates lie between two plausible years, one for each field.

    A form that has only some of the fields would not check a constraint on all of them.
    """
    first, last = datetime(since, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
    years = dict.fromkeys(days, (first.date(), last.date())) | dict.fromkeys(moments, (first, last))
    return [
        models.CheckConstraint(
            condition=Q(**{f"{name}__range": between}),
            name=f"{thing}_{name}_is_of_our_time",
            violation_error_message=(
                f"The date must be between {since} and {LAST_YEAR}. Check the year."
            ),
        )
        for name, between in years.items()
    ]


class FormConstraintsMixin:
    """A model whose forms also check constraints on fields that they never show."""

    never_on_forms = {"id"}

    def validate_constraints(self, exclude=None):
        super().validate_constraints(set(exclude or ()) - self.never_on_forms)


def refuse_circle(row, field, message):
    """Refuse a row from which a foreign key leads back to it by way of others."""
    step = getattr(row, field)
    if step == row:
        return  # which a constraint refuses
    seen = set()
    while step is not None and step.pk not in seen:
        seen.add(step.pk)
        step = getattr(step, field)
    if row.pk in seen:
        raise ValidationError({field: message})
