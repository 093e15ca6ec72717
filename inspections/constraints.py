"""Constraints on citations and on addresses of sources."""

from django.db import models
from django.db.models import Q


def on_the_web(thing, or_none=False):
    """The constraint that an address is http or https: a browser would run some others."""
    address = Q(url__iregex=r"^https?://[^][/?#\s]+([/?#]\S*)?$")
    return models.CheckConstraint(
        condition=address | Q(url="") if or_none else address,
        name=f"{thing}_is_on_the_web",
        violation_error_message="An address must begin with http:// or https://.",
    )


def cites_once(fact):
    """The constraint that a fact cites a place in a source only once."""
    return models.UniqueConstraint(
        fields=[fact, "source", "locator"],
        name=f"{fact}_cites_a_place_once",
        violation_error_message="This place in this source is already cited.",
    )
