"""Files of evidence: what somebody uploads, and how a piece came about."""

import struct
import zipfile
import zlib
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from findings import files
from tests import factories
from tests.action_pages import page_of
from tests.pages import version_now


def pdf(*objects, catalog="", length=0):
    """A PDF of these further objects, the first of them number 4, filled up to a length."""
    parts = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    content, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(content))
        body = part if isinstance(part, bytes) else part.encode()
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    tail = "".join(f"{place:010} 00000 n \n" for place in places)
    end = "xref\n0 {}\n0000000000 65535 f \n{}trailer\n<< /Root 1 0 R /Size {} >>\nstartxref\n{:08}"
    size = len(parts) + 1
    closing = len(end.format(size, tail, size, 0)) + len("\n%%EOF\n")
    content += b"%" + b" " * max(0, length - len(content) - closing - 2) + b"\n"
    return content + end.format(size, tail, size, len(content)).encode() + b"\n%%EOF\n"


PDF = pdf()


def segment(marker, content):
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def samsung_trailer(name, data=b"1761998400000"):
    """What a phone by Samsung writes behind a picture: one named block, and the directory."""
    block = struct.pack("<HHI", 0, 0xA01, len(name)) + name + data
    directory = b"SEFH" + struct.pack("<II", 106, 1)
    directory += struct.pack("<HHII", 0, 0xA01, len(block), len(block))
    return block + directory + struct.pack("<I", len(directory)) + b"SEFT"


def png_chunk(kind, content=b""):
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        png_chunk(b"IDAT", zlib.compress(b"\0\0")),
        png_chunk(b"IEND"),
    ]
)
# Two scans, in which a byte is stuffed and the coding restarts.
JPEG = b"".join(
    [
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0\x01\x01" + bytes(7)),
        segment(0xDA, b"\x01"),
        b"abc\xff\x00\xff\xd0def",
        segment(0xDA, b"\x01"),
        b"ghi\xff\xff\xd9",
    ]
)
HTML = b"<!DOCTYPE html><title>Minutes</title><script>alert(1)</script>"

WORDS = {"title": "Board minutes", "shows": "That ten posts are filled.", "dated_on": "2025-09-01"}
EVERYBODY = [
    "anonymous",
    "nobody",
    "viewer",
    "editor",
    "approver",
    "other viewer",
    "other editor",
    "other approver",
    "past viewer",
    "past approver",
    "future editor",
    "steward",
    "auditor",
    "superuser",
]


def packed(**parts):
    """An archive with these parts."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def office(sort, main="main", **parts):
    """An Office document of some sort, macros and all where its parts say so."""
    kind = f"{files.OOXML}.{sort}.{main}+xml"
    told = f'<Types><Override PartName="/x.xml" ContentType="{kind}"/></Types>'
    return packed(**{"[Content_Types].xml": told, "word/document.xml": "<w/>"} | parts)


def opendocument(sort, content="<office/>", **parts):
    """An OpenDocument of some sort."""
    return packed(mimetype=f"{files.ODF}.{sort}", **{"content.xml": content} | parts)


DOCX, XLSX, PPTX = (
    office(sort)
    for sort in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)

MISNAMED = "but its content is not"


def handed_over(name="minutes.pdf", content=PDF):
    return SimpleUploadedFile(
        name, content, content_type="text/html"
    )  # whatever a browser says of it


def sent(action, file=None, way="draft", **changes):
    """What a person sends who records progress, with evidence."""
    action.refresh_from_db()
    words = {f"evidence-{name}": value for name, value in WORDS.items()} | (
        {"evidence-file": file} if file else {}
    )
    return (
        {
            "version": version_now(),
            "status": action.status,
            "note": "Ten posts are filled.",
            way: "Yes",
        }
        | words
        | changes
    )


def record(client, action, file=None, **changes):
    return client.post(
        page_of("record_progress", action), sent(action, file, **changes), follow=True
    )


def kept(update=None, content=PDF, name="minutes.pdf", **facts):
    """A file of evidence as it came about."""
    told = files.inspect_upload(handed_over(name, content))._asdict() | (
        {"action": None, "update": update} if update else {}
    )
    return factories.evidence.make(url="", file=ContentFile(content, name), **told | facts)


def address(piece):
    return reverse("findings:evidence_file", args=[piece.pk])


def asked(client, piece):
    """The status with which a file is answered."""
    answer = client.get(address(piece))
    answer.getvalue()
    return answer.status_code
