"""What the XML of a workbook says of its cells, and the reading library does not.

Formulas without a value, errors, merged cells, hidden rows and columns, months shown of a whole
date, and how far a sheet reaches: looked at before the library makes room for its cells.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from .cells import Area, SheetError, address

MAX_CELLS = 1_000_000
Attributes = dict[str, str]


@dataclass
class Marks:
    """What one sheet's XML says."""

    name: str
    visible: bool = True
    rows: int = 0
    columns: int = 0
    cells: int = 0
    problems: dict[tuple[int, int], str] = field(default_factory=dict)
    # Formulas without a value: "=HYPERLINK" can still be read.
    unvalued: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[int, set[int]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def reach(self, row: int, column: int, cells: int = 1) -> None:
        """Note cells that hold something; refuse a sheet that reaches too far."""
        self.rows = max(self.rows, row + 1)
        self.columns = max(self.columns, column + 1)
        self.cells += cells
        if self.rows * self.columns > MAX_CELLS or self.cells > MAX_CELLS:
            raise SheetError(
                f"The sheet reaches to {address(self.name, row + 1, column)}: more than "
                f"{MAX_CELLS:,} cells. Delete what stands far from the rows, or split the sheet."
            )

    def add_formula(self, row: int, column: int) -> None:
        """Note a formula."""
        self.formulas.setdefault(row, set()).add(column)

    def finish(self) -> None:
        """Forget hidden rows and columns beyond what is filled."""
        self.hidden_rows = spans(self.hidden_rows, self.rows)
        self.hidden_columns = spans(self.hidden_columns, self.columns)


def spans(pairs: Iterable[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """First and last of each run, neighbours joined, up to an end."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if first >= end:
            continue
        last = min(last, end - 1)
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


ERROR_TEXT = re.compile(r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|[A-Z_]{4,15}[!?])|Err:\d{3}")


def error_problem(text: str) -> str:
    """The sentence for an error of a spreadsheet."""
    return f"The cell holds the error {text or 'of a formula'}. Mend the formula, or write a value."


UNVALUED = (
    "The cell holds a formula whose value was never worked out. Open the file in a spreadsheet "
    "program and save it, or write the value."
)
MONTH_ONLY = (
    "The cell shows only a month or a year, but holds a whole date. Format the cell as text and "
    "write 2025-03 or 2025, or show the whole date."
)
TIME = "The cell holds a time of day or a length of time, not a date. Write a date, or a text."


class Handler:
    """Reads XML step by step; names come without their prefix."""

    def __init__(self) -> None:
        self.text: list[str] | None = None

    def read(self, part: bytes) -> None:
        """Read a whole part."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start_element
        parser.EndElementHandler = self.end_element
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.refuse
        parser.XmlDeclHandler = self.declare
        try:
            parser.Parse(part, True)
        except (expat.ExpatError, LookupError, ValueError) as damage:
            raise SheetError(f"This file is damaged: {damage}.") from damage

    def refuse(self, *_: object) -> None:
        """A document type may define entities, which grow without end."""
        raise SheetError("This file declares a document type, which is not read.")

    def declare(self, version: str, encoding: str | None, standalone: int) -> None:
        """Text that another reader would take for another text is not read."""
        if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
            raise SheetError(f"The encoding {encoding} is not read in a workbook, only UTF-8.")

    def start_element(self, name: str, attributes: Attributes) -> None:
        self.start(name.rpartition(":")[2], attributes)

    def end_element(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""


def whole(text: str | None, default: int = 1) -> int:
    """A whole number in an attribute."""
    return int(text) if text and text.isascii() and text.isdigit() else default
