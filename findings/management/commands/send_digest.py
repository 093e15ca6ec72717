"""The command that sends the weekly mail."""

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from findings import digest
from lib.sentences import plural
from lib.terminal import TerminalCommand


class Command(TerminalCommand):
    help = (
        "Sends each member of staff what changed in their forces and units, and what waits for "
        "them: at most one mail a week."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="print the mails; send and write nothing"
        )

    def handle(self, dry_run, **options):
        if (
            not dry_run
            and not settings.EMAIL_HOST
            and settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
        ):
            raise CommandError("EMAIL_HOST names no mail server.")
        at, sent, failed = timezone.now(), 0, 0
        for user in digest.members(timezone.localdate(at)):
            try:
                sent += self.show(user, at) if dry_run else digest.send(user, at)
            except Exception as error:  # whatever is wrong with one mail, the others go out
                failed += 1
                self.stderr.write(f"{user}: {type(error).__name__}: {error}")
        self.stdout.write(f"{sent} {plural(sent, 'mail')} {'to send' if dry_run else 'sent'}.")
        if failed:
            raise CommandError(f"{failed} could not be sent; the next run tries them again.")

    def show(self, user, at):
        mail = digest.due(user, at)
        if mail:
            self.write_lines(f"To: {mail.to[0]}\nSubject: {mail.subject}\n\n{mail.body}\n")
        return bool(mail)
