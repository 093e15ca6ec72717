"""Texts that look empty: of zero-width characters, joiners, fillers and other blanks alone."""

import unicodedata

from django.core.exceptions import ValidationError

# Blanks that Unicode calls letters or symbols: fillers of Hangul, the empty Braille pattern, the
# null notehead.
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")


def is_visible(text: str) -> bool:
    """Whether a text has a letter, digit, sign or symbol that a reader sees.

    Spaces, control and format characters, and marks that change the letter before them are none.
    """
    return any(
        letter not in BLANK_LETTERS and unicodedata.category(letter)[0] in "LNPS" for letter in text
    )


def require_visible(text: object) -> None:
    """Refuse a text that looks empty and is not; joiners within words stay as they are."""
    if isinstance(text, str) and text.strip() and not is_visible(text):
        raise ValidationError(
            "This has only characters that nobody can see. Write something, or leave it empty.",
            code="invisible",
        )
