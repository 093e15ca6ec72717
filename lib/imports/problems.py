"""What is wrong with a file: where it stands, which rule it breaks, and how to mend it."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.text import Truncator

from lib.forms.errors import FormError
from lib.sentences import plural

MOST_IN_SUMMARY = 10
LONGEST_IN_SUMMARY = 200  # letters


class Problem(NamedTuple):
    """One thing to mend in a file, with its place."""

    file: str
    address: str
    row: int | None
    column: str
    value: str
    rule: str
    mend: str = ""

    def __str__(self) -> str:
        value = f" “{self.value}”" if self.value else ""
        place = ", ".join(filter(None, [self.file, self.address, self.column + value]))
        return f"{place}: {self.rule} {self.mend}".strip()


def summary_of(problems: Sequence[Problem]) -> list[FormError]:
    """The first problems, each a link to where the page lists it, and how many follow."""
    summary = [
        FormError(Truncator(str(problem)).chars(LONGEST_IN_SUMMARY), f"problem-{number}")
        for number, problem in enumerate(problems[:MOST_IN_SUMMARY], 1)
    ]
    if more := len(problems) - len(summary):
        said = f"And {more:,} more {plural(more, 'error')}"
        summary.append(FormError(said, f"problem-{len(summary) + 1}"))
    return summary


class CellError(ValueError):
    """A cell that cannot be taken: the rule that it breaks, and how to mend it."""

    def __init__(self, rule: str, mend: str = "") -> None:
        super().__init__(rule)
        self.rule, self.mend = rule, mend
