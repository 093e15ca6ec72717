"""`manage.py restore`: puts a backup back into an empty database."""

from pathlib import Path

from django.core.management.base import CommandError

from config.backups.manifest import BadBackupError
from config.backups.restoring import restore_backup
from lib.sentences import plural
from lib.terminal import TerminalCommand, in_words


class Command(TerminalCommand):
    """Restores a backup, all of it or nothing. Run it with the owner's DATABASE_URL."""

    help = (
        "Puts a backup back: the database, which must be empty, and the files of evidence and of "
        "/data/. Run it as the owner of the database."
    )
    requires_system_checks = []  # the database has no tables yet

    def add_arguments(self, parser):
        parser.add_argument("backup", type=Path, help="the backup: a folder that `backup` made")
        parser.add_argument(
            "--no-privileges",
            action="store_true",
            help="grant nothing to any role: for a copy on a server without the site's role",
        )

    def handle(self, backup, no_privileges, **options):
        try:
            restored = restore_backup(backup, with_privileges=not no_privileges)
        except BadBackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Nothing was restored: {in_words(error)}.") from error
        about = restored.about
        rows, files = sum(about["rows"].values()), len(about["files"])
        self.stdout.write(
            f"Restored what was there at {about['made_at']}: {rows:,} rows and {files} stored "
            f"{plural(files, 'file')}, of which {restored.new_files} had to be put back."
        )
        for file in about["lost"]:
            self.stdout.write(f"It was not in the backup: {file[0]}/{file[1]}")
        steps = []
        if not restored.is_store_empty:
            steps.append("Empty the store of CACHE_URL (`valkey-cli flushdb`): it did not respond.")
        if restored.is_older:
            steps.append("Run `migrate`: this version has changed tables since.")
        if no_privileges:
            steps.append("Grant the site's role its rights: `doctor`, run as that role, says how.")
        steps.append("Restart the site. Everybody must sign in again.")
        for step in steps:
            self.stdout.write(step)
