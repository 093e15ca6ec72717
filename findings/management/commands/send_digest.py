"""The command that sends the weekly mail to staff."""

from django.utils import timezone

from findings import digest
from lib.mails import MailCommand


class Command(MailCommand):
    help = (
        "Sends each member of staff what changed in their forces and units, and what waits for "
        "them: at most one mail a week."
    )

    def recipients(self, at, dry_run):
        return digest.members(timezone.localdate(at))

    def due(self, recipient, at):
        return digest.due(recipient, at)

    def send(self, recipient, at):
        return digest.send(recipient, at)
