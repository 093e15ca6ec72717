"""What an import makes of the rows of a file: records, with what each creates or changes."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import models
from import_export.results import RowResult

from lib.sheets.cells import Row

from .problems import Problem


@dataclass
class KindTable:
    """The rows of one kind in one sheet of a file, and which column is where."""

    file: str
    sheet: str
    kind: str
    columns: dict[str, int]
    rows: list[Row]
    # Headings that name no column of ours, and where they are: those of a wide sheet.
    others: dict[str, int] = field(default_factory=dict)


class CellChange(NamedTuple):
    """A cell that changes what is stored: its column, its old and its new value."""

    column: str
    old: str
    new: str


@dataclass
class Part:
    """A row that belongs to a fact, such as the citation of a source, and is written with it."""

    instance: models.Model
    row: Row
    table: KindTable
    is_new: bool
    changed: set[str] = field(default_factory=set)


class Record(RowResult):
    """One fact of a file: its row, what is stored or will be, and what changes."""

    def __init__(self, table: KindTable, row: Row, values: dict[str, Any]) -> None:
        super().__init__()
        self.table, self.row, self.values = table, row, values
        self.label = ""
        self.changes: list[CellChange] = []
        self.changed_fields: set[str] = set()
        self.added_links: dict[str, list[models.Model]] = {}
        self.removed_links: dict[str, list[int]] = {}
        self.parts: list[Part] = []
        self.places: dict[tuple[Any, ...], Row] = {}
        self.problems: list[Problem] = []
        self.wrong_columns: set[str] = set()

    def set_import_type(self) -> None:
        """Say whether it is new, changed, unchanged or wrong."""
        touched = self.changes or any(part.is_new or part.changed for part in self.parts)
        self.import_type = (
            self.IMPORT_TYPE_INVALID
            if self.problems
            else self.IMPORT_TYPE_NEW
            if self.original is None
            else self.IMPORT_TYPE_UPDATE
            if touched
            else self.IMPORT_TYPE_SKIP
        )
