"""The archive: a zip of a CSV file a table, with what describes them at its root.

PostgreSQL writes each file by COPY, and it is compressed as it comes, so none is held as a whole.
Equal rows make equal bytes: entries have a fixed order and one time, and no file says when it was
made.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db import connection

from ..lists.columns import Column
from ..lists.formats import cell
from .tables import Table

STAMP = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
PERMISSIONS = 0o100644 << 16
UNIX = 3

Spell = Callable[[Column], str]


class Entry(NamedTuple):
    """What the archive holds of a table: its number of rows, and its file's bytes and SHA-256."""

    table: Table
    rows: int
    size: int
    sha256: str


class Lines:
    """A file that COPY writes, a row at a time: each line ends as RFC 4180 has it."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write_on = write
        self.rows, self.size, self.hash = 0, 0, hashlib.sha256()

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self.hash.update(data)
        self.write_on(data)

    def write(self, line: bytes) -> None:
        """Take a row. PostgreSQL sends each by itself, so that its end is that of the line."""
        self.rows += 1
        self.add(line[:-1] + b"\r\n")


def copy_rows(table: Table, spell: Spell, write: Callable[[bytes], object]) -> Lines:
    """Write a table as CSV, with a line of names; `spell` gives the SQL of a column's value."""
    sql, params = table.query()
    values = ", ".join(f'{spell(one)} AS "{one.name}"' for one in table.columns)
    lines = Lines(write)
    lines.add(heading(table))
    with connection.cursor() as cursor:
        query = cursor.mogrify(f"SELECT {values} FROM ({sql}) AS r", params)  # noqa: S608 our own names
        text = query.decode() if isinstance(query, bytes) else query
        cursor.copy_expert(f"COPY ({text}) TO STDOUT WITH (FORMAT csv)", lines)
    return lines


def heading(table: Table) -> bytes:
    """The line of a table's names."""
    text = io.StringIO()
    csv.writer(text).writerow(one.name for one in table.columns)
    return text.getvalue().encode()


def write_archive(
    path: Path,
    tables: Sequence[Table],
    describe: Callable[[Sequence[Entry]], Mapping[str, str]],
) -> list[Entry]:
    """Write the archive; `describe` gives the texts that stand beside the tables, by file name."""
    entries = []
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for table in tables:
            with archive.open(entry_named(table.path), "w") as file:
                lines = copy_rows(table, cell, file.write)
            entries.append(Entry(table, lines.rows, lines.size, lines.hash.hexdigest()))
        for name, text in describe(entries).items():
            archive.writestr(entry_named(name), text.encode())
    return entries


def entry_named(name: str) -> ZipInfo:
    """An entry of the archive, the same whenever and wherever it is made."""
    info = ZipInfo(name, STAMP)
    info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, UNIX, PERMISSIONS
    return info


def as_json(value: object) -> str:
    """JSON that a person can read too."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
