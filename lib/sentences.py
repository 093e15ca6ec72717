"""Sentences made of parts, each of which may be a link, and numbers in words."""

from collections.abc import Sequence
from typing import NamedTuple

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Part(NamedTuple):
    """A piece of a sentence, and its link; `count` is how many rows the linked page lists."""

    text: str
    url: str = ""
    count: int | None = None


Sentence = list[Part]


def plain_text(parts: Sentence) -> str:
    """A sentence without its links."""
    return "".join(part.text for part in parts)


def parts_list(items: Sequence[Sentence]) -> Sentence:
    """Parts as a list in a sentence: "a, b and c"."""
    joints = ["", *[", "] * (len(items) - 2), " and "][: len(items)]
    return [
        part
        for joint, item in zip(joints, items, strict=True)
        for part in [*([Part(joint)] if joint else []), *item]
    ]


def number_in_words(count: int) -> str:
    """A number as it is written in a sentence: up to nine as a word."""
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def lower_first(text: str) -> str:
    """A text as it goes on in a sentence; an abbreviation at its start stays as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def plural(count: int, noun: str, several: str = "") -> str:
    """A noun in the singular or plural: "force", "forces"; `several` is an irregular plural."""
    return noun if count == 1 else several or f"{noun}s"


def quantity(count: int, noun: str, several: str = "") -> str:
    """A number with its noun: "one force", "12 forces"."""
    return f"{number_in_words(count)} {plural(count, noun, several)}"


def days_apart(days: int) -> str:
    """How far a date was moved, in words: "30 days later"; empty for no days."""
    direction = "later" if days > 0 else "earlier"
    return f"{abs(days):,} {plural(abs(days), 'day')} {direction}" if days else ""
