"""The data set as one workbook, a sheet a table."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from ..lists.downloads import MOST_XLSX_ROWS
from ..lists.formats import FORMATS
from ..lists.workbook import Sheet, pieces_of_sheets
from .archive import Entry
from .tables import Table

BATCH = 1_000  # rows


def fits_a_workbook(entries: Sequence[Entry]) -> bool:
    """Whether each table has as few rows as programs for spreadsheets can open."""
    return all(entry.rows <= MOST_XLSX_ROWS for entry in entries)


def write_workbook(path: Path, about: Mapping[str, Any], entries: Sequence[Entry]) -> None:
    """Write the workbook."""
    sheets = [
        Sheet(entry.table.name, entry.table.columns, entry.rows, rows_of(entry.table))
        for entry in entries
    ]
    with path.open("wb") as file:
        for piece in pieces_of_sheets(about, sheets):
            file.write(piece)


def rows_of(table: Table) -> Iterator[list[str]]:
    """The rows of a table as a sheet has them, in batches."""
    sql, params = table.query()
    with connection.chunked_cursor() as cursor:
        cursor.execute(FORMATS["xlsx"].query(table.columns, sql), params)
        while rows := cursor.fetchmany(BATCH):
            yield [row for (row,) in rows]
