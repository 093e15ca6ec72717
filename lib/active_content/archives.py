"""The archive of an office document: whole, of one kind, and unpacked only within limits."""

import zipfile
from io import BytesIO

from .heads import MAX_PARTS, PART, check_head
from .pdf import check_pdf
from .refusals import (
    PROTECTED,
    TOO_COMPLEX,
    TWO_KINDS,
    UNREADABLE,
    ActiveContentError,
)

MAX_UNPACKED = 200_000_000
END_BYTES = 22  # the last record, without a comment
PDF_HEAD = 1024  # readers of PDF look so far for its beginning


class Archive:
    """The parts of a document by name. Raises `ActiveContentError` if its form hides something."""

    def __init__(self, content: bytes) -> None:
        if content.count(PART) > MAX_PARTS:
            raise ActiveContentError(TOO_COMPLEX)
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except Exception as error:  # a broken archive may raise any of a dozen
            raise ActiveContentError(UNREADABLE) from error
        entries = self._archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise ActiveContentError(PROTECTED)
        # If two names differ only in case, programs disagree on which of them to read.
        names = {entry.filename.lower().replace("\\", "/") for entry in entries}
        if not entries or not all(names) or len(names) < len(entries):
            raise ActiveContentError(UNREADABLE)
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise ActiveContentError(TOO_COMPLEX)
        starts_at = min(entry.header_offset for entry in entries)
        ends = content.rfind(b"PK\x05\x06") == len(content) - END_BYTES
        if starts_at or not ends or b"%PDF-" in content[:PDF_HEAD]:
            raise ActiveContentError(TWO_KINDS)
        self.names = [entry.filename for entry in entries if not entry.is_dir()]

    def read(self, name: str) -> bytes:
        """A part, whole; its checksum tells if it holds more than the directory says."""
        try:
            return self._archive.read(name)
        except Exception as error:  # as above
            raise ActiveContentError(UNREADABLE) from error

    def head(self, name: str) -> bytes:
        """The first bytes of a part."""
        try:
            with self._archive.open(name) as part:
                return part.read(64)
        except Exception as error:  # as above
            raise ActiveContentError(UNREADABLE) from error

    def check_parts(self, except_for: frozenset[str] = frozenset()) -> None:
        """Refuse parts that are files of another kind, whatever they are called."""
        for name in self.names:
            if name not in except_for:
                head = self.head(name)
                check_head(head)
                if head.startswith(b"%PDF-"):  # a picture, as programs for the Mac keep them
                    check_pdf(self.read(name))
