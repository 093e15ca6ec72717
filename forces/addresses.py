"""Addresses of lists with some filters chosen, and of the list of forces and units."""

from django.urls import reverse
from django.utils.http import urlencode

# Values of the parameter `exists` of the list of forces and units.
NOW, WHEN_INSPECTED, ENDED = "now", "when-inspected", "ended"

Scope = dict[str, str | list[str]]  # parameters of a list; several values mean any of them


def list_address(name: str, choices: Scope) -> str:
    """The address of a list with these filters; empty ones are left out."""
    query = urlencode({key: value for key, value in choices.items() if value}, doseq=True)
    return f"{reverse(name)}?{query}" if query else reverse(name)


def organisation_list(**choices: str | list[str]) -> str:
    """The address of the list of forces and units with these filters."""
    return list_address("forces:organisation_list", choices)
