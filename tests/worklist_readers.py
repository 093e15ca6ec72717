"""Who reads a worklist, and when."""

from datetime import date

from forces.choices import Role
from tests import accounts

TODAY = date(2026, 3, 10)
PEOPLE = ["viewer", "editor", "approver", "steward", "auditor", "superuser", "two bodies"]
DESK = "/admin/"


def sign_in(client, who):
    """A member, called as in `accounts`; who works for "two bodies" edits for one and reads for the
    other."""
    user = accounts.sign_in(client, "other viewer" if who == "two bodies" else who)
    if who == "two bodies":
        accounts.give(user, Role.EDITOR, accounts.OWN)
    return user
