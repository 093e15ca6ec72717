"""Why a document is refused, in a sentence that names what is wrong and what to do."""

import re

SAVE_WITHOUT = "Save it without, or as a PDF."
UNREADABLE = "It is damaged or cannot be read, so it cannot be checked. Save it again."
PROTECTED = "It is protected with a password, so it cannot be checked. Save it without one."
TOO_COMPLEX = "It is too large or too complex to check once unpacked. Split it, or make it simpler."
TWO_KINDS = "It is two kinds of file at once. Save it again from the program that made it."

PLAIN_SCHEMES = ("http", "https", "mailto", "tel")
SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
IGNORED = re.compile(r"[\x00-\x20]")


class ActiveContentError(ValueError):
    """A document is refused; its text is the sentence for who sent it."""


def contains(what: str) -> ActiveContentError:
    """The refusal of a document that contains something."""
    return ActiveContentError(f"It contains {what}. {SAVE_WITHOUT}")


def is_plain_link(address: str) -> bool:
    """Whether a link that a reader follows leads to a web page, a mail, or a place beside it."""
    address = IGNORED.sub("", address)
    scheme = SCHEME.match(address)
    if scheme:
        return scheme[1].lower() in PLAIN_SCHEMES
    return not address.startswith(("\\\\", "//", "/\\", "\\/"))
