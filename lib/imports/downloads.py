"""Downloads in exactly the form of import files: what one brings in, the other gives out."""

import csv
import io
from collections.abc import Iterator

from lib.sheets.formulas import defuse

from . import kinds
from .resources import SheetResource

LINES_AT_ONCE = 500


def csv_of(resource: SheetResource) -> Iterator[str]:
    """The stored rows of a kind as a CSV file, in pieces of several lines."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(column.column_name for column in resource.columns)
    for number, line in enumerate(resource.download_rows(), start=1):
        writer.writerow(map(defuse, line))
        if number % LINES_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def downloaded_kinds() -> list[type[SheetResource]]:
    """The kinds that are records of facts, in the order in which they are imported."""
    return [resource for resource in kinds.in_order() if resource.is_downloaded]
