"""What people send to the pages of one action, and how its updates come about."""

from datetime import date

from django.urls import reverse
from django.utils import timezone

from findings.workflow import (
    submit,
    write_update,
)
from tests import factories
from tests.pages import version_now

PEOPLE = [
    "nobody",
    "viewer",
    "editor",
    "approver",
    "other editor",
    "other approver",
    "steward",
    "auditor",
    "superuser",
]
# Who may report on Gloucestershire's actions.
REPORTS = {"editor", "approver", "steward", "superuser"}
# Who sees its rows, and so is told that they may not, rather than that there is no such page.
SEES = REPORTS | {"viewer", "auditor"}
DAY = date(2025, 12, 1)
EVIDENCE = {
    "evidence-title": "Board minutes",
    "evidence-url": "https://example.org/minutes",
    "evidence-shows": "That ten posts are filled.",
    "evidence-dated_on": "2025-09-01",
}


def page_of(name, row):
    return reverse(f"admin:findings_{row._meta.model_name}_{name}", args=[row.pk])


def progress_page(action):
    return page_of("record_progress", action)


def typed(action, **changes):
    """What a person sends who hands in progress on an action as it stands."""
    submitted = {
        "version": version_now(),
        "status": action.status,
        "note": "Ten posts are filled.",
        "submit": "Submit",
    }
    return {name: value for name, value in (submitted | changes).items() if value is not None}


def kept(action, **changes):
    """What a person sends who keeps it as a draft."""
    return typed(action, submit=None, draft="Save", **changes)


def drafted(action, by, status="embedding", note="Ten posts are filled."):
    return write_update(action, status, note, by, timezone.now())


def handed_in(action, by=None, status="embedding", note="Ten posts are filled."):
    by = by or factories.staff.make()
    return submit(drafted(action, by, status, note), by, timezone.now())


def chosen(actions, name, **data):
    """What the list of actions is sent; with the version of the page, where something is to be
    saved."""
    sent = {"action": name, "_selected_action": [action.pk for action in actions]}
    return sent | ({"version": version_now()} | data if data else {})


def bulk(client, actions, name, **data):
    return client.post(
        reverse("admin:findings_action_changelist"), chosen(actions, name, **data), follow=True
    )
