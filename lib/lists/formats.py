"""The rows of a data download as PostgreSQL writes them: lines of CSV, JSON or XLSX.

The files agree cell by cell: in CSV and XLSX a list is one text, and what a spreadsheet would take
for a formula is defused; else they hold what JSON holds.
"""

# ruff: noqa: S608  nothing but names and words of our own is put into the SQL

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ..sheets.cells import column_letters
from ..sheets.formulas import FORMULA, NOT_IN_XML
from . import workbook
from .columns import SEPARATOR, Column
from .workbook import Batches

SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
# What a cell of a file never holds, and what makes a spreadsheet run it, as PostgreSQL reads them.
UNCLEAN = rf"\r|{NOT_IN_XML.pattern}"
RUNS = f"^(?:{FORMULA.pattern})".replace(r"\s", f"[{SPACES}]")
# The first day that every spreadsheet counts alike; day 0 lies so that it does.
FIRST_DAY, DAY_0 = "1900-03-01", "1899-12-30"
LONGEST_CELL = 32_767  # letters, in Excel
MOST_ARGUMENTS = 50  # PostgreSQL's limit is 100


def literal(text: str) -> str:
    """A text in SQL, in a query with parameters."""
    return f"""'{text.replace("'", "''").replace("%", "%%")}'"""


def concat(parts: Sequence[str]) -> str:
    """Texts, one after another; what is null is left out."""
    if len(parts) <= MOST_ARGUMENTS:
        return f"concat({', '.join(parts)})"
    groups = [parts[at : at + MOST_ARGUMENTS] for at in range(0, len(parts), MOST_ARGUMENTS)]
    return concat([concat(group) for group in groups])


def read(column: Column) -> str:
    """A column's value as the database has it."""
    return column.sql or f'r."{column.name}"'


def words_for(value: str, words: Mapping[str, str]) -> str:
    """The words for a value; null for any other."""
    cases = " ".join(f"WHEN {literal(one)} THEN {literal(text)}" for one, text in words.items())
    return f"CASE {value}::text {cases} END"


def clean(text: str) -> str:
    """A text with one sort of line ending, and signs for characters that no sheet can hold."""
    lines = f"regexp_replace({text}, E'\\r\\n?', E'\\n', 'g')"
    return f"regexp_replace({lines}, {literal(NOT_IN_XML.pattern)}, U&'\\FFFD', 'g')"


def value(column: Column) -> str:
    """A column's value of its own type; null if there is none."""
    raw = read(column)
    if column.words is not None:
        return words_for(raw, column.words)
    if column.kind == "text" and column.is_list:
        cleaned = f"ARRAY(SELECT {clean('one')} FROM unnest({raw}) one)"
        unclean = f"array_to_string({raw}, '') ~ {literal(UNCLEAN)}"
        return f"COALESCE(CASE WHEN {unclean} THEN {cleaned} ELSE {raw} END, '{{}}')"
    if column.kind == "text":
        unclean = f"{raw} ~ {literal(UNCLEAN)}"
        return f"NULLIF(CASE WHEN {unclean} THEN {clean(raw)} ELSE {raw} END, '')"
    if column.is_list:
        return f"COALESCE({raw}, '{{}}')"
    return f"NULLIF({raw}, '')" if column.kind in ("code", "partial_date") else raw


def cell(column: Column) -> str:
    """A column's value as the text of a sheet's cell; null if there is none."""
    raw = first = read(column)
    if column.words is not None:
        return words_for(raw, column.words)
    if column.is_list:
        first, raw = f"{raw}[1]", f"array_to_string({raw}, {literal(SEPARATOR)})"
    if column.kind == "text":
        suspect = f"{raw} ~ {literal(f'{UNCLEAN}|{RUNS}')}"
        return f"NULLIF(CASE WHEN {suspect} THEN {defuse(clean(raw))} ELSE {raw} END, '')"
    if column.kind in ("code", "partial_date"):
        return f"NULLIF(CASE WHEN starts_with({first}, '-') THEN '''' || {raw} ELSE {raw} END, '')"
    return f"{raw}::text"


