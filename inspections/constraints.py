"""Constraints of whatever cites a source."""

from django.db import models
from django.db.models import Q


def on_the_web(thing, or_none=False):
    """The constraint that an address is of the web: pages link to it, and a browser runs others."""
    address = Q(url__iregex=r"^https?://[^][/?#\s]+([/?#]\S*)?$")
    return models.CheckConstraint(
        condition=address | Q(url="") if or_none else address,
        name=f"{thing}_is_on_the_web",
        violation_error_message="An address begins with http:// or https://.",
    )


def cites_once(fact):
    """The constraint that a fact cites one place of a source once."""
    return models.UniqueConstraint(
        fields=[fact, "source", "locator"],
        name=f"{fact}_cites_a_place_once",
        violation_error_message="This place of this source is already cited.",
    )
