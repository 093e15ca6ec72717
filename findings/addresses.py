"""Addresses of the lists that a number opens: the lists of findings, actions and bodies, with a choice made."""

from django.urls import reverse
from django.utils.http import urlencode

from .choices import NEGATIVE_KINDS, POSITIVE_KINDS

POSITIVE = [kind.slug for kind in POSITIVE_KINDS]
NEGATIVE = [kind.slug for kind in NEGATIVE_KINDS]
REGION_WIDE = "region-wide"


def list_address(name, choices):
    """A list's address with these choices, the empty ones left out; a list of values means any of them."""
    query = urlencode({key: value for key, value in choices.items() if value}, doseq=True)
    return f"{reverse(name)}?{query}" if query else reverse(name)


def finding_list(**choices):
    return list_address("findings:finding_list", choices)


def action_list(**choices):
    return list_address("findings:action_list", choices)


def organisation_list(**choices):
    return list_address("forces:organisation_list", choices)
