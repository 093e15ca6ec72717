"""`manage.py import_data FILE…`: says what an import would do; does it with `--commit`."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.utils import timezone

from lib.bulk_copy import analyze
from lib.recorded_commands import RecordedCommand
from lib.sentences import plural

from ... import kinds
from ...running import KindPreview, Options, Preview, SentFile, import_files, preview_files

LISTED = 20


class Command(RecordedCommand):
    """Imports files of rows, all or nothing."""

    help = "Says what importing files would do: rows created, changed, unchanged. --commit does it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="CSV, XLSX or ODS")
        parser.add_argument(
            "--facts", action="store_true", help="the files of facts that come with the site"
        )
        parser.add_argument("--commit", action="store_true", help="write, if nothing is wrong")
        parser.add_argument("--kind", default="", help=f"one of: {', '.join(kinds.names())}")
        parser.add_argument(
            "--as-published",
            action="store_true",
            help="take from the file when a row becomes public, rather than import it as a draft",
        )
        parser.add_argument("--by", metavar="USERNAME", help="on whose account")
        parser.add_argument(
            "--leave-out", action="append", default=[], metavar="COLUMN", help="never read it"
        )
        parser.add_argument(
            "--carry-down",
            action="append",
            default=[],
            metavar="COLUMN",
            help="where cells of this column are merged, the value holds for each of their rows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"] and kinds.find(options["kind"]) is None:
            raise CommandError(f"There is no kind {options['kind']!r}: {', '.join(kinds.names())}.")
        facts = sorted(settings.FACTS.glob("*.csv")) if options["facts"] else []
        files = [self.read(Path(name)) for name in (*options["files"], *facts)]
        if not files:
            raise CommandError("Name a file, or say --facts for those that come with the site.")
        how = Options(
            options["kind"],
            options["as_published"],
            tuple(options["leave_out"]),
            tuple(options["carry_down"]),
        )
        by, at = self.user(options["by"]), timezone.now()
        if options["commit"]:
            preview, run = import_files(files, by, at, how)
        else:
            preview, run = preview_files(files, by, at, how), None
        self.tell(preview, options["verbosity"])
        if not preview.is_clean:
            count = len(preview.problems)
            self.stderr.write(f"{count} {plural(count, 'error')}. Nothing was written.")
            sys.exit(1)
        if run is None:
            self.say("Nothing was written: this was a dry run. --commit writes.", options)
        else:
            analyze()
            self.say(f"Written as import {run.pk}.", options)

    def say(self, sentence: str, options: dict[str, Any]) -> None:
        if options["verbosity"]:
            self.stdout.write(sentence)

    def read(self, path: Path) -> SentFile:
        try:
            return SentFile(path.name, path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error

    def user(self, name: str | None) -> Any:  # noqa: ANN401
        users = get_user_model()._default_manager
        user = users.filter(**{get_user_model().USERNAME_FIELD: name}).first() if name else None
        if name and user is None:
            raise CommandError(f"There is no account {name!r}.")
        return user

    def tell(self, preview: Preview, verbosity: int) -> None:
        """Print what an import does, and every error."""
        if verbosity:
            for file, item in preview.left_out:
                self.stdout.write(f"Left out: {file}, {item.address} {item.text[:60]}: {item.why}")
            for kind in preview.kinds:
                self.tell_kind(kind, verbosity)
        for problem in preview.problems:
            self.stderr.write(str(problem))

    def tell_kind(self, kind: KindPreview, verbosity: int) -> None:
        self.stdout.write(
            f"{kind.title}: {len(kind.created)} to create, {len(kind.changed)} to change, "
            f"{kind.unchanged} unchanged, {kind.rejected} rejected."
        )
        if kind.warning:
            self.stdout.write(f"  {kind.warning}")
        shown = None if verbosity > 1 else LISTED
        for record in kind.changed[:shown]:
            for change in record.changes:
                self.stdout.write(
                    f"  {record.label}, {change.column}: {change.old or 'nothing'} → "
                    f"{change.new or 'nothing'}"
                )
        if kind.vanished:
            self.stdout.write(
                f"  Not in the file, left as they are: {len(kind.vanished)}: "
                + "; ".join(kind.vanished[:shown])
            )
