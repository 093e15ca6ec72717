"""`manage.py backup`: the database and stored files of one moment, in one folder."""

from pathlib import Path

from django.core.management.base import CommandError

from config.backups.making import make_backup
from config.backups.manifest import BadBackupError, read_backup
from lib.sentences import plural
from lib.terminal import TerminalCommand, in_words


class Command(TerminalCommand):
    """Makes a backup, or checks one. Run it with the owner's DATABASE_URL."""

    help = (
        "Makes a backup of the database and of the files of evidence and of /data/, as a new "
        "folder within FOLDER. Run it as the owner of the database."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "folder", metavar="FOLDER", type=Path, help="where to keep backups; a backup to check"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="make none, but compare each part of the backup FOLDER with its SHA-256",
        )

    def handle(self, folder, check, verbosity, **options):
        try:
            about = read_backup(folder) if check else None
            made = None if check else make_backup(folder)
        except BadBackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            what = f"No backup was {'read' if check else 'made'}"
            raise CommandError(f"{what}: {in_words(error)}.") from error
        if about:
            number = len(about["files"])
            self.stdout.write(
                f"{folder} is whole: version {about['version']}, {about['made_at']}, the database "
                f"and {number} stored {plural(number, 'file')}."
            )
            return
        if verbosity:
            self.stdout.write(f"Made {made.folder}")
        for file in made.lost:
            self.stdout.write(f"Missing or changed, and so not in it: {file.part}")
        if made.lost:
            raise CommandError("Put these files back from an earlier backup.")
