"""Formulas of spreadsheets that fetch something or start a program, whatever file they stand in."""

import re

FETCHING = "a formula that fetches data or starts a program"
FORMULAS = re.compile(
    r"\b(WEBSERVICE|RTD|CALL|REGISTER(\.ID)?|DDE|EXEC|SQL\.REQUEST)\s*\(|\bIMAGE\s*\(\s*\"|"
    r"(cmd|msexcel|powershell|dde)\w*\|",
    re.IGNORECASE,
)
