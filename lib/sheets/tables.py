"""The table in a sheet: its heading row is found by its words, and what is no data is listed."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import NamedTuple

from .cells import (
    ERRORS_HEADING,
    Area,
    Cell,
    LeftOut,
    Row,
    Sheet,
    address,
    column_letters,
    split_address,
)
from .values import clean_text, match_key

# Headings stand in the first rows, below a title at most.
SEARCH_ROWS = 60
META = ("kind", "version")
TOTAL = re.compile(r"(grand |sub-?)?totals?\b.{0,30}|sum|average|mean|count", re.I)
NOTE = re.compile(r"(notes?|sources?|key|footnotes?|legend)\b\s*[:\d.]|\*|†|\[\w{1,3}\]", re.I)


@dataclass(frozen=True)
class Heading:
    """A heading: its text, where it stands, and the column it names."""

    text: str
    # Counted from nought.
    index: int
    address: str
    # As in `known`; empty for a heading that only `accepts` knows.
    name: str = ""


class TableProblem(NamedTuple):
    """What is wrong with a table, not with a row: where, what stands there, and a sentence."""

    address: str
    value: str
    sentence: str


@dataclass
class Table:
    """Rows below their headings."""

    sheet: str
    headings: list[Heading]
    # The number of the (last) heading row.
    number: int
    rows: list[Row] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    problems: list[TableProblem] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    # Columns that are left out by name, counted from nought.
    private: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.by_name = {heading.name: heading for heading in self.headings if heading.name}

    def cell(self, row: Row, name: str) -> Cell | None:
        """A row's cell in a known column; None if the table lacks it."""
        heading = self.by_name.get(name)
        return row.cell(heading.index) if heading else None


@dataclass(frozen=True)
class Words:
    """What headings may say."""

    # Column by each of its wordings, folded; and the wordings as they are written.
    known: dict[str, str]
    written: dict[str, str]
    accepts: Callable[[str], bool]
    leave_out: frozenset[str]

    def match(self, *texts: str) -> tuple[str, str] | None:
        """Text and column of the first text that is a heading."""
        for text in texts:
            if (folded := match_key(text)) in self.known:
                return text, self.known[folded]
        return next(((text, "") for text in texts if text and self.accepts(text)), None)

    def nearest(self, text: str) -> str:
        """The wording most like a text, if any is."""
        near = get_close_matches(match_key(text), self.known, n=1, cutoff=0.7)
        return self.written[near[0]] if near else ""


def find_table(
    sheet: Sheet,
    known: Mapping[str, str] | Iterable[str],
    *,
    required: Iterable[str] = (),
    accepts: Callable[[str], bool] = lambda text: False,
    leave_out: Iterable[str] = (),
    carry_down: Iterable[str] = (),
) -> Table | None:
    """The table below the row with the most headings; None if no row has two.

    `known` is the columns' names, or the column by each wording. `accepts` knows further headings,
    of wide sheets. Columns in `leave_out` are never read; `carry_down` names those in which a
    merged cell holds for all its rows. Rows that lack most of `required` below a gap are no data.
    """
    if not isinstance(known, Mapping):
        known = {name: name for name in known}
    folded = {match_key(wording): name for wording, name in known.items()}
    written = {match_key(wording): wording for wording in known}
    words = Words(folded, written, accepts, frozenset(map(match_key, leave_out)))
    head = find_head(sheet, words)
    if head is None:
        return None
    position, height, texts = head
    last = sheet.rows[position]
    table = make_table(sheet, last, texts, words)
    above = [without(row, table.private) for row in sheet.rows[: position + 1 - height]]
    table.meta = sheet.meta | meta_of(above)
    why = "It stands above the headings."
    table.left_out += [LeftOut(row_address(row), row.text, why) for row in above]
    below = [without(row, table.private) for row in sheet.rows[position + 1 :]]
    add_rows(table, below, frozenset(required))
    spread_merged(table, sheet.merged, frozenset(carry_down))
    return table


