"""`manage.py export_data FOLDER`: writes every kind as an import file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from lib.terminal import TerminalCommand

from ...downloads import csv_of, downloaded_kinds


class Command(TerminalCommand):
    """Writes what is stored in the form of import files."""

    help = "Writes every kind of row as a CSV file that import_data reads, drafts included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path, help="made if it is not there")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for resource in downloaded_kinds():
            path = folder / f"{resource.kind}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(csv_of(resource()))
            if options["verbosity"]:
                self.stdout.write(str(path))
