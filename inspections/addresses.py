"""Addresses of the list of gradings with some filters chosen."""

from forces.addresses import list_address


def grading_list(**choices: str | list[str]) -> str:
    """The address of the list of gradings with these filters."""
    return list_address("inspections:grading_list", choices)
