"""What is wrong with a file: where it stands, which rule it breaks, and how to mend it."""

from typing import NamedTuple


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


class CellError(ValueError):
    """A cell that cannot be taken: the rule that it breaks, and how to mend it."""

    def __init__(self, rule: str, mend: str = "") -> None:
        super().__init__(rule)
        self.rule, self.mend = rule, mend
