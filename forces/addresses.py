"""Addresses of lists with some filters chosen, and of the list of forces and units."""

from functools import cache
from urllib.parse import urlencode

from django.urls import reverse

# Values of the parameter `exists` of the list of forces and units.
NOW, WHEN_INSPECTED, ENDED = "now", "when-inspected", "ended"

Scope = dict[str, str | list[str]]  # parameters of a list; several values mean any of them


def list_address(name: str, choices: Scope) -> str:
    """The address of a list with these filters; empty ones are left out."""
    query = urlencode({key: value for key, value in choices.items() if value}, doseq=True)
    return f"{path_of_list(name)}?{query}" if query else path_of_list(name)


@cache
def path_of_list(name: str) -> str:
    """Where a list stands: a page may link to hundreds of choices in it."""
    return reverse(name)


def organisation_list(**choices: str | list[str]) -> str:
    """The address of the list of forces and units with these filters."""
    return list_address("forces:organisation_list", choices)
