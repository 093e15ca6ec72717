"""What a file, or a part of one, begins with, and whether it also opens as an archive."""

import zipfile
from io import BytesIO

from .refusals import contains

# What each entry in an archive's directory begins with: a directory full of them takes much memory.
PART, MAX_PARTS = b"PK\x01\x02", 5_000
# What else than a document starts so; a document that holds one hides a second file.
OTHER_FILES = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an embedded object (OLE)",
    b"PK\x03\x04": "an embedded archive or document",
    b"Rar!\x1a\x07": "an embedded archive",
    b"7z\xbc\xaf\x27\x1c": "an embedded archive",
    b"{\\rtf": "an embedded document (RTF)",
    b"MZ": "an embedded program",
    b"\x7fELF": "an embedded program",
    b"FWS": "embedded Flash",
    b"CWS": "embedded Flash",
    b"#!": "an embedded script",
}
# Of these, what is too long to stand in a file by chance: programs look for it in all of the file.
ANYWHERE = [signature for signature in OTHER_FILES if len(signature) > 5]
# What other archives and discs have further on: before that may stand anything.
AT = {257: b"ustar", 0x8001: b"CD001", 0x8801: b"CD001", 0x9001: b"CD001", 128: b"DICM"}


def check_head(head: bytes) -> None:
    """Refuse what a part of a document starts like, whatever it is called."""
    for signature, what in OTHER_FILES.items():
        if head.startswith(signature):
            raise contains(what)


def is_archive(content: bytes) -> bool:
    """Whether a program would open this as an archive, whatever it begins with."""
    if content.count(PART) > MAX_PARTS or any(signature in content for signature in ANYWHERE):
        return True
    if any(content.startswith(signature, place) for place, signature in AT.items()):
        return True
    try:
        return bool(zipfile.ZipFile(BytesIO(content)).infolist())
    except Exception:  # a broken archive may raise any of a dozen: then it is none
        return False