def defuse(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"CASE WHEN {text} ~ {literal(RUNS)} THEN '''' || {text} ELSE {text} END"


class Format(Protocol):
    """A form of file: the query for its lines, one a row, and the pieces that they make."""

    content_type: str

    def query(self, columns: Sequence[Column], rows: str) -> str:
        """The SQL that gives a line for each row of other SQL, in its order.

        Those rows have what the columns read, by name, and as "#" the line of the row in a sheet.
        """

    def pieces(
        self, about: Mapping[str, Any], columns: Sequence[Column], batches: Batches
    ) -> Iterator[bytes]:
        """The file, piece by piece."""


class Csv:
    """One line of names, then a line for each row."""

    content_type = "text/csv; charset=utf-8"

    def query(self, columns: Sequence[Column], rows: str) -> str:
        parts: list[str] = []
        for column in columns:
            text = cell(column)
            quoted = f"""'"' || replace({text}, '"', '""') || '"'"""
            parts += [quoted if column.kind == "text" else text, "','"]
        line = concat(parts[:-1])
        return f"SELECT {line} FROM ({rows}) AS r"

    def pieces(
        self, about: Mapping[str, Any], columns: Sequence[Column], batches: Batches
    ) -> Iterator[bytes]:
        head = io.StringIO()
        csv.writer(head).writerow(column.name for column in columns)
        # The mark at the start tells Excel that the text is UTF-8.
        yield head.getvalue().encode("utf-8-sig")
        for lines in batches:
            yield "".join(f"{line}\r\n" for line in lines).encode()


class Json:
    """What the file says of itself, its columns, and an object for each row."""

    content_type = "application/json"

    def query(self, columns: Sequence[Column], rows: str) -> str:
        values = ", ".join(f'{value(column)} AS "{column.name}"' for column in columns)
        typed = f"SELECT {values} FROM ({rows}) AS r"
        return f"SELECT row_to_json(typed)::text FROM ({typed}) AS typed"

    def pieces(
        self, about: Mapping[str, Any], columns: Sequence[Column], batches: Batches
    ) -> Iterator[bytes]:
        described = [
            {"name": c.name, "meaning": c.meaning, "type": c.kind, "is_list": c.is_list}
            for c in columns
        ]
        head = {"about": about, "columns": described}
        yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "rows": [\n'
        separator = ""
        for lines in batches:
            yield (separator + ",\n".join(lines)).encode()
            separator = ",\n"
        yield b"\n]}\n"


class Xlsx:
    """A sheet with a line of names and a line for each row, and a sheet about them."""

    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def query(self, columns: Sequence[Column], rows: str) -> str:
        cells = [
            self.element(column, column_letters(place)) for place, column in enumerate(columns)
        ]
        row = concat(["""'<row r="'""", 'r."#"', """'">'""", *cells, "'</row>'"])
        return f"SELECT {row} FROM ({rows}) AS r"

    def element(self, column: Column, letters: str) -> str:
        """A column's value as the XML of a cell; null if there is none."""

        def element(attributes: str, value: str, before: str = "<v>", after: str = "</v>") -> str:
            start = f"""'<c r="{letters}' || r."#" || '"{attributes}>{before}'"""
            return f"{start} || {value} || '{after}</c>'"

        raw, shown = read(column), escape_xml(cell(column))
        if column.kind == "text" and column.words is None:
            shown = f"left({shown}, {LONGEST_CELL})"
        text = element(' t="inlineStr"', shown, '<is><t xml:space="preserve">', "</t></is>")
        if column.is_list or column.words is not None:
            return text
        date = element(f' s="{workbook.DATE_STYLE}"', f"({raw}::date - DATE '{DAY_0}')")
        match column.kind:
            case "integer":
                return element("", raw)
            case "boolean":
                return element(' t="b"', f"{raw}::int")
            case "date":
                return f"CASE WHEN {raw} < '{FIRST_DAY}' THEN {text} ELSE {date} END"
            case "partial_date":
                return f"CASE WHEN length({raw}) = 10 THEN {date} ELSE {text} END"
        return text

    def pieces(
        self, about: Mapping[str, Any], columns: Sequence[Column], batches: Batches
    ) -> Iterator[bytes]:
        yield from workbook.pieces(about, columns, batches)


def escape_xml(text: str) -> str:
    """A text as XML holds it."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = f"replace({text}, '{sign}', '{entity}')"
    return text


FORMATS: dict[str, Format] = {"csv": Csv(), "xlsx": Xlsx(), "json": Json()}
