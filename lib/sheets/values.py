"""What a person wrote in a cell: texts, blanks that are words, lists, codes, and dates."""

import datetime
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from lib.visible import is_visible

from .cells import Cell, Value

Precision = Literal["day", "month", "year"]


class PartialDate(NamedTuple):
    """A date, or the first day of the month or year that is all we know of it."""

    on: datetime.date
    precision: Precision


# Texts

# No-break and other fixed spaces, which look like a space and are none.
SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# What has no width: soft hyphens, marks of order and of a file's start; joiners too, except between
# letters beyond Latin, where they are part of a word.
NOTHING = re.compile(
    r"[\u00ad\u200b\u200e\u200f\u2060\ufeff]"
    r"|(?<![^\0-\u02af])[\u200c\u200d]|[\u200c\u200d](?![^\0-\u02af])"
)
BREAKS = re.compile(r"\r\n?|[\v\f\u0085\u2028\u2029]")
# Control characters, which no database text takes or no reader sees.
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")


def clean_text(value: Value, *, lines: bool = False) -> str:
    """A text without stray spaces: in one line, or in its own lines where `lines` says so."""
    if value is None:
        return ""
    text = CONTROLS.sub("", BREAKS.sub("\n", as_text(value)))
    text = SPACES.sub(" ", NOTHING.sub("", text))
    if not is_visible(text):
        return ""
    if not lines:
        return " ".join(text.split())
    tidy = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", tidy).strip()


def as_text(value: Value) -> str:
    """A value as a person would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value)


def match_key(value: Value) -> str:
    """A text as headings and choices are compared: trimmed, in small letters, "_" a space."""
    return clean_text(value).replace("_", " ").casefold().strip()


# Blanks that are words

# fmt: off
BLANK_WORDS = frozenset({
    "nan", "nat", "none", "null", "nil", "blank", "n/a", "na", "n.a.", "#n/a",
    "not applicable", "not available", "not recorded", "not known", "not stated", "not provided",
    "unknown", "tbc", "tba", "tbd", "to be confirmed",
    "-", "--", "---", "–", "—", ".", "..", "...", "…", "?", "??", "???",
})
# fmt: on
# What spreadsheets show for nought or nothing in a cell made for dates.
BLANK_DATES = frozenset(
    {
        datetime.date(1899, 12, 30),
        datetime.date(1899, 12, 31),
        datetime.date(1900, 1, 1),
        datetime.date(1904, 1, 1),
    }
)
BLANK_DATE_WORDS = re.compile(r"0?1[/.]0?1[/.]190[04]|1900-0?1-0?[01]|0?0[/.]0?1[/.]1900")


def is_blank_word(value: Value) -> bool:
    """Whether a value stands for nothing: "N/A", "not recorded", 01/01/1900."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return value in BLANK_DATES
    if not isinstance(value, str):
        return False
    text = clean_text(value).casefold().strip("()[] ")
    return text in BLANK_WORDS or bool(BLANK_DATE_WORDS.fullmatch(text.split("t00:")[0]))


def blank_word_problem(value: Value) -> str:
    """The sentence that refuses a word for nothing."""
    return (
        f"“{as_text(value)}” stands for nothing. Leave the cell empty, or give the reason "
        "where the sheet has a column for it."
    )


# Codes, lists, yes and no


def as_identifier(value: Value) -> str:
    """A code as text. A number is refused: it may have been "007", or 7.10."""
    if isinstance(value, bool | int | float | datetime.date):
        raise ValueError(
            f"{as_text(value)} is {kind_of(value)} in this file, not a text, so zeros or points "
            "may be lost. Format the column as text and write the code again."
        )
    return clean_text(value)


def kind_of(value: Value) -> str:
    """What a value is, in words."""
    if isinstance(value, bool):
        return "a yes or no"
    if isinstance(value, datetime.date):
        return "a date"
    return "a number" if isinstance(value, int | float) else "a text"


BETWEEN_BRACKETS = re.compile(r"[^()]*[()]?")


def split_list(value: Value) -> list[str]:
    """The parts of a cell that holds a list, by ";" or by lines, none twice.

    What stands between brackets is not split: "Old name (until 2015; then part of another)".
    """
    parts = BETWEEN_BRACKETS.sub(apart, clean_text(value, lines=True)).split("\0")
    tidy = (clean_text(part).strip("•·* ").removeprefix("- ").strip() for part in parts)
    return list(dict.fromkeys(part for part in tidy if part))


def apart(text: re.Match[str]) -> str:
    """What stands before a bracket or the end, with a sign at each ";" that divides it."""
    return text[0] if text[0].endswith(")") else re.sub("[;\n]", "\0", text[0])


def comma_list_problem(part: str, known: Iterable[str]) -> str:
    """The sentence for a part that is several known values with commas between, or nothing."""
    keys = {match_key(name) for name in known}
    pieces = [piece for piece in map(clean_text, part.split(",")) if piece]
    if len(pieces) < 2 or match_key(part) in keys or keys.isdisjoint(map(match_key, pieces)):
        return ""
    return f"“{part}” looks like a list. Put “;” between values: “{'; '.join(pieces)}”."


YES = frozenset({"yes", "y", "true", "1", "1.0"})
NO = frozenset({"no", "n", "false", "0", "0.0"})


def parse_boolean(value: Value) -> bool:
    """Yes or no, as people, spreadsheets and programs write it."""
    word = match_key(value)
    if word in YES or word in NO:
        return word in YES
    raise ValueError(f"“{as_text(value)}” is neither yes nor no. Write “yes” or “no”.")


