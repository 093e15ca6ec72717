"""The marks of an ODS workbook."""

import re

from .cells import Area
from .marks import (
    ERROR_TEXT,
    MONTH_ONLY,
    TIME,
    UNVALUED,
    Attributes,
    Handler,
    Marks,
    error_problem,
    whole,
)

# The library loses these elements, and keeps the signs that they stand for.
TAB = re.compile(rb"<text:tab(?:\s[^<>]*)?(?:/>|>\s*</text:tab>)")
BREAK = re.compile(rb"<text:line-break\s*(?:/>|>\s*</text:line-break>)")
LOST = "Not all of this cell's text can be read. Write it again, or save the file as .xlsx."


def read_marks(parts: dict[str, bytes]) -> dict[str, Marks]:
    """What each sheet says, by its name."""
    content = BREAK.sub(b"&#10;", TAB.sub(b"&#9;", parts["content.xml"]))
    parts["content.xml"] = content
    handler = ContentHandler()
    if "styles.xml" in parts:
        handler.read(parts["styles.xml"])
    handler.read(content)
    return {marks.name: marks for marks in handler.sheets}


class ContentHandler(Handler):
    """Reads the styles and all the sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[Marks] = []
        self.marks: Marks | None = None
        self.style = self.date_style = ""
        self.hidden_tables: set[str] = set()
        self.dayless: set[str] = set()
        self.data_styles: dict[str, str] = {}
        self.row = self.next_row = self.column = self.next_column = 0
        self.row_repeated = self.repeated = 1
        self.column_styles: list[tuple[int, str]] = []
        self.cell: Attributes | None = None
        self.notes = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if self.marks is None:
            self.start_style(name, attributes)
        elif name in ("table-cell", "covered-table-cell"):
            self.start_cell(attributes)
        elif name == "table-row":
            self.row, self.row_repeated = self.next_row, rows_of(attributes)
            self.next_row += self.row_repeated
            self.next_column = 0
            if attributes.get("table:visibility", "visible") != "visible":
                self.marks.hidden_rows.append((self.row, self.next_row - 1))
        elif name == "table-column":
            self.start_column(attributes)
        elif name == "annotation":
            self.notes += 1
        elif name in ("tab", "line-break") and self.cell is not None and not self.notes:
            self.marks.problems[self.row, self.column] = LOST
        elif name == "p" and self.cell is not None and not self.notes and self.text is None:
            self.text = []

    def start_style(self, name: str, attributes: Attributes) -> None:
        """What stands before the sheets: how tables are shown, how dates are."""
        if name == "table" and "table:name" in attributes:
            self.marks = Marks(attributes["table:name"])
            self.marks.visible = attributes.get("table:style-name") not in self.hidden_tables
            self.next_row = self.next_column = 0
            self.column_styles = []
        elif name == "style":
            self.style = attributes.get("style:name", "")
            self.data_styles[self.style] = attributes.get("style:data-style-name", "")
        elif name == "table-properties" and attributes.get("table:display") == "false":
            self.hidden_tables.add(self.style)
        elif name == "date-style":
            self.date_style = attributes.get("style:name", "")
            self.dayless.add(self.date_style)
        elif name == "day":
            self.dayless.discard(self.date_style)

    def start_column(self, attributes: Attributes) -> None:
        """A column, or several alike."""
        repeated = columns_of(attributes)
        last = self.next_column + repeated - 1
        if attributes.get("table:visibility", "visible") != "visible":
            self.marks.hidden_columns.append((self.next_column, last))
        self.column_styles.append((last, attributes.get("table:default-cell-style-name", "")))
        self.next_column += repeated

    def start_cell(self, attributes: Attributes) -> None:
        """A cell, or several alike, in a row or in several alike."""
        self.cell, self.column = attributes, self.next_column
        self.repeated = columns_of(attributes)
        self.next_column += self.repeated
        down = whole(attributes.get("table:number-rows-spanned"))
        across = whole(attributes.get("table:number-columns-spanned"))
        if down > 1 or across > 1:
            at = self.row, self.column
            self.marks.merged.append(Area(*at, at[0] + down - 1, at[1] + across - 1))

    def end(self, name: str) -> None:
        if name == "annotation":
            self.notes -= 1
        elif name in ("table-cell", "covered-table-cell") and self.cell is not None:
            self.end_cell(self.cell, "".join(self.text or ()))
            self.cell = self.text = None
        elif name == "table" and self.marks is not None:
            self.marks.finish()
            self.sheets.append(self.marks)
            self.marks = None

    def end_cell(self, cell: Attributes, text: str) -> None:
        """A cell with its text."""
        kind, formula = cell.get("office:value-type", ""), cell.get("table:formula")
        if not kind and formula is None and not text:
            return
        last = self.row + self.row_repeated - 1, self.column + self.repeated - 1
        self.marks.reach(*last, self.row_repeated * self.repeated)
        problem = self.problem_of(cell, kind, formula, text)
        if not problem and formula is None:
            return
        for row in range(self.row, last[0] + 1):
            for column in range(self.column, last[1] + 1):
                if formula is not None:
                    self.marks.add_formula(row, column)
                if problem:
                    self.marks.problems[row, column] = problem
                if problem == UNVALUED:
                    self.marks.unvalued[row, column] = f"={(formula or '').partition('=')[2]}"

    def problem_of(self, cell: Attributes, kind: str, formula: str | None, text: str) -> str:
        """What makes the cell's value unusable."""
        if cell.get("calcext:value-type") == "error" or (
            formula is not None and kind == "string" and ERROR_TEXT.fullmatch(text)
        ):
            return error_problem(text)
        if not kind:
            return LOST if formula is None else UNVALUED
        if kind == "time":
            return TIME
        if kind == "date" and self.data_styles.get(self.cell_style(cell)) in self.dayless:
            return MONTH_ONLY
        return ""

    def cell_style(self, cell: Attributes) -> str:
        """The style of a cell: its own, or its column's."""
        own = cell.get("table:style-name")
        if own is not None:
            return own
        return next((style for last, style in self.column_styles if self.column <= last), "")


def rows_of(attributes: Attributes) -> int:
    """How many rows an element stands for."""
    return whole(attributes.get("table:number-rows-repeated"))


def columns_of(attributes: Attributes) -> int:
    """How many columns or cells an element stands for."""
    return whole(attributes.get("table:number-columns-repeated"))
