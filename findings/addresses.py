"""Addresses of the lists of findings and of actions with some filters chosen."""

from forces.addresses import list_address

from .choices import NEGATIVE_KINDS, POSITIVE_KINDS

POSITIVE = [kind.slug for kind in POSITIVE_KINDS]
NEGATIVE = [kind.slug for kind in NEGATIVE_KINDS]
REGION_WIDE = "region-wide"


def finding_list(**choices: str | list[str]) -> str:
    """The address of the list of findings with these filters."""
    return list_address("findings:finding_list", choices)


def action_list(**choices: str | list[str]) -> str:
    """The address of the list of actions with these filters."""
    return list_address("findings:action_list", choices)
