"""Pictures: read to their end, behind which no other file follows, and not a script besides."""

import re
import struct

from .heads import check_head, is_archive
from .refusals import TWO_KINDS, UNREADABLE, ActiveContentError

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
PADDING = b"\x00\xff\t\n\r "
PADDED = re.compile(rb"([\x00\t\n\r ]|\xff(?!\xd8\xff))*")
MOST_FURTHER = 9  # pictures behind the first
# What a browser, a server or a shell would run, or what opens as a PDF, wherever it stands.
MARKUP = re.compile(
    rb"<(html|script|svg|iframe|hta:application)[\s/>]|<!doctype\s|<\?php\s|%PDF-\d"
    rb"|[\r\n]#! ?/(usr|bin)/",
    re.IGNORECASE,
)
# A JPEG whose first length reads as how a comment or a text begins in JavaScript.
SCRIPT = re.compile(rb"\xff\xd8\xff.(/\*|//|=\"|='|=`)", re.DOTALL)
# In the coded picture: neither a stuffed byte nor a restart, nor filling.
NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
END, SCAN, ALONE = 0xD9, 0xDA, (0x01, *range(0xD0, 0xD8))
# Staff could publish what they have never seen: no viewer of pictures shows it.
VIDEO = (
    "It contains a short video or sound besides the picture, as a “motion photo” does. Save it as "
    "a still picture."
)
FILM_OR_SOUND = (b"MotionPhoto_Data", b"SoundShot_")


def check_picture(content: bytes) -> None:
    """Raises `ActiveContentError` if a PNG or JPEG is damaged, or another kind of file besides."""
    try:
        tail = content[png_end(content) :] if content.startswith(PNG) else behind_jpegs(content)
        has_other_tail = tail.strip(PADDING) and not is_samsung_trailer(tail)
    except (IndexError, struct.error) as error:  # it ends too early
        raise ActiveContentError(UNREADABLE) from error
    if has_other_tail or is_archive(content) or MARKUP.search(content) or SCRIPT.match(content):
        raise ActiveContentError(TWO_KINDS)


def png_end(content: bytes) -> int:
    """Where a PNG ends."""
    at, kind = len(PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        at += length + 12
        if not kind.isalpha() or at > len(content):
            raise ActiveContentError(UNREADABLE)
    return at


def behind_jpegs(content: bytes) -> bytes:
    """What follows a JPEG and the further ones that phones put behind it: a preview, or how bright
    each part of the picture is."""
    end = jpeg_end(content, 0)
    for _ in range(MOST_FURTHER):
        further = PADDED.match(content, end).end()
        if not content.startswith(JPEG, further):
            break
        end = jpeg_end(content, further)
    if b"ftyp" in content[end : end + 64]:
        raise ActiveContentError(VIDEO)
    return content[end:]


def jpeg_end(content: bytes, start: int) -> int:
    """Where a JPEG ends that starts at some place."""
    at = start + 2
    while True:
        if content[at] != 0xFF:
            raise ActiveContentError(UNREADABLE)
        while content[at] == 0xFF:
            at += 1
        marker, at = content[at], at + 1
        if marker == END:
            return at
        if marker in ALONE:
            continue
        at += max(2, struct.unpack_from(">H", content, at)[0])
        if marker == SCAN:
            found = NEXT_MARKER.search(content, at)
            if found is None:
                raise ActiveContentError(UNREADABLE)
            at = found.start()


def is_samsung_trailer(tail: bytes) -> bool:
    """Whether this is what phones by Samsung write behind a picture: blocks that say how it was
    taken, and a directory of them. It must hold nothing else, and no film or sound."""
    tail = tail.rstrip(PADDING)
    if not tail.endswith(b"SEFT") or len(tail) < 20:
        return False
    directory = len(tail) - 8 - struct.unpack_from("<I", tail, len(tail) - 8)[0]
    if directory < 0 or tail[directory : directory + 4] != b"SEFH":
        return False
    (count,) = struct.unpack_from("<I", tail, directory + 8)
    if count * 12 != len(tail) - 20 - directory:
        return False
    blocks = [struct.unpack_from("<4xII", tail, directory + 12 + 12 * n) for n in range(count)]
    begins = directory
    for offset, size in sorted(blocks):
        if offset != directory - begins + size or offset > directory:
            return False
        begins = directory - offset
        (length,) = struct.unpack_from("<I", tail, begins + 4)
        name, data = tail[begins + 8 : begins + 8 + length], begins + 8 + length
        if name.startswith(FILM_OR_SOUND):
            raise ActiveContentError(VIDEO)
        check_head(tail[data : data + 64])
    return not tail[:begins].strip(PADDING)
