"""Files for people: templates to fill in, and a copy of a file with its errors beside the rows."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from . import ods_writing, xlsx_writing
from .cells import ERRORS_HEADING, NOT_READ, Book, Sheet, Value, column_letters, split_address
from .layout import CHOICES, ColumnKind, Layout, Rule
from .tables import Table

FileFormat = Literal["xlsx", "ods"]
# What Excel takes for the name of a sheet. Other programs, and files of CSV, have longer ones.
LONGEST_NAME = 31
NOT_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class TemplateColumn(NamedTuple):
    """A column of a template."""

    label: str
    help: str = ""
    example: Value = None
    required: bool = False
    # Words for a drop-down; other words are refused by the spreadsheet, unless `several`.
    choices: Sequence[str] = ()
    several: bool = False
    kind: ColumnKind = "text"


def write_template(
    kind: str,
    version: str,
    title: str,
    columns: Sequence[TemplateColumn],
    file_format: FileFormat,
) -> bytes:
    """A file to fill in: cover, empty sheet, filled example, help and choices."""
    rules, lists = choice_lists(columns)
    labels: list[Value] = [column.label for column in columns]
    widths = [max(12, min(40, len(column.label) + 4)) for column in columns]
    example = [column.example for column in columns]
    note = f"{NOT_READ}. It shows how “{title}” is filled in."
    pages = [
        cover(kind, version, title),
        Layout(title, [labels], 1, frozenset({0}), widths, rules),
        Layout("Example", [[note], labels, example], 2, frozenset({1}), widths),
        help_page(title, columns),
    ]
    if lists:
        pages.append(choices_page(lists))
    return {"xlsx": xlsx_writing, "ods": ods_writing}[file_format].write(pages, active=1)


def write_templates(
    title: str, parts: Sequence[tuple[str, Sequence[TemplateColumn]]], file_format: FileFormat
) -> bytes:
    """A file with several sheets to fill in, each of another kind: their names and columns."""
    pages: list[Layout] = []
    lists: list[tuple[str, Sequence[str]]] = []
    help_rows: list[list[Value]] = []
    for name, columns in parts:
        rules, own = choice_lists(columns)
        for number, rule in enumerate(rules):
            if rule.choices:
                column, first, last = rule.choices
                rules[number] = rule._replace(choices=(column + len(lists), first, last))
        lists += own
        labels: list[Value] = [column.label for column in columns]
        widths = [max(12, min(40, len(column.label) + 4)) for column in columns]
        pages.append(Layout(name, [labels], 1, frozenset({0}), widths, rules))
        help_rows += [[name, *row] for row in help_page(name, columns).rows[2:]]
    head: list[list[Value]] = [
        [f"{NOT_READ}. It says what each column of “{title}” takes."],
        ["Sheet", "Column", "Needed", "What it takes", "Example", "Choices"],
    ]
    widths = (18, 26, 8, 60, 24, 60)
    pages.append(Layout("Help", head + help_rows, 2, frozenset({1}), widths))
    if lists:
        pages.append(choices_page(lists))
    return {"xlsx": xlsx_writing, "ods": ods_writing}[file_format].write(pages, active=0)


def cover(kind: str, version: str, title: str) -> Layout:
    """What the file is; the reader takes kind and version from it."""
    lines = (
        f"Fill in the sheet “{title}”, a row for each. The sheet “Example” shows how.",
        "The sheet “Help” says what each column takes.",
        "Dates: 2025-06-12, 12 June 2025 or 12/06/2025 (day first); 2025-06 or 2025 if less is "
        "known.",
        "Several values in a cell: put “;” between them.",
        "Leave a cell empty if there is nothing to say. Do not write N/A.",
    )
    rows: list[list[Value]] = [[title], ["Kind", kind], ["Version", version]]
    return Layout("Cover", [*rows, *([line] for line in lines)], 0, frozenset({0}), (14, 40))


def help_page(title: str, columns: Sequence[TemplateColumn]) -> Layout:
    """What each column takes."""
    rows: list[list[Value]] = [
        [f"{NOT_READ}. It says what each column of “{title}” takes."],
        ["Column", "Needed", "What it takes", "Example", "Choices"],
    ]
    for column in columns:
        choices = "; ".join(column.choices[:40]) + ("; …" if len(column.choices) > 40 else "")
        needed = "yes" if column.required else "no"
        rows.append([column.label, needed, column.help, column.example, choices])
    return Layout("Help", rows, 2, frozenset({1}), (26, 8, 60, 24, 60))


def choice_lists(
    columns: Sequence[TemplateColumn],
) -> tuple[list[Rule], list[tuple[str, Sequence[str]]]]:
    """A rule for each column, and the lists that they point to."""
    rules: list[Rule] = []
    lists: list[tuple[str, Sequence[str]]] = []
    for column in columns:
        place = None
        if column.choices:
            # Below the sheet's note and the list's heading.
            place = len(lists), 2, len(column.choices) + 1
            lists.append((column.label, column.choices))
        rules.append(Rule(column.kind, place, strict=not column.several))
    return rules, lists


def choices_page(lists: list[tuple[str, Sequence[str]]]) -> Layout:
    """The words of all drop-downs, a column each."""
    depth = max(len(words) for _, words in lists)
    rows: list[list[Value]] = [
        [f"{NOT_READ}. The drop-downs take their words from it."],
        [label for label, _ in lists],
    ]
    for number in range(depth):
        rows.append([words[number] if number < len(words) else None for _, words in lists])
    return Layout(CHOICES, rows, 2, frozenset({1}), [24] * len(lists))


def write_with_errors(
    book: Book, errors: Iterable[tuple[str, str]], tables: Iterable[Table] = ()
) -> bytes:
    """An XLSX copy of a file with a column of errors beside the rows.

    Errors are addresses ("Sheet1!C7", or a sheet's name alone) with sentences. Cells stay where
    they were, so that addresses hold; columns that a table leaves out are not copied.
    """
    at: dict[str, dict[int, list[tuple[int, str]]]] = {sheet.name: {} for sheet in book.sheets}
    elsewhere: list[list[Value]] = []
    for place, sentence in errors:
        found = split_address(place)
        if found is None or found[0] not in at:
            elsewhere.append([place, sentence])
            continue
        name, number, column = found
        at[name].setdefault(number, []).append((column, sentence))
    of_sheet = {table.sheet: table for table in tables}
    pages = [
        page_with_errors(sheet, at[sheet.name], of_sheet.get(sheet.name)) for sheet in book.sheets
    ]
    if elsewhere:
        note: list[list[Value]] = [
            [f"{NOT_READ}. These errors belong to no row."],
            ["Where", "What"],
        ]
        pages.append(Layout("Errors", note + elsewhere, 2, frozenset({1}), (24, 100)))
    for page, name in zip(pages, sheet_names(page.name for page in pages), strict=True):
        page.name = name
    return xlsx_writing.write(pages, active=0)


def sheet_names(names: Iterable[str]) -> list[str]:
    """The names as a workbook takes them: short, without some signs, and none twice."""
    taken: dict[str, str] = {}
    number = 1
    for name in names:
        plain = short = " ".join(NOT_IN_NAME.sub(" ", name).split())[:LONGEST_NAME].strip("' ")
        while not short or short.lower() in taken:
            number += 1
            short = f"{(plain or 'Sheet')[: LONGEST_NAME - 6]} {number}"
        taken[short.lower()] = short
    return list(taken.values())


def page_with_errors(
    sheet: Sheet, errors: dict[int, list[tuple[int, str]]], table: Table | None
) -> Layout:
    """A sheet's rows as they stand, and at their end what is wrong with each."""
    private = table.private if table else frozenset()
    last = max([row.number for row in sheet.rows] + list(errors), default=1)
    width = max((row.width for row in sheet.rows), default=0)
    rows: list[list[Value]] = [[None] * (width + 1) for _ in range(last)]
    for row in sheet.rows:
        for column, value in enumerate(row.values):
            rows[row.number - 1][column] = None if column in private else value
    framed = set()
    for number, found in errors.items():
        found = sorted(found)
        sentences = [f"{column_letters(column)}: {sentence}" for column, sentence in found]
        rows[number - 1][width] = "\n".join(sentences)
        framed |= {(number - 1, column) for column, _ in found}
    head = table.number - 1 if table else 0
    rows[head][width] = "\n".join(filter(None, [ERRORS_HEADING, rows[head][width]]))
    widths = [16] * width + [80]
    return Layout(sheet.name, rows, head + 1, frozenset({head}), widths, framed=frozenset(framed))
