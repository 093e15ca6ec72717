"""Weekly mails in plain text: their lines, how often they go, and the command that sends them."""

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import CommandError
from django.db.models import Model
from django.utils import timezone

from .recorded_commands import RecordedCommand
from .sentences import plural

# A little less than a week, so that a run that starts earlier than the last one skips nobody.
EVERY = timedelta(days=6, hours=12)


class Line(NamedTuple):
    """One thing that changed, and the address to read about it."""

    text: str
    url: str


class Section(NamedTuple):
    """A part of a mail about one thing: its first lines, and how many more there are."""

    heading: str
    lines: list[Line]
    more: int


def is_early(sent_at: datetime | None, at: datetime) -> bool:
    """Whether the last weekly mail went less than a week ago."""
    return sent_at is not None and at - sent_at < EVERY


def absolute(path: str) -> str:
    """A path as a full address, for a mail."""
    return f"{settings.SITE_ADDRESS}{path}"


def stoppable_mail(subject: str, body: str, to: str, stop: str) -> EmailMessage:
    """A mail that a mail program can end by one click (RFC 8058), at the address `stop`."""
    return EmailMessage(
        subject,
        body,
        to=[to],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


class MailCommand(RecordedCommand):
    """A command that sends a mail to each of many: what is wrong with one stops no other."""

    @abstractmethod
    def recipients(self, at: datetime, dry_run: bool) -> Iterable[Model]:
        """To whom a mail may be due."""

    @abstractmethod
    def due(self, recipient: Model, at: datetime) -> EmailMessage | None:
        """The mail that is due to somebody; None if there is none."""

    @abstractmethod
    def send(self, recipient: Model, at: datetime) -> bool:
        """Send somebody the mail that is due, and note it; returns whether one was."""

    def name(self, recipient: Model, mail: EmailMessage) -> str:
        """What a dry run calls somebody."""
        return mail.to[0]

    def reason(self, error: Exception) -> str:
        """What is said of a mail that could not be sent."""
        return f"{type(error).__name__}: {error}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="print the mails; send and write nothing"
        )

    def handle(self, dry_run: bool, **options: Any) -> None:
        if (
            not dry_run
            and not settings.EMAIL_HOST
            and settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
        ):
            raise CommandError("EMAIL_HOST names no mail server.")
        at, sent, failed = timezone.now(), 0, 0
        for recipient in self.recipients(at, dry_run):
            try:
                sent += self.show(recipient, at) if dry_run else self.send(recipient, at)
            except Exception as error:  # whatever is wrong with one mail, the others go out
                failed += 1
                self.stderr.write(f"{recipient}: {self.reason(error)}")
        self.stdout.write(f"{sent} {plural(sent, 'mail')} {'to send' if dry_run else 'sent'}.")
        if failed:
            raise CommandError(f"{failed} could not be sent; the next run tries them again.")

    def show(self, recipient: Model, at: datetime) -> bool:
        mail = self.due(recipient, at)
        if mail:
            name = self.name(recipient, mail)
            self.write_lines(f"To: {name}\nSubject: {mail.subject}\n\n{mail.body}\n")
        return bool(mail)
