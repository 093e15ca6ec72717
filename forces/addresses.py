"""Addresses of lists with some filters chosen, and of the list of forces and units."""

from functools import cache, lru_cache
from urllib.parse import urlencode

from django.urls import reverse

# Values of the parameter `exists` of the list of forces and units.
NOW, WHEN_INSPECTED, ENDED = "now", "when-inspected", "ended"

Scope = dict[str, str | list[str]]  # parameters of a list; several values mean any of them


def list_address(name: str, choices: Scope) -> str:
    """The address of a list with these filters; empty ones are left out."""
    query = "&".join(
        [
            parameter(key, value if isinstance(value, str) else tuple(value))
            for key, value in choices.items()
            if value
        ]
    )
    return f"{path_of_list(name)}?{query}" if query else path_of_list(name)


@lru_cache(maxsize=10_000)  # a page may link to thousands of choices of the same few values
def parameter(name: str, value: str | tuple[str, ...]) -> str:
    """A parameter as an address has it, with one value or several."""
    return urlencode({name: value}, doseq=True)


@lru_cache(maxsize=10_000)
def page_address(name: str, *slugs: str) -> str:
    """The address of the page of one row, by the name of such pages."""
    return reverse(name, args=slugs)


@cache
def path_of_list(name: str) -> str:
    """Where a list stands: a page may link to hundreds of choices in it."""
    return reverse(name)


def organisation_list(**choices: str | list[str]) -> str:
    """The address of the list of forces and units with these filters."""
    return list_address("forces:organisation_list", choices)
