"""The command that sends readers what changed on pages that they follow."""

from django.db import transaction

from findings import alerts, summaries
from lib.followers.models import Follower
from lib.mails import MailCommand


class Command(MailCommand):
    help = (
        "Sends readers what changed on the pages that they follow: at most one mail a week. "
        "Deletes addresses that nobody confirmed within a week."
    )

    def recipients(self, at, dry_run):
        with transaction.atomic():
            self.known_at = summaries.note_known_changes(at)
            if dry_run:
                yield from Follower.objects.confirmed().order_by("pk")
                transaction.set_rollback(True)
                return
            Follower.objects.forget_unconfirmed(at)
        yield from Follower.objects.confirmed().order_by("pk")

    def due(self, recipient, at):
        return alerts.due(recipient, self.known_at)

    def send(self, recipient, at):
        return alerts.send(recipient, self.known_at)

    def name(self, recipient, mail):
        return str(recipient)  # whoever runs it need not know the address

    def reason(self, error):
        return type(error).__name__  # what a mail server says has the address in it
