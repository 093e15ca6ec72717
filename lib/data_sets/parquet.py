"""The data set as Parquet, a file a table, in one zip. Needs pyarrow, which is optional.

Each column has the type that its declaration says, whatever its values are: also one without any.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, ZipFile

import pyarrow as pa
from pyarrow import csv, parquet

from ..lists.columns import SEPARATOR, Column
from ..lists.formats import literal, value
from .archive import Entry, copy_rows, entry_named
from .descriptors import meaning
from .tables import Table

TYPES = {
    "date": pa.date32(),
    "moment": pa.timestamp("ms", tz="UTC"),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}
BLOCK = 1 << 20  # bytes of CSV that are read at once


def write_parquet(path: Path, entries: Sequence[Entry]) -> None:
    """Write the zip; its entries are compressed in themselves."""
    with TemporaryDirectory() as folder, ZipFile(path, "w", ZIP_STORED) as archive:
        for entry in entries:
            file = Path(folder) / f"{entry.table.name}.parquet"
            write_table(file, entry.table)
            info = entry_named(file.name)
            info.compress_type, info.file_size = ZIP_STORED, file.stat().st_size
            with archive.open(info, "w") as target, file.open("rb") as source:
                while piece := source.read(BLOCK):
                    target.write(piece)
            file.unlink()


def write_table(path: Path, table: Table) -> None:
    """Write a table. It goes through a file of CSV, from which pyarrow reads typed columns."""
    schema = pa.schema([field(table, column) for column in table.columns])
    rows = path.with_suffix(".csv")
    with rows.open("wb") as file:
        copy_rows(table, plain, file.write)
    read = csv.open_csv(
        rows,
        csv.ReadOptions(block_size=BLOCK, use_threads=False),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["t", "true"],
            false_values=["f", "false"],
        ),
    )
    with read, parquet.ParquetWriter(path, schema, compression="zstd") as target:
        for batch in read:
            target.write_batch(batch.cast(schema))
    rows.unlink()


def field(table: Table, column: Column) -> pa.Field:
    """A column as Parquet declares it."""
    kind = pa.string() if column.is_list else TYPES.get(column.kind, pa.string())
    described = {"description": meaning(column)}
    return pa.field(column.name, kind, column.name not in table.required, described)


def plain(column: Column) -> str:
    """The SQL of a column's value, as no spreadsheet reads it; a list is one text."""
    if column.is_list:
        return f"NULLIF(array_to_string({value(column)}, {literal(SEPARATOR)}), '')"
    return value(column)
