"""Wide sheets: a row with many facts becomes a row for each, whose cells keep their addresses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lib.sheets.cells import Cell, Row, Value

from .records import KindTable


class WideCell(NamedTuple):
    """What a cell of a wide sheet says for one column, and what is wrong with it.

    An empty problem is one that is told elsewhere.
    """

    value: Value
    problem: str | None = None


@dataclass(slots=True)
class UnfoldedRow(Row):
    """One fact of a row of a wide sheet; `places` says where each of its cells stands there."""

    places: dict[int, int] = field(default_factory=dict)

    def cell(self, column: int) -> Cell:
        value = self.values[column] if column < len(self.values) else None
        place = Row(self.sheet, self.number, []).cell(self.places.get(column, 0)).address
        return Cell(value, place, self.problems.get(column, ""))


def unfold(
    table: KindTable,
    columns: list[str],
    wide: Iterable[int],
    read: Callable[[Row, int], dict[str, WideCell]],
) -> KindTable:
    """The table with a row for each filled cell of its wide columns.

    `read` says what such a cell means, by the names of columns; the other columns hold for all.
    """
    position = {name: number for number, name in enumerate(columns)}
    rows = []
    for row in table.rows:
        for index in wide:
            cell = row.cell(index)
            if cell.value is None and not cell.problem:
                continue
            unfolded = UnfoldedRow(row.sheet, row.number, [None] * len(columns))
            for name, at in table.columns.items():
                unfolded.values[position[name]] = row.cell(at).value
                unfolded.places[position[name]] = at
                if at in row.problems:
                    unfolded.problems[position[name]] = row.problems[at]
            for name, said in read(row, index).items():
                unfolded.values[position[name]] = said.value
                unfolded.places[position[name]] = index
                if cell.problem or said.problem is not None:
                    unfolded.problems[position[name]] = cell.problem or said.problem
            rows.append(unfolded)
    return replace(table, columns=position, rows=rows, others={})
