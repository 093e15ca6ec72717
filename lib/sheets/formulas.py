"""Texts that a spreadsheet would take for a formula."""

import re

FORMULA = re.compile(r"[\t\n]|\s*[=+\-@＝＋－＠]")
# Characters that no spreadsheet can hold.
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LINK = re.compile(r'=\s*HYPERLINK\s*\(\s*"([^"]*)"\s*(?:[,;]\s*"((?:[^"]|"")*)"\s*)?\)\s*', re.I)


def defuse(cell: str | int) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def restore(text: str) -> str:
    """A text as it was before `defuse`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def link_text(formula: str) -> str | None:
    """What a cell with =HYPERLINK("address", "text") shows; None of any other formula."""
    found = LINK.fullmatch(formula)
    if found is None:
        return None
    return (found[2] or found[1]).replace('""', '"')
