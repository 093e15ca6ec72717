"""Addresses of the lists of findings and of actions, and of the staff pages of proposals."""

from django.db.models import Model

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


def writing_page(model: type[Model]) -> str:
    """The name of the address of the page of an action where one writes proposals of a kind."""
    return f"admin:findings_action_{model.PAGE}"


def page_name(proposal: Model | type[Model], page: str) -> str:
    """The name of the address of a proposal's page, such as that to approve it."""
    return f"admin:findings_{proposal._meta.model_name}_{page}"
