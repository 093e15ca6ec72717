"""`manage.py make_data_set`: makes the files of all that is public, if anything has changed."""

from typing import Any

from django.core.management.base import CommandError

from lib.recorded_commands import RecordedCommand

from ...making import Busy, make_data_set


class Command(RecordedCommand):
    """Makes the data set of what is public now, unless the newest one holds just that."""

    help = "Makes the files of /data/ from what is public now, if that has changed."

    def handle(self, **options: Any) -> None:
        try:
            made = make_data_set()
        except Busy:
            self.tell("Another process is making a data set.", options)
            return
        except OSError as error:
            raise CommandError(
                "The data set could not be written, and nothing of it is left: "
                f"{error.strerror or error}. Make room, and run it again."
            ) from error
        if not made.is_new:
            self.tell(f"Nothing that is public has changed since {made.data_set}.", options)
            return
        for file in made.data_set.data_files:
            self.tell(f"{file.name}  {file.size:,} bytes  SHA-256 {file.sha256}", options)

    def tell(self, sentence: str, options: dict[str, Any]) -> None:
        if options["verbosity"]:
            self.stdout.write(sentence)