def parse_whole_number(value: Value) -> int:
    """A whole number, without a sign or separators."""
    text = clean_text(value)
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}(\.0+)?", text, re.ASCII):
        raise ValueError(f"“{text}” is not a whole number. Write digits only.")
    return int(text.partition(".")[0])


# Dates

MONTH_NAMES = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, start=1) for name in names}
YEAR = r"(?P<year>(?:18|19|20|21)\d\d)"
MONTH_NAME = rf"(?P<name>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
FORMS: tuple[tuple[re.Pattern[str], Precision], ...] = tuple(
    (re.compile(pattern, re.ASCII), precision)
    for pattern, precision in (
        (YEAR + r"-(?P<month>\d\d)-(?P<day>\d\d)(?:[t ]00:00(?::00(?:\.0+)?)?)?", "day"),
        (r"(?P<day>\d\d?)[/.](?P<month>\d\d?)[/.]" + YEAR + r"(?: 00:00(?::00)?)?", "day"),
        (WEEKDAY + r"(?P<day>\d\d?)(?:st|nd|rd|th)? " + MONTH_NAME + ",? " + YEAR, "day"),
        (YEAR + r"-(?P<month>0[1-9]|1[0-2])", "month"),
        (MONTH_NAME + ",? " + YEAR, "month"),
        (YEAR, "year"),
    )
)
NUMERIC = re.compile(r"(\d\d?)[/.](\d\d?)[/.](\d{4})(?: 00:00(?::00)?)?", re.ASCII)
# Forms that are refused, and why: each could be read in more than one way.
REFUSED = (
    (
        re.compile(r"\d\d?[/. -](?:\d\d?|[a-z]+\.?)[/. -]'?\d\d", re.ASCII),
        "has a year of two digits. Write all four",
    ),
    (
        re.compile(r"(?:fy )?\d{4}\s*[-/–]\s*\d\d(?:\d\d)?", re.ASCII),
        "may be two years or a month. Write the year in which it was, or a date",
    ),
    (
        re.compile(r"[a-z]+\.?[ -]'?\d\d|\d\d[ -][a-z]+", re.ASCII),
        "may be a day or a year of two digits. Write the year with four digits",
    ),
    (
        re.compile(r"\d\d?(?:st|nd|rd|th)? [a-z]+|\d\d?[/.]\d\d?|[a-z]+ \d\d?(?:st|nd|rd|th)?"),
        "has no year. Write the year with four digits",
    ),
)
HOW_TO = "Write it as 2025-06-12, 12 June 2025 or 12/06/2025 (day first), or less: 2025-06, 2025."


def parse_date(value: Value) -> PartialDate:
    """A date of any precision; a ValueError says in a sentence what is wrong with it."""
    if isinstance(value, datetime.datetime):
        if value.time() != datetime.time():
            raise ValueError(f"{value} has a time of day. Write the date alone.")
        return PartialDate(value.date(), "day")
    if isinstance(value, datetime.date):
        return PartialDate(value, "day")
    text = clean_text(value).casefold()
    if not isinstance(value, str) and not re.fullmatch(YEAR, text):
        raise ValueError(f"{text} is {kind_of(value)}, not a date. Format the cell as a date.")
    for form, precision in FORMS:
        if found := form.fullmatch(text):
            return partial_date(found.groupdict(), precision, as_text(value))
    for form, why in REFUSED:
        if form.fullmatch(text):
            raise ValueError(f"“{as_text(value)}” {why}.")
    raise ValueError(f"“{as_text(value)}” is not a date. {HOW_TO}")


def partial_date(parts: dict[str, str], precision: Precision, text: str) -> PartialDate:
    """A date of its parts, if there is such a day."""
    month = MONTHS[parts["name"]] if parts.get("name") else int(parts.get("month") or 1)
    try:
        on = datetime.date(int(parts["year"]), month, int(parts.get("day") or 1))
    except ValueError:
        if is_month_first(text):
            raise ValueError(
                f"“{text}” is a date only with the month first. Dates are read day first."
            ) from None
        raise ValueError(f"“{text}” is a day that no calendar has.") from None
    return PartialDate(on, precision)


def is_month_first(value: Value) -> bool:
    """Whether a text is a date only if its month comes first: 06/13/2025."""
    found = NUMERIC.fullmatch(clean_text(value)) if isinstance(value, str) else None
    return bool(found) and 1 <= int(found[1]) <= 12 < int(found[2]) <= 31


def month_first_problem(cells: Iterable[Cell]) -> str:
    """The sentence that refuses a whole column of dates, or nothing.

    Where one value fits only month first, 03/04/2025 in the same column may be either day.
    """
    first = next((cell for cell in cells if is_month_first(cell.value)), None)
    if first is None:
        return ""
    return (
        f"“{first.value}” in {first.address} is a date only with the month first, so no date of "
        "this column can be trusted. Write all of them as 2025-06-12."
    )


def parse_moment(value: Value) -> datetime.datetime:
    """A date with its time of day, with or without an offset; a date alone is its midnight."""
    if isinstance(value, datetime.datetime):
        return value
    text = clean_text(value)
    if re.fullmatch(YEAR + r"-\d\d-\d\d[Tt ]\d\d:\d\d.*", text):
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"“{text}” is not a time. Write it as 2025-06-12 00:01.") from None
    on, precision = parse_date(value)
    if precision != "day":
        raise ValueError(f"“{text}” needs a day. Write it as 2025-06-12 or 2025-06-12 00:01.")
    return datetime.datetime.combine(on, datetime.time())
