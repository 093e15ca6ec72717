"""Commands that note when they ran, so that staff see whether they still do."""

import logging
import time
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils import timezone

from .observability.models import CommandRun
from .terminal import TerminalCommand

logger = logging.getLogger(__name__)
LONGEST = 500  # characters that are noted of what a command says


class RecordedCommand(TerminalCommand):
    """A command whose last run is noted, unless it was one to try (`--dry-run`)."""

    def execute(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        began = time.monotonic()
        try:
            result = super().execute(*args, **options)
        except Exception as error:
            # Only the sentences of our own errors: others may quote a row.
            said = str(error) if isinstance(error, CommandError) else type(error).__name__
            self.record(began, said, failed=True)
            raise
        if not options.get("dry_run"):
            self.record(began, getattr(self.stdout, "last_line", ""))
        return result

    def record(self, began: float, said: str, failed: bool = False) -> None:
        """Note the run that has ended; whatever hinders that, the command has done its work."""
        known = {
            "ended_at": timezone.now(),
            "seconds": time.monotonic() - began,
            "said": said[:LONGEST],
            "failed": failed,
        }
        name = type(self).__module__.rpartition(".")[2]
        try:
            CommandRun.objects.update_or_create(command=name, defaults=known)
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            logger.error("The run of %s could not be noted: %s", name, reason)
