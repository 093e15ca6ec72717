"""Whether a page still says what somebody cited, and what has changed if not."""

from difflib import SequenceMatcher
from enum import Enum
from typing import NamedTuple

from .content import Line, PageContent

MOST_CHANGES = 200
# The word with which pages mark what was corrected.
CORRECTED = "corrected"


class Status(Enum):
    """How what was cited stands to the record of today."""

    CURRENT = "current"
    CHANGED = "changed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class LineChange(NamedTuple):
    """What a page said where it now says something else; either may be nothing."""

    was: str
    now: str


class Comparison(NamedTuple):
    """How what was cited stands to the page of today, with the lines that differ."""

    status: Status
    changes: list[LineChange]
    is_cut: bool = False


def compare(cited: PageContent, now: PageContent | None) -> Comparison:
    """How a page that was cited stands to the page of today; None where there is none any more."""
    if now is None:
        return Comparison(Status.WITHDRAWN, [])
    if cited == now:
        return Comparison(Status.CURRENT, [])
    changes = changed_lines(cited.lines, now.lines)
    if not changes:  # only the addresses of sources are others
        return Comparison(Status.CURRENT, [])
    corrected = any(
        CORRECTED in change.now.lower() and CORRECTED not in change.was.lower()
        for change in changes
    )
    status = Status.CORRECTED if corrected else Status.CHANGED
    return Comparison(status, changes[:MOST_CHANGES], len(changes) > MOST_CHANGES)


def changed_lines(before: tuple[Line, ...], after: tuple[Line, ...]) -> list[LineChange]:
    """The lines that differ, one beside another where as many went as came."""
    changes = []
    for what, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if what == "equal":
            continue
        went = [line.text for line in before[start:end]]
        came = [line.text for line in after[new_start:new_end]]
        if len(went) == len(came):
            changes += [LineChange(*pair) for pair in zip(went, came, strict=True)]
        else:
            changes += [LineChange(text, "") for text in went]
            changes += [LineChange("", text) for text in came]
    return changes
