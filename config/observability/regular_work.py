"""What timers must do again and again, and whether they still do."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings

from lib.observability.models import CommandRun

from ..backups.models import Backup

# How often each command is to be run; a little later is late.
REGULAR = {
    "make_data_set": timedelta(days=1),
    "send_digest": timedelta(days=7),
    "send_alerts": timedelta(days=7),
    "sweep_evidence": timedelta(days=31),
}
MAILS = {"send_digest", "send_alerts"}
BACKUP_EVERY = timedelta(days=1)
MARGIN = timedelta(hours=12)


class Work(NamedTuple):
    """A command, its last run if there was one, and whether another is due."""

    command: str
    run: CommandRun | None
    is_late: bool


def regular_work(at):
    """The commands that this site needs to be run regularly."""
    runs = CommandRun.objects.in_bulk(REGULAR)
    return [
        Work(name, run := runs.get(name), not run or at - run.ended_at > every + MARGIN)
        for name, every in REGULAR.items()
        if settings.EMAIL_HOST or name not in MAILS
    ]


def last_backup(at):
    """The last backup, if there was one, and whether another is due."""
    last = Backup.objects.first()
    return last, not last or at - last.made_at > BACKUP_EVERY + MARGIN