def meta_of(rows: Iterable[Row]) -> dict[str, str]:
    """What rows of two cells say: a kind, a version."""
    meta = {}
    for row in rows:
        filled = [clean_text(value) for value in row.values if value is not None]
        if len(filled) == 2 and (word := match_key(filled[0]).rstrip(":")) in META:
            meta[word] = filled[1]
    return meta


def row_address(row: Row) -> str:
    """Where a row begins: "Sheet1!A5"."""
    return address(row.sheet, row.number, next(row.filled(), 0))


# Headings

Texts = dict[int, tuple[str, ...]]


def find_head(sheet: Sheet, words: Words) -> tuple[int, int, Texts] | None:
    """Position of the last row of the headings, how many rows, and what each column's may read."""
    best: tuple[int, int, Texts] | None = None
    most = min(2, len(set(words.known.values()))) - 1
    for position, row in enumerate(sheet.rows[:SEARCH_ROWS]):
        options = [{column: (clean_text(row.values[column]),) for column in filled_texts(row)}]
        above = sheet.rows[position - 1] if position else None
        if above is not None and above.number == row.number - 1:
            options.append(join_rows(above, row, sheet.merged))
        for height, texts in enumerate(options, start=1):
            score = sum(words.match(*text) is not None for text in texts.values())
            if score > most:
                most, best = score, (position, height, texts)
    return best


def filled_texts(row: Row) -> list[int]:
    """The columns of a row that hold anything."""
    return [column for column in row.filled() if clean_text(row.values[column])]


def join_rows(upper: Row, lower: Row, merged: list[Area]) -> Texts:
    """Headings in two rows: an upper one holds for all columns up to the next."""
    texts: Texts = {}
    over = ""
    ends = {(a.top, a.left): a.right for a in merged}
    until = -1
    for column in range(max(len(upper.values), len(lower.values))):
        above = clean_text(upper.cell(column).value)
        below = clean_text(lower.cell(column).value)
        if above:
            over = above
            until = ends.get((upper.number - 1, column), -1 if not merged else column)
        elif merged and column > until:
            over = ""
        if below and over:
            texts[column] = (f"{over} {below}", f"{below} ({over})", below)
        elif below or above:
            texts[column] = (below or above,)
    return texts


def make_table(sheet: Sheet, last: Row, texts: Texts, words: Words) -> Table:
    """A table with its headings, and what is wrong with them."""
    headings: list[Heading] = []
    left_out: list[LeftOut] = []
    problems: list[TableProblem] = []
    private: set[int] = set()
    first_of: dict[str, str] = {}
    for column, wordings in texts.items():
        place = address(sheet.name, last.number, column)
        if words.leave_out & set(map(match_key, wordings)):
            private.add(column)
            left_out.append(LeftOut(place, wordings[0], "The column is left out by name."))
            continue
        if wordings[-1].startswith(ERRORS_HEADING):
            private.add(column)
            continue
        match = words.match(*wordings)
        if match is None:
            problems.append(TableProblem(place, wordings[0], unknown_heading(wordings, words)))
            continue
        heading = Heading(match[0], column, place, match[1])
        same = heading.name or match_key(heading.text)
        if same in first_of:
            sentence = f"This column is there twice, first in {first_of[same]}. Keep one."
            problems.append(TableProblem(place, heading.text, sentence))
            continue
        first_of[same] = place
        headings.append(heading)
    table = Table(sheet.name, headings, last.number, left_out=left_out, problems=problems)
    table.hidden = list(sheet.hidden)
    table.private = frozenset(private)
    return table


def unknown_heading(wordings: tuple[str, ...], words: Words) -> str:
    """The sentence for a heading that names no column, with the nearest that does."""
    near = next(filter(None, map(words.nearest, wordings)), "")
    question = f" Did you mean “{near}”?" if near else ""
    return f"No column is called “{wordings[0]}”.{question}"


# Rows


