"""What an archive says to people: how to read it, what each column means, its licence."""

from collections.abc import Sequence

from django.template.loader import render_to_string

from ..lists.columns import Column
from .archive import Entry
from .descriptors import About, csv_on_the_web, data_package, enum, meaning
from .tables import FURTHER, IMPORT_FILES, LINKS, Table

KINDS = {
    "text": "text",
    "code": "code",
    "date": "date",
    "partial_date": "date, month or year",
    "moment": "date and time in UTC",
    "integer": "whole number",
    "boolean": "true or false",
}


def describe(about: About, entries: Sequence[Entry]) -> dict[str, str]:
    """The texts beside the tables, by the names of their files."""
    return {
        "datapackage.json": data_package(about, entries),
        "csv-metadata.json": csv_on_the_web(about, entries),
        "README.md": readme(about, entries),
        "COLUMNS.md": explain_columns(entries),
        "LICENCE.txt": render_to_string("data_sets/licence.txt", {"about": about}),
    }


def readme(about: About, entries: Sequence[Entry]) -> str:
    """What the archive holds, and how to read it."""
    folders = {IMPORT_FILES: [], LINKS: [], FURTHER: []}
    for entry in entries:
        folders[entry.table.folder].append(entry)
    context = {"about": about, "folders": folders}
    return render_to_string("data_sets/readme.txt", context)


def explain_columns(entries: Sequence[Entry]) -> str:
    """Every column of every table: its type, what it means, and what it may hold."""
    parts = ["# Columns\n", "An empty cell means that there is no value.\n"]
    for table in (entry.table for entry in entries):
        parts.append(f"## {table.path}\n\n{table.description}\n")
        if table.key:
            parts.append(f"What names a row: {', '.join(f'`{name}`' for name in table.key)}.\n")
        rows = "\n".join(line_of(table, column) for column in table.columns)
        parts.append(f"| column | type | meaning |\n| --- | --- | --- |\n{rows}\n")
    return "\n".join(parts)


def line_of(table: Table, column: Column) -> str:
    """A column as a line of a table of Markdown."""
    said = meaning(column)
    if values := enum(column):
        said += f" One of: {', '.join(f'`{value}`' for value in values)}."
    for link in table.links:
        if column.name in link.columns and len(link.columns) == 1:
            said += f" See `{link.to[0]}` of `{link.table}`."
    kind = type_in_words(column)
    return f"| `{column.name}` | {kind} | {said.replace('|', '&#124;')} |"


def type_in_words(column: Column) -> str:
    """What the values of a column are."""
    return "list, with “; ” between its values" if column.is_list else KINDS[column.kind]
