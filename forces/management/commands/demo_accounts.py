"""The command that makes accounts to try the site with."""

import hashlib
import os
import secrets

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from config.local.folders import open_private
from config.locations import data_folder
from forces.choices import Role
from forces.models import Membership, Organisation
from lib.terminal import TerminalCommand


class Command(TerminalCommand):
    help = (
        "Makes accounts to try the site with, where it has none, and says how to sign in with them."
    )

    def handle(self, **options):
        file = accounts_file()
        if not get_user_model().objects.exists():
            lines = make_accounts()
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "w", opener=open_private) as written:
                written.write(lines)
        if file.exists():
            self.stdout.write(
                "Staff sign in at /admin/ with these passwords, unless they were changed since:"
            )
            self.write_lines(file.read_text().rstrip())


def accounts_file():
    """Where the passwords are kept: of the embedded server, or of the one in DATABASE_URL."""
    named = os.environ.get("DATABASE_URL", "")
    return data_folder() / (
        f"accounts-{hashlib.sha256(named.encode()).hexdigest()[:8]}.txt"
        if named
        else "accounts.txt"
    )


@transaction.atomic
def make_accounts():
    """One account of each sort; returns a line on each."""
    gloucestershire = Organisation.objects.get(slug="gloucestershire")
    accounts = [
        ("steward", Role.DATA_STEWARD, None, "enters and corrects the facts"),
        ("gloucestershire", Role.EDITOR, gloucestershire, "records Gloucestershire's progress"),
        ("gloucestershire-approver", Role.APPROVER, gloucestershire, "approves it"),
        ("auditor", Role.AUDITOR, None, "reads everything"),
    ]
    return "".join(
        f"  {name:<25} {make_account(name, role, organisation)} ({may})\n"
        for name, role, organisation, may in accounts
    )


def make_account(name, role, organisation):
    """A member of staff with this role from today on; returns the password."""
    password = secrets.token_urlsafe(12)
    user = get_user_model().objects.create_user(name, password=password)
    Membership.objects.create(
        user=user, organisation=organisation, role=role, starts_on=timezone.localdate()
    )
    return password
