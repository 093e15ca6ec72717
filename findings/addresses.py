"""Addresses of the lists of findings and of actions, and of the staff pages of proposals."""

from django.db.models import Model

from forces.addresses import list_address
from lib.feeds import FORMAT

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


def change_list(**choices: str | list[str]) -> str:
    """The address of what changed, with these filters."""
    return list_address("findings:change_list", choices)


def change_feed(**choices: str | list[str]) -> str:
    """The address of the feed of what changed, with these filters."""
    return change_list(**choices, format=FORMAT)


def writing_page(model: type[Model]) -> str:
    """The name of the address of the page of an action where one writes proposals of a kind."""
    return f"admin:findings_action_{model.PAGE}"


def page_name(proposal: Model | type[Model], page: str) -> str:
    """The name of the address of a proposal's page, such as that to approve it."""
    return f"admin:findings_{proposal._meta.model_name}_{page}"


ACTIONS_ON_A_PAGE = 50


def page_of_action(number: int) -> int:
    """The page of its plan that an action with this number stands on, whatever others there are."""
    return max(number - 1, 0) // ACTIONS_ON_A_PAGE + 1


def place_of_action(number: int) -> str:
    """What leads from its plan's address to an action with this number."""
    page = page_of_action(number)
    return f"?page={page}#action-{number}" if page > 1 else f"#action-{number}"
