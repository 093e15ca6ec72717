"""How sentences are put together: parts that may each be a link, and numbers as words."""

from typing import NamedTuple

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Part(NamedTuple):
    """A piece of a sentence; with an address it links there, with a count its link opens exactly so many rows."""

    text: str
    url: str = ""
    count: int | None = None


def number(count):
    """A number as a sentence says it: a word up to nine."""
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def counted(count, singular, plural=""):
    """A number with its noun: "one force", "12 forces"."""
    return f"{number(count)} {singular if count == 1 else plural or singular + 's'}"


def listed(items):
    """Items as English lists them: "a, b and c"."""
    *before, last = items
    return f"{', '.join(before)} and {last}" if before else last


def opened(sentence):
    """A sentence with its first letter in capitals."""
    return sentence[:1].upper() + sentence[1:]


def days_apart(days):
    """How far a date was moved, in words: "30 days later"; empty for nought."""
    return (
        f"{abs(days):,} day{'s' * (abs(days) != 1)} {'later' if days > 0 else 'earlier'}"
        if days
        else ""
    )
