"""What a file of rows is made of."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# What stands at the top of a sheet that is not data, and of a column that says what is wrong.
NOT_READ = "This sheet is not read"
ERRORS_HEADING = "Errors (this column is not read)"

Value = str | int | float | bool | datetime.date | datetime.datetime | None


class SheetError(Exception):
    """A file that cannot be read at all; its text is a sentence for whoever sent it."""


class LeftOut(NamedTuple):
    """Something in a file that is not read as data, and why."""

    address: str
    text: str
    why: str


class Cell(NamedTuple):
    """A value, where it stands, and a sentence if the cell itself cannot be used."""

    value: Value
    address: str
    problem: str = ""


class Area(NamedTuple):
    """Cells merged into one: first and last row and column, counted from nought."""

    top: int
    left: int
    bottom: int
    right: int


def column_letters(column: int) -> str:
    """The letters of a column, counted from nought: "A", "Z", "AA"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(sheet: str, number: int, column: int) -> str:
    """Where a cell stands: "Sheet1!C7"."""
    return f"{sheet}!{column_letters(column)}{number}"


def split_address(place: str) -> tuple[str, int, int] | None:
    """Sheet, row number and column of a cell's address; None of any other."""
    sheet, _, cell = place.rpartition("!")
    found = re.fullmatch(r"([A-Z]{1,3})(\d+)", cell)
    if not sheet or found is None:
        return None
    return sheet, int(found[2]), column_number(found[1])


def column_number(letters: str) -> int:
    """A column, counted from nought, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


@dataclass(slots=True)
class Row:
    """A row: its number as the file shows it, its values, and problems and formulas by column."""

    sheet: str
    number: int
    values: list[Value]
    problems: dict[int, str] = field(default_factory=dict)
    formulas: frozenset[int] = frozenset()

    def cell(self, column: int) -> Cell:
        """The cell of a column, counted from nought; empty beyond the last."""
        value = self.values[column] if column < len(self.values) else None
        place = address(self.sheet, self.number, column)
        return Cell(value, place, self.problems.get(column, ""))

    @property
    def width(self) -> int:
        """How many columns there are, from A to the last with a value or a problem."""
        return max(len(self.values), max(self.problems, default=-1) + 1)

    def filled(self) -> Iterator[int]:
        """The columns that hold a value or a problem."""
        for column in range(self.width):
            if column in self.problems or self.values[column] is not None:
                yield column

    @property
    def text(self) -> str:
        """The row's values in one line, for people."""
        return " | ".join(str(value) for value in self.values if value is not None)


@dataclass
class Sheet:
    """A sheet: its rows that hold anything, and what its cover says of it."""

    name: str
    rows: list[Row] = field(default_factory=list)
    # What a cover sheet says: "kind", "version".
    meta: dict[str, str] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    # Addresses of rows ("Sheet1!5:7") and columns ("Sheet1!C:C") that are hidden, and read.
    hidden: list[str] = field(default_factory=list)


@dataclass
class Book:
    """A file: the sheets that are read, and those that are not."""

    name: str
    sheets: list[Sheet] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
