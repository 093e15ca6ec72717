"""Formulas of spreadsheets that fetch something or start a program, whatever file they stand in."""

import re

from .refusals import contains, is_plain_link

# By the name of a function; as DDE writes a program, a topic and an item: cmd|'/c calc'!A0; or as a
# cell of another file is written: '\\\\host\\[a.xlsx]Sheet'!A1.
FETCHING = re.compile(
    r"\b(WEBSERVICE|RTD|CALL|REGISTER(\.ID)?|DDE|EXEC|SQL\.REQUEST"
    r"|IMPORT(XML|DATA|HTML|FEED|RANGE|CSV|TEXT))\s*\("
    r"|\bIMAGE\s*\(\s*(\"|\$?[A-Z]{1,3}\$?\d|[A-Z.]+\()"
    r"|(cmd|msexcel|powershell|dde)\w*\||\w\|('[^'\n]*'|[^\s|'!,;]+)!['$\w]"
    r"|'(\\\\|//|\w[\w+.-]*:[/\\])[^'\n]*(\[|'\s*#)",
    re.IGNORECASE,
)
LINK = re.compile(r"\bHYPERLINK\s*\(\s*\"+([^\"]*)\"", re.IGNORECASE)
TEXT = re.compile(r'"[^"]*"')


def check_formula(formula: str, has_texts: bool = True) -> None:
    """Raises `ActiveContentError` for a formula that fetches, or leads to a file or a program.

    Of its texts only the quotes stay, so that a word in one is no function. In a file of plain text
    nobody can tell where they end (`has_texts` is false).
    """
    if not all(map(is_plain_link, LINK.findall(formula))):
        raise contains("a link to a file or a program")
    if FETCHING.search(TEXT.sub('"', formula) if has_texts else formula):
        raise contains("a formula that fetches data or starts a program")