def add_rows(table: Table, rows: list[Row], required: frozenset[str]) -> None:
    """Add the rows that are data; list those that are not."""
    used = {heading.index for heading in table.headings}
    named = used | {column_at(problem.address) for problem in table.problems}
    needed = {table.by_name[name].index for name in required if name in table.by_name}
    headings = {heading.index: match_key(heading.text) for heading in table.headings}
    stray: set[int] = set()
    before = table.number
    gap = False
    for row in rows:
        gap = gap or row.number > before + 1
        before = row.number
        filled = [column for column in row.filled() if column in used]
        others = [column for column in row.filled() if column not in named]
        why = why_no_data(row, filled, others, headings, needed, gap)
        if why:
            table.left_out.append(LeftOut(row_address(row), row.text, why))
        elif filled or others:
            table.rows.append(row)
            for column in set(others) - stray:
                stray.add(column)
                table.problems.append(
                    TableProblem(
                        address(row.sheet, row.number, column),
                        clean_text(row.cell(column).value),
                        f"Column {column_letters(column)} has values and no heading. Name it, or "
                        "empty it.",
                    )
                )


def why_no_data(
    row: Row,
    filled: list[int],
    others: list[int],
    headings: dict[int, str],
    needed: set[int],
    gap: bool,
) -> str:
    """Why a row is no data; empty if it is."""
    first = clean_text(row.cell(min([*filled, *others], default=0)).value)
    lacks_most = bool(needed) and 2 * len(needed - set(filled)) > len(needed)
    if not filled and not others:
        return ""
    if len(filled) > 1 and all(match_key(row.cell(c).value) == headings[c] for c in filled):
        return "It repeats the headings."
    if len(headings) > 2 and len(filled) + len(others) == 1:
        return "Only one cell is filled: a heading or a note."
    if TOTAL.fullmatch(first):
        return "It is a total."
    rest = [column for column in (*filled, *others) if column in row.formulas]
    if rest and len(rest) >= len(filled) + len(others) - 1 and (gap or needed - set(filled)):
        return "It holds formulas only."
    if NOTE.match(first) and 2 * len(filled) <= len(headings):
        return "It is a note."
    if gap and lacks_most:
        return "It stands below a gap, and most of what a row needs is empty."
    return ""


def column_at(place: str) -> int:
    """The column of a cell's address, counted from nought."""
    found = split_address(place)
    return found[2] if found else -1


def without(row: Row, columns: frozenset[int]) -> Row:
    """A row without what must not be read."""
    if not columns:
        return row
    values = [None if column in columns else value for column, value in enumerate(row.values)]
    problems = {column: text for column, text in row.problems.items() if column not in columns}
    return replace(row, values=values, problems=problems)


def spread_merged(table: Table, merged: list[Area], carry_down: frozenset[str]) -> None:
    """Carry merged cells down where asked; elsewhere the cells they cover are a problem."""
    names = {heading.index: heading.name for heading in table.headings}
    by_line = {row.number - 1: position for position, row in enumerate(table.rows)}
    end = max(by_line, default=-1)
    for area in merged:
        columns = [column for column in names if area.left <= column <= area.right]
        for line in range(area.top, min(area.bottom, end) + 1):
            if line not in by_line:
                continue
            row = table.rows[by_line[line]]
            values = row.values + [None] * (max(columns, default=0) + 1 - len(row.values))
            problems = dict(row.problems)
            for column in columns:
                if (line, column) == (area.top, area.left):
                    continue
                if column == area.left and names[column] in carry_down and area.top in by_line:
                    values[column] = table.rows[by_line[area.top]].values[column]
                else:
                    problems[column] = merged_problem(table.sheet, area)
            table.rows[by_line[line]] = replace(row, values=values, problems=problems)


def merged_problem(sheet: str, area: Area) -> str:
    """The sentence for a cell that a merged one covers."""
    first = address(sheet, area.top + 1, area.left)
    last = address("", area.bottom + 1, area.right).lstrip("!")
    return f"The cell is merged into {first}:{last}. Split it, and write each cell's own value."
