import hashlib
import os
import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from config.embedded import data_folder, private
from forces.choices import Role
from forces.models import Membership, Organisation

EVERY_ROW = Q(content_type__app_label__in=["forces", "inspections", "findings"])
PERMISSIONS = {
    "Data stewards": EVERY_ROW,
    "Progress editors": EVERY_ROW & Q(codename__startswith="view_")
    | Q(codename__in=["change_action", "add_progressupdate", "add_evidence"]),
}


class Command(BaseCommand):
    help = "Makes two staff accounts to try the site with, where it has none, and says how to sign in with them."

    def handle(self, **options):
        file = accounts_file()
        if not get_user_model().objects.filter(is_staff=True).exists():
            lines = make_accounts()
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "w", opener=private) as written:
                written.write(lines)
        if file.exists():
            self.stdout.write("Staff sign in at /admin/ with these passwords, unless they were changed since:")
            self.stdout.write(file.read_text().rstrip())


def accounts_file():
    """Where this database's passwords are kept: the embedded server's, or those of the one that DATABASE_URL names."""
    named = os.environ.get("DATABASE_URL", "")
    return data_folder() / (f"accounts-{hashlib.sha256(named.encode()).hexdigest()[:8]}.txt" if named else "accounts.txt")


@transaction.atomic
def make_accounts():
    """A steward of every row and a Gloucestershire editor; returns a line on each."""
    steward = make_account("steward", "Data stewards", Role.DATA_STEWARD)
    gloucestershire = Organisation.objects.get(slug="gloucestershire")
    editor = make_account("gloucestershire", "Progress editors", Role.EDITOR, organisation=gloucestershire)
    return f"{steward} (edits everything)\n{editor} (records Gloucestershire's progress)\n"


def make_account(name, group, role, organisation=None):
    password = secrets.token_urlsafe(12)
    user = get_user_model().objects.create_user(name, password=password, is_staff=True)
    group, _ = Group.objects.get_or_create(name=group)
    group.permissions.set(Permission.objects.filter(PERMISSIONS[group.name]))
    user.groups.add(group)
    Membership.objects.create(user=user, organisation=organisation, role=role, starts_on=timezone.localdate())
    return f"  {name:<16} {password}"
