"""The command that compares the files of evidence with their rows."""

import logging
import re
from datetime import timedelta

from django.core.management.base import CommandError
from django.utils import timezone

from findings.models import Evidence
from findings.storage import evidence_storage, has_its_hash
from lib.recorded_commands import RecordedCommand
from lib.sentences import plural

logger = logging.getLogger(__name__)
# A file is written before its row is: a newer one may belong to a save that is still going on.
OLD_ENOUGH = timedelta(hours=1)
OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\S*")


class Command(RecordedCommand):
    help = (
        "Finds files of evidence without a row, and rows without their file. Deletes such files "
        "with --delete; rows are only reported."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--delete", action="store_true", help="delete files without a row, older than an hour"
        )
        parser.add_argument(
            "--check", action="store_true", help="read every file, and report those that changed"
        )

    def handle(self, **options):
        try:
            self.sweep(**options)
        except CommandError:
            raise
        except Exception as error:  # each store has exceptions of its own
            logger.exception("The place of evidence could not be swept.")
            raise CommandError(
                "The place where we keep files cannot be read or written to, so the sweep has "
                f"stopped ({type(error).__name__}). Run it again later."
            ) from error

    def sweep(self, delete, check, **options):
        storage = evidence_storage()
        before = timezone.now() - OLD_ENOUGH
        # The files first: a row that is written meanwhile then has its file among the newer ones.
        files = set(stored_files(storage))
        pieces = list(Evidence.objects.exclude(file="").order_by("pk"))
        orphans = sorted(files - {piece.file.name for piece in pieces})
        old = [name for name in orphans if storage.get_modified_time(name) < before]
        for name in old:
            if delete:
                storage.delete(name)
            self.stdout.write(f"{'Deleted' if delete else 'No row'}: {name}")
        missing = [piece for piece in pieces if not storage.exists(piece.file.name)]
        changed = [
            piece for piece in pieces if check and piece not in missing and is_changed(piece)
        ]
        for word, rows in (("No file", missing), ("Changed", changed)):
            for piece in rows:
                self.stdout.write(f"{word}: evidence {piece.pk}, “{piece}” ({piece.file.name})")
        self.stdout.write(
            f"{len(old)} {plural(len(old), 'file')} without a row"
            f"{' deleted' if delete and old else ''}, {len(missing)} "
            f"{plural(len(missing), 'row')} without {'its' if len(missing) == 1 else 'their'} file"
            + (f", {len(changed)} changed." if check else ".")
        )
        if old and not delete:
            self.stdout.write("Nothing was deleted. To delete files without a row, add --delete.")
        if missing or changed:
            raise CommandError("Put these files back from a backup.")


def stored_files(storage, folder=""):
    """The names of all files that this site stored."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    for name in files:
        if OURS.fullmatch(path := f"{folder}/{name}"):
            yield path
    for name in folders if not folder else []:
        yield from stored_files(storage, name)


def is_changed(piece):
    with piece.file.open() as file:
        return not has_its_hash(piece, file)
