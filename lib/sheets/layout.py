"""A sheet to be written, in the words of neither format."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .cells import Value

ColumnKind = Literal["text", "date", "number"]
# The sheet with the words of all drop-downs.
CHOICES = "Choices"
# What a spreadsheet says, as a title and a sentence, where another word or no date is typed.
NOT_IN_LIST = "Not in the list", f"Choose from the list. The sheet “{CHOICES}” shows it."
NOT_A_DATE = "Not a date", "Write a date, such as 2025-06-12."
# How many rows of a template have drop-downs.
ROWS = 2_000
# The most letters that a cell of a spreadsheet holds.
MAX_TEXT = 32_000


class Rule(NamedTuple):
    """How cells to be filled in are made: their kind, and where their choices stand."""

    kind: ColumnKind
    # Column, first and last row in the sheet of choices, counted from nought.
    choices: tuple[int, int, int] | None = None
    # Whether other words are refused.
    strict: bool = True


@dataclass
class Layout:
    """A sheet's rows, what is bold, framed and stays in sight, and rules for columns."""

    name: str
    rows: list[list[Value]]
    # How many rows at the top stay in sight.
    frozen: int = 0
    bold: frozenset[int] = frozenset()
    # In letters.
    widths: Sequence[int] = ()
    rules: Sequence[Rule] = ()
    # Row and column, counted from nought.
    framed: frozenset[tuple[int, int]] = frozenset()


def as_written(value: Value) -> Value:
    """A value as both formats hold it: early dates are texts, and no text is too long."""
    if isinstance(value, datetime.date) and value.year < 1901:
        return value.isoformat()
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return f"{value[:MAX_TEXT]}…"
    return value


def is_wrapped(values: Sequence[Value]) -> bool:
    """Whether texts of a row are broken into lines: a note that stands alone is not."""
    return sum(value is not None for value in values) > 1
