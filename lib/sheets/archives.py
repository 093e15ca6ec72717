"""A file as it arrives: what sort it is, and its parts if it may safely be unpacked."""

import re
import zipfile
import zlib
from io import BytesIO

from .cells import SheetError

MEGABYTE = 1_000_000
MAX_BYTES = 20 * MEGABYTE
MAX_UNPACKED = 200 * MEGABYTE
MAX_PARTS = 2_000

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ENCRYPTED = "This file is protected by a password. Save a copy without one, and send that."
DAMAGED = "This file is damaged: it cannot be unpacked. Save it again, and send that."
OTHER_KIND = "This file is no spreadsheet. Send an .xlsx, .ods or .csv file."
CDATA = re.compile(rb"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
# What zipfile raises for files that are none, or are broken.
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # a way of packing that zipfile does not know
)
# What spreadsheet programs write, and what zipfile can unpack step by step.
COMPRESSION = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What is read of a workbook; pictures and macros are not.
READ_PARTS = re.compile(r"mimetype|.*\.(xml|rels)", re.DOTALL)


def file_kind(data: bytes) -> str:
    """Whether a file is "zip" (a workbook) or "csv", by what it holds, not by its name."""
    if len(data) > MAX_BYTES:
        raise SheetError(
            f"This file is larger than {MAX_BYTES // MEGABYTE} MB, the most that can be read: "
            "split it."
        )
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise SheetError(ENCRYPTED)
        raise SheetError(
            "This file is in the old form of Excel (.xls), in which errors and hidden rows cannot "
            "be seen. Save it as .xlsx or .ods, and send that."
        )
    if data.startswith(b"%PDF") or data.lstrip()[:5].lower() in (b"<?xml", b"<html", b"<!doc"):
        raise SheetError(OTHER_KIND)
    return "zip" if data.startswith(b"PK") else "csv"


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook by name, checked before and while they are unpacked."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except DAMAGES as damage:
        raise SheetError(DAMAGED) from damage
    if not all(entry.filename for entry in archive.infolist()):
        raise SheetError(DAMAGED)
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if any(entry.flag_bits & 1 for entry in entries):
        raise SheetError(ENCRYPTED)
    if len({entry.filename for entry in entries}) < len(entries):
        raise SheetError(DAMAGED)
    if any(entry.compress_type not in COMPRESSION for entry in entries):
        raise SheetError(DAMAGED)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or len(entries) > MAX_PARTS:
        raise SheetError(
            f"Unpacked, this file has {unpacked / MEGABYTE:.0f} MB in {len(entries)} parts. "
            f"At most {MAX_UNPACKED // MEGABYTE} MB in {MAX_PARTS} parts are read."
        )
    try:
        # Asked for a number of bytes, zipfile unpacks no more, whatever the directory says; the
        # checksum then tells a part that would have had more.
        parts = {
            entry.filename: archive.open(entry).read(entry.file_size + 1)
            for entry in entries
            if READ_PARTS.fullmatch(entry.filename)
        }
    except DAMAGES as damage:
        raise SheetError(DAMAGED) from damage
    for name, part in parts.items():
        if declares_entities(part):
            raise SheetError(f"{name} in this file declares a document type, which is not read.")
        # The library takes such a section for nothing.
        parts[name] = CDATA.sub(lambda section: escape(section[1]), part)
    return parts


def escape(text: bytes) -> bytes:
    """A text as XML."""
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def declares_entities(part: bytes) -> bool:
    """Whether XML has a DOCTYPE, which no spreadsheet program writes, in any encoding."""
    head = part[:2]
    if head in (b"\xff\xfe", b"\xfe\xff") or 0 in part[:8]:
        part = part.replace(b"\x00", b"")
    return b"<!DOCTYPE" in part or b"<!ENTITY" in part


def workbook_kind(parts: dict[str, bytes]) -> str:
    """ "xlsx" or "ods", by a workbook's parts."""
    if parts.get("mimetype", b"").decode("ascii", "replace").strip().startswith(ODS):
        if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
            raise SheetError(ENCRYPTED)
        if "content.xml" not in parts:
            raise SheetError(DAMAGED)
        return "ods"
    if "[Content_Types].xml" not in parts:
        raise SheetError(OTHER_KIND)
    if b"spreadsheetml" not in parts["[Content_Types].xml"]:
        if b"ms-excel.sheet.binary" in parts["[Content_Types].xml"]:
            raise SheetError("This file is a binary workbook (.xlsb). Save it as .xlsx.")
        raise SheetError(OTHER_KIND)
    return "xlsx"


def pack(parts: dict[str, bytes]) -> BytesIO:
    """The checked parts as a file of their own, so that nothing else is ever unpacked.

    Takes the parts out of `parts`: two copies of a large file would be one too many.
    """
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in list(parts):
            archive.writestr(name, parts.pop(name))
    file.seek(0)
    return file
