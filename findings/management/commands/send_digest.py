from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from findings.digest import digest
from forces.models import Digest, Membership

# Somewhat less than a week, so that a run that starts earlier than the last one did leaves nobody out.
EVERY = timedelta(days=6, hours=12)
FIRST_TELLS = timedelta(days=7)


class Command(BaseCommand):
    help = "Sends each member of staff what changed in their bodies and what waits for them: at most one mail a week."

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
        for user in members(timezone.localdate(at)):
            try:
                sent += self.show(user, at) if dry_run else send(user, at)
            except Exception as error:  # whatever is wrong with one mail, the others go out
                failed += 1
                self.stderr.write(f"{user}: {type(error).__name__}: {error}")
        self.stdout.write(f"{sent} mail{'s' * (sent != 1)} {'to send' if dry_run else 'sent'}.")
        if failed:
            raise CommandError(f"{failed} could not be sent; the next run tries them again.")

    def show(self, user, at):
        mail = due(Digest.objects.filter(user=user).first() or Digest(user=user), user, at)
        if mail:
            self.stdout.write(f"To: {mail.to[0]}\nSubject: {mail.subject}\n\n{mail.body}\n")
        return bool(mail)


def members(on):
    """Whoever holds a role on a day and has an address."""
    holding = Membership.objects.active(on).values("user")
    return (
        get_user_model()
        .objects.filter(pk__in=holding, is_active=True)
        .exclude(email="")
        .order_by("pk")
    )


def due(kept, user, at):
    """The mail that a person is due, or None: they want none, had one this week, or there is nothing to tell."""
    if not kept.wanted or (kept.sent_at and at - kept.sent_at < EVERY):
        return None
    return digest(user, kept.sent_at or at - FIRST_TELLS, at)


def send(user, at):
    """Sends a person's mail while their row is locked, which another process at the same work then passes over.

    The moment is kept after the mail went: a crash between the two sends it a second time, and loses none.
    """
    Digest.objects.get_or_create(user=user)
    with transaction.atomic():
        kept = Digest.objects.select_for_update(skip_locked=True).filter(user=user).first()
        mail = kept and due(kept, user, at)
        if not mail:
            return False
        mail.send()
        kept.sent_at = at
        kept.save(update_fields=["sent_at"])
    return True
