"""How sentences are put together: parts that may each be a link, and numbers as words."""

from typing import NamedTuple

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Part(NamedTuple):
    """A piece of a sentence; with an address it links there, with a count its link opens exactly so many rows."""

    text: str
    url: str = ""
    count: int | None = None


def number_in_words(count):
    """A number as a sentence says it: a word up to nine."""
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def quantity(count, singular, plural=""):
    """A number with its noun: "one force", "12 forces"."""
    return f"{number_in_words(count)} {singular if count == 1 else plural or singular + 's'}"


def days_apart(days):
    """How far a date was moved, in words: "30 days later"; empty for nought."""
    return (
        f"{abs(days):,} day{'s' * (abs(days) != 1)} {'later' if days > 0 else 'earlier'}"
        if days
        else ""
    )
