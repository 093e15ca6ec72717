"""PDFs: every object is read, those in compressed streams too, and what acts is refused."""

import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf

from .heads import is_archive
from .refusals import (
    PROTECTED,
    TOO_COMPLEX,
    TWO_KINDS,
    UNREADABLE,
    ActiveContentError,
    contains,
    is_plain_link,
)

FILES = "an embedded file"
OPENS_ADDRESS = "an action that opens an address by itself"
MEDIA = "media or a drawing that can run scripts"
OTHER_DOCUMENT = "a link or action that opens another file"
SCRIPT = "JavaScript"
# By the key of a dictionary, by the value of its /S (an action), /Subtype or /Type.
KEYS = {
    "/JS": SCRIPT,
    "/JavaScript": SCRIPT,
    "/XFA": "a form with scripts (XFA)",
    "/EF": FILES,
    "/EmbeddedFiles": FILES,
    "/RichMediaContent": MEDIA,
    "/3DD": MEDIA,
    "/OPI": "a picture that is fetched from elsewhere",
}
ACTIONS = {
    "/JavaScript": SCRIPT,
    "/Launch": "an action that starts a program (launch)",
    "/SubmitForm": "an action that sends what is filled in (submit)",
    "/ImportData": "an action that fetches data (import)",
    "/GoToR": OTHER_DOCUMENT,
    "/GoToE": OTHER_DOCUMENT,
    "/Thread": OTHER_DOCUMENT,
    "/Rendition": MEDIA,
    "/RichMediaExecute": MEDIA,
    "/GoTo3DView": MEDIA,
    "/Movie": MEDIA,
    "/Sound": MEDIA,
}
SUBTYPES = {
    "/RichMedia": MEDIA,
    "/3D": MEDIA,
    "/Movie": MEDIA,
    "/Sound": MEDIA,
    "/Screen": MEDIA,
    "/FileAttachment": FILES,
    "/PS": "a program in PostScript",
}
# Nothing follows a PDF but blanks, and what old programs end a file with.
BLANKS = b"\0\t\n\f\r \x1a"
LAST_LINES = re.compile(rb"(%%EOF|startxref\s+\d+)\Z")
MOST_NODES = 3_000_000
DEEPEST = 100


def check_pdf(content: bytes) -> None:
    """Raises `ActiveContentError` if a PDF holds anything that acts, or cannot be read whole."""
    has_tail = b"%%EOF" in content and not LAST_LINES.search(content.rstrip(BLANKS)[-64:])
    if has_tail or is_archive(content):
        raise ActiveContentError(TWO_KINDS)
    try:
        # No repair: each program repairs another way, and would show another document.
        with pikepdf.open(BytesIO(content), attempt_recovery=False) as pdf:
            for node in nodes(pdf):
                check_dictionary(node)
            # What it mends in a page is harmless; what it cannot parse, others may.
            if any("repairing" not in warning for warning in pdf.get_warnings()):
                raise ActiveContentError(UNREADABLE)
    except pikepdf.PasswordError as error:
        raise ActiveContentError(PROTECTED) from error
    except ActiveContentError:
        raise
    except Exception as error:  # whatever the library cannot bear is not kept
        raise ActiveContentError(UNREADABLE) from error


def nodes(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary of a PDF; each object of its own once, whoever refers to it."""
    count = 0
    for top in [pdf.trailer, *pdf.objects]:
        waiting = [(top, 0)]
        while waiting:
            node, depth = waiting.pop()
            count += 1
            if count > MOST_NODES or depth > DEEPEST:
                raise ActiveContentError(TOO_COMPLEX)
            if isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
                yield node
                children = node.values()
            elif isinstance(node, pikepdf.Array):
                children = node
            else:
                continue
            waiting += [
                (child, depth + 1)
                for child in children
                if isinstance(child, pikepdf.Object) and not child.is_indirect
            ]


def check_dictionary(node: pikepdf.Object) -> None:
    """Refuse a dictionary that is an action or holds a file, and links that are not plain."""
    keys = node.keys()
    opening = node.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and str(opening.get("/S")) == "/URI":
        raise contains(OPENS_ADDRESS)
    for key in keys & KEYS.keys():
        raise contains(KEYS[key])
    for key, refused in (("/S", ACTIONS), ("/Subtype", SUBTYPES), ("/Type", SUBTYPES)):
        if key in keys and (value := str(node[key])) in refused:
            raise contains(refused[value])
    if "/Type" in keys and str(node["/Type"]) == "/EmbeddedFile":
        raise contains(FILES)
    is_stream = isinstance(node, pikepdf.Stream)
    if (is_stream and "/F" in keys) or ("/Ref" in keys and node.get("/Subtype") == "/Form"):
        raise contains("content that is fetched from elsewhere")
    link = node.get("/URI")
    if isinstance(link, pikepdf.String) and not is_plain_link(str(link)):
        raise contains("a link to a file or a program")
