"""Text as search compares it: the same in Python as in a generated column of PostgreSQL.

Readers type what keyboards have, and paste what word processors make of it. Curly quotes become
straight, dashes of any kind become hyphens, letters lose their accents, and all other signs beyond
ASCII become spaces: whether PostgreSQL takes them for letters depends on the database's locale.
"""

import re
import unicodedata

from django.db.models import Func, TextField, Value
from django.db.models.expressions import Combinable

# Python and PostgreSQL read these patterns alike. The first is for what goes: accents, which stand
# apart after decomposition, soft hyphens, and what has no width.
NOTHING = r"[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]"
# This is for what becomes a space: other signs, and what stands between two numbers ("2023-24").
SPACE = (
    r"[\u0080-\u00bf\u00d7\u00f7\u02b0-\u02ff\u2000-\u2bff\u2e00-\u2e7f\u3000-\u303f\ue000-\uf8ff"
    r"\U00010000-\U0010ffff]|\.{2,}|(?<=[0-9])[-/](?=[0-9])"
)
# Quotes, dashes, and letters whose stroke is no accent to Unicode.
SIGNS = {
    "'": "`ʹʺʻʼʽ‘’‚‛′‵",
    '"': "«»“”„‟″‶",
    "-": "˗‐‑‒–—―⁃−",
    "o": "øØ",
    "l": "łŁ",
    "d": "đĐ",
}
FROM = "".join(SIGNS.values())
TO = "".join(plain * len(signs) for plain, signs in SIGNS.items())
PLAIN = str.maketrans(FROM, TO)


def fold(text: str) -> str:
    """A text as it is compared."""
    text = re.sub(NOTHING, "", unicodedata.normalize("NFKD", text))
    return re.sub(SPACE, " ", text.translate(PLAIN))


def places_in(text: str) -> list[int]:
    """For each letter of a text as it is compared: the place in the text that it comes from.

    One more, at the end, is the text's length.
    """
    letters, places = "", []
    for place, letter in enumerate(text):
        plain = re.sub(NOTHING, "", unicodedata.normalize("NFKD", letter))
        letters += plain.translate(PLAIN)
        places += [place] * len(plain)
    # Several signs may become one space, which comes from the first of them.
    for found in reversed(list(re.finditer(SPACE, letters))):
        del places[found.start() + 1 : found.end()]
    return [*places, len(text)]


def marked(text: str, marked_plain: str, start: str, stop: str) -> str:
    """A text with the marks that stand in the same text as it is compared.

    If that is not the same text, it is taken as it is.
    """
    places, parts, at, last = places_in(text), [], 0, 0
    pieces = re.split(f"([{re.escape(start + stop)}])", marked_plain)
    if sum(len(piece) for piece in pieces[::2]) != len(places) - 1:
        return marked_plain
    for piece in pieces:
        if piece in (start, stop):
            parts += [text[last : places[at]], piece]
            last = places[at]
        else:
            at += len(piece)
    return "".join([*parts, text[last:]])


def folded(text: Combinable) -> Func:
    """The same of a text in the database."""
    text = call('"normalize"', text, "NFKD")
    text = call("regexp_replace", text, NOTHING, "", "g")
    text = call("translate", text, FROM, TO)
    return call("regexp_replace", text, SPACE, " ", "g")


def call(function: str, text: Combinable, *values: str) -> Func:
    """A function of PostgreSQL, called on a text."""
    return Func(text, *map(Value, values), function=function, output_field=TextField())
