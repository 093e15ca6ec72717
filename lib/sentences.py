"""How sentences are put together: parts that may each be a link, and numbers as words."""

from typing import NamedTuple

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Part(NamedTuple):
    """A piece of a sentence, and where it links to; `count` is how many rows that address lists."""

    text: str
    url: str = ""
    count: int | None = None


Sentence = list[Part]


def number_in_words(count: int) -> str:
    """A number as a sentence says it: a word up to nine."""
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def plural(count: int, noun: str, several: str = "") -> str:
    """A noun in the singular or plural: "force", "forces"; `several` where an "s" will not do."""
    return noun if count == 1 else several or f"{noun}s"


def quantity(count: int, noun: str, several: str = "") -> str:
    """A number with its noun: "one force", "12 forces"."""
    return f"{number_in_words(count)} {plural(count, noun, several)}"


def days_apart(days: int) -> str:
    """How far a date was moved, in words: "30 days later"; empty for no days."""
    direction = "later" if days > 0 else "earlier"
    return f"{abs(days):,} {plural(abs(days), 'day')} {direction}" if days else ""
