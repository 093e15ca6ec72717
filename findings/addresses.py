"""Addresses of the lists of findings, actions and organisations, with choices made."""

from django.urls import reverse
from django.utils.http import urlencode

from .choices import NEGATIVE_KINDS, POSITIVE_KINDS

POSITIVE = [kind.slug for kind in POSITIVE_KINDS]
NEGATIVE = [kind.slug for kind in NEGATIVE_KINDS]
REGION_WIDE = "region-wide"

Scope = dict[str, str | list[str]]  # parameters of a list; several values mean any of them


def list_address(name: str, choices: Scope) -> str:
    """A list's address with these choices; empty ones are left out."""
    query = urlencode({key: value for key, value in choices.items() if value}, doseq=True)
    return f"{reverse(name)}?{query}" if query else reverse(name)


def finding_list(**choices: str | list[str]) -> str:
    return list_address("findings:finding_list", choices)


def action_list(**choices: str | list[str]) -> str:
    return list_address("findings:action_list", choices)


def organisation_list(**choices: str | list[str]) -> str:
    return list_address("forces:organisation_list", choices)
