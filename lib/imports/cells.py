"""Cells: each is a value, or a problem that says where it stands and how to mend it."""

from typing import Any

from lib.sheets.cells import Row
from lib.sheets.values import blank_word_problem, is_blank_word, month_first_problem

from .columns import Column
from .problems import CellError, Problem
from .records import KindTable, Record
from .resources import SheetResource
from .runs import Run
from .widgets import DateWidget

WRONG = object()  # stands for a value that was refused
LONGEST_BLANK_WORD = 24


class CellReader:
    """Reads cells of the tables of one kind; `problems` are those that it found."""

    def __init__(self, resource: SheetResource, tables: list[KindTable], run: Run) -> None:
        self.resource, self.tables, self.run = resource, tables, run
        self.problems: list[Problem] = []
        self.kept: dict[tuple[str, type, object], Any] = {}
        self.month_first: set[tuple[int, str]] = set()

    def refuse(
        self,
        table: KindTable,
        row: Row,
        column: str,
        rule: str,
        mend: str = "",
        record: Record | None = None,
    ) -> None:
        """Keep a problem of a cell."""
        problem = self.resource.problem(table, row, column, rule, mend)
        self.problems.append(problem)
        if record is not None:
            record.problems.append(problem)
            record.wrong_columns.add(column)

    def is_filled(self, table: KindTable, row: Row, column: Column) -> bool:
        """Whether a row has anything in this column."""
        index = table.columns.get(column.column_name)
        if index is None:
            return False
        value = row.values[index] if index < len(row.values) else None
        return index in row.problems or not (
            value is None or (isinstance(value, str) and not value.strip())
        )

    def value(self, table: KindTable, row: Row, column: Column, values: dict[str, Any]) -> Any:  # noqa: ANN401
        """The value of a cell; raises `ValueError` with a sentence where it cannot be taken."""
        name = column.column_name
        if not self.is_filled(table, row, column):
            if column.required:
                mend = column.widget.mend if column.widget.options() else ""
                raise CellError("This cell must not be blank.", mend)
            return column.blank
        index = table.columns[name]
        if index in row.problems:
            raise CellError(row.problems[index])
        raw = row.values[index]
        is_short = not isinstance(raw, str) or len(raw) < LONGEST_BLANK_WORD
        if is_short and raw not in column.may_say and is_blank_word(raw):
            raise CellError(blank_word_problem(raw))
        if (id(table), name) in self.month_first:
            raise CellError("")  # said once, for the whole column
        widget = column.widget
        if widget.depends_on_row:
            return widget.clean(raw, row=values, run=self.run)
        kept = name, type(raw), raw
        if kept not in self.kept:
            try:
                self.kept[kept] = widget.clean(raw, row=values, run=self.run)
            except ValueError as error:
                self.kept[kept] = error
        found = self.kept[kept]
        if isinstance(found, ValueError):
            raise found
        return found

    def read_cell(
        self,
        table: KindTable,
        row: Row,
        column: Column,
        values: dict[str, Any],
        record: Record | None = None,
    ) -> Any:  # noqa: ANN401
        """The value of a cell, or `WRONG` where it was refused, and why is kept."""
        try:
            return self.value(table, row, column, values)
        except ValueError as error:
            rule = getattr(error, "rule", str(error))
            mend = getattr(error, "mend", "")
            if rule:
                self.refuse(table, row, column.column_name, rule, mend, record)
            elif record is not None:
                record.wrong_columns.add(column.column_name)
            return WRONG

    def prepare(self, table: KindTable) -> None:
        """Look up at once what the cells of a table name, and see how its dates are written."""
        for column in self.resource.columns:
            index = table.columns.get(column.column_name)
            if index is None:
                continue
            if isinstance(column.widget, DateWidget):
                cells = (row.cell(index) for row in table.rows if index < len(row.values))
                if sentence := month_first_problem(cells):
                    self.month_first.add((id(table), column.column_name))
                    first = next(
                        row for row in table.rows if month_first_problem([row.cell(index)])
                    )
                    self.refuse(table, first, column.column_name, sentence)
            values = {
                row.values[index]
                for row in table.rows
                if index < len(row.values) and row.values[index] is not None
            }
            column.widget.prepare(values, self.run)
