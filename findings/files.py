"""Checks uploaded files: their kind by content, their size, and a safe name.

Our own code reads signatures. Libraries know hundreds of kinds of file and name several for the
same content; only a dozen are accepted here. What acts in a document, `lib.active_content` finds.
"""

import hashlib
import re
import unicodedata
from contextlib import contextmanager
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import FileUploadHandler

from lib.active_content.checking import check_document
from lib.active_content.formulas import check_formula
from lib.active_content.heads import MAX_PARTS, PART, is_archive
from lib.active_content.pictures import check_picture
from lib.active_content.refusals import (
    TOO_COMPLEX,
    TWO_KINDS,
    UNREADABLE,
    ActiveContentError,
)
from lib.active_content.texts import is_another_kind
from lib.sheets import archives

from .scanner import refuse_infected

LONGEST_NAME = 150
OOXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"


class Kind(NamedTuple):
    """A kind of file that is accepted: its name and its content type."""

    name: str
    content_type: str


TEXTS = {
    "txt": Kind("text", "text/plain; charset=utf-8"),
    "csv": Kind("CSV", "text/csv; charset=utf-8"),
}
OFFICE = {
    "docx": Kind("Word", f"{OOXML}.wordprocessingml.document"),
    "xlsx": Kind("Excel", f"{OOXML}.spreadsheetml.sheet"),
    "pptx": Kind("PowerPoint", f"{OOXML}.presentationml.presentation"),
    "odt": Kind("OpenDocument text", f"{ODF}.text"),
    "ods": Kind("OpenDocument spreadsheet", f"{ODF}.spreadsheet"),
    "odp": Kind("OpenDocument slides", f"{ODF}.presentation"),
}
SIGNED = {
    "pdf": (Kind("PDF", "application/pdf"), b"%PDF-"),
    "png": (Kind("PNG", "image/png"), b"\x89PNG\r\n\x1a\n"),
    "jpg": (Kind("JPEG", "image/jpeg"), b"\xff\xd8\xff"),
    "jpeg": (Kind("JPEG", "image/jpeg"), b"\xff\xd8\xff"),
}
KINDS = {ending: kind for ending, (kind, _) in SIGNED.items()} | OFFICE | TEXTS
NAMES = {kind.content_type: kind.name for kind in KINDS.values()}
KINDS_IN_WORDS = ", ".join(NAMES.values())
ENDINGS = ", ".join(f".{ending}" for ending in KINDS)

# What a browser or a shell would run.
MARKUP = re.compile(r"<\s*(!doctype|\?php|(html|script|svg|iframe)\b)|^\s*(#!|<)", re.IGNORECASE)
# A cell that a spreadsheet would reckon out, from its sign to its end.
FORMULA = re.compile(r"(?:^|[,;\t])[^\S\n\t]*\"?([=+@-].*)", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
PDF_HEAD = 1024  # readers of PDF look so far for its beginning
PDF_TYPE = SIGNED["pdf"][0].content_type
OFFICE_TYPES = "[Content_Types].xml"
LONGEST_LISTING = 1_000_000  # characters
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
NAMED_AFTER_A_SEPARATOR = re.compile(
    "SOLIDUS|SLASH|COLON|FULL STOP|LISU LETTER TONE|MUSICAL SYMBOL|KANA REPEAT|OLD COPTIC ESH"
)
# Letters that nobody sees.
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f]")


class InspectedFile(NamedTuple):
    """What is saved about a file besides its content; its fields are those of `Evidence`."""

    filename: str
    content_type: str
    size: int
    sha256: str


def max_upload_bytes():
    """The largest size of a file, in bytes."""
    return settings.EVIDENCE_MB * 1_000_000


class SizeLimitHandler(FileUploadHandler):
    """Drops the rest of an upload that is too large; goes before the handlers that store it.

    The rest is still read. So its sender gets a page that says so and has what they typed, not a
    broken connection.
    """

    def receive_data_chunk(self, raw_data, start):
        # It knows not what a file is for, and half a file to import would pass for a whole one.
        return raw_data if start <= max(max_upload_bytes(), archives.MAX_BYTES) else None

    def file_complete(self, file_size):
        return None


def inspect_upload(upload):
    """Check an upload; raises `ValidationError`, with a sentence, if it is refused."""
    name = clean_name(upload.name)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in KINDS:
        raise ValidationError(
            f"This kind of file is not accepted. Its name must end in one of {ENDINGS}."
        )
    if upload.size > max_upload_bytes():
        raise ValidationError(
            f"The file is larger than {size_in_words(max_upload_bytes())}, the most that we accept."
        )
    found = content_type(upload, ending)
    if found != KINDS[ending].content_type:
        raise ValidationError(
            f"Its name ends in .{ending}, but its content is not {KINDS[ending].name}. It was "
            "not saved."
        )
    refuse_infected(upload)
    return InspectedFile(name, found, upload.size, sha256(upload))


def content_type(upload, ending):
    """The content type of a file by its content; None if it is not accepted.

    For plain text it depends on the ending of the name.
    """
    upload.seek(0)
    content = upload.read()
    for kind, signature in SIGNED.values():
        if content.startswith(signature):
            check_signed(kind, content)
            return kind.content_type
    if content.startswith(b"PK\x03\x04"):
        return office_type(content)
    return TEXTS[ending].content_type if ending in TEXTS and is_text(content) else None


def check_signed(kind, content):
    """Raises `ValidationError` if a PDF or a picture runs something, or is two kinds at once."""
    if kind.content_type == PDF_TYPE:
        if MARKUP.search(content[:PDF_HEAD].decode("latin-1")):
            raise ValidationError(TWO_KINDS)
        refuse_active("pdf", content)
    else:
        with sentence_of_refusal():
            check_picture(content)


def office_type(content):
    """The content type of an archive that is a document; None if it is not a document.

    Raises `ValidationError` if it holds anything that runs or is fetched.
    """
    if content.count(PART) > MAX_PARTS:
        raise ValidationError(TOO_COMPLEX)
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            types = listing(archive, OFFICE_TYPES) if OFFICE_TYPES in names else ""
            mimetype = listing(archive, "mimetype").strip() if "mimetype" in names else ""
    except Exception:  # a broken archive may raise any of a dozen
        raise ValidationError(UNREADABLE) from None
    if types and mimetype:
        raise ValidationError(TWO_KINDS)
    if types or mimetype:
        refuse_active("office" if types else "opendocument", content)
    for kind in OFFICE.values():
        if mimetype == kind.content_type or f"{kind.content_type}.main+xml" in types:
            return kind.content_type
    return None


def refuse_active(kind, content):
    """Raises `ValidationError` if a document holds anything that runs or is fetched."""
    with sentence_of_refusal():
        check_document(kind, content)


@contextmanager
def sentence_of_refusal():
    """Turns the refusal of a file into the error of a form, with the same sentence."""
    try:
        yield
    except ActiveContentError as refusal:
        raise ValidationError(str(refusal)) from refusal


def listing(archive, name):
    """The text of a file in an archive, up to `LONGEST_LISTING`."""
    with archive.open(name) as part:
        return part.read(LONGEST_LISTING).decode(errors="replace")


def is_text(content):
    """Whether a file is plain text that no browser, shell or reader of PDFs would run."""
    try:
        # Programs end a line at a carriage return too.
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise ValidationError("It is not UTF-8 text. In Excel, save it as “CSV UTF-8”.") from None
    if b"%PDF-" in content[:PDF_HEAD] or is_archive(content):
        raise ValidationError(TWO_KINDS)
    with sentence_of_refusal():
        for formula in FORMULA.findall(text):
            check_formula(formula, has_texts=False)
    return not (CONTROL.search(text) or MARKUP.search(text) or is_another_kind(text))


def sha256(upload):
    """The SHA-256 of a file's content."""
    upload.seek(0)
    found = hashlib.file_digest(upload, "sha256").hexdigest()
    upload.seek(0)
    return found


def may_look_like_a_separator(char):
    """Whether a character beyond Latin-1 may be taken for one that parts folders and endings.

    Those that mean the same do, and so may any sign of mathematics, any punctuation but dashes,
    quotation marks and brackets, and any symbol but money and pictures (emoji). Letters and digits
    stay, but for those that are named after such a sign, and the dots that Lisu writes as letters.
    """
    if char <= "\xff":
        return False
    kind, name = unicodedata.category(char), unicodedata.name(char, "")
    return (
        bool(set("/\\:.") & set(unicodedata.normalize("NFKD", char)))
        or kind in ("Po", "Sm", "Sk")
        or (kind == "So" and not EMOJI.match(char))
        or bool(NAMED_AFTER_A_SEPARATOR.search(name))
    )


def clean_name(name):
    """A file's name without folders, and without characters that hide or reverse what it says."""
    name = unicodedata.normalize("NFC", INVISIBLE.sub("", name))
    name = "".join("_" if may_look_like_a_separator(char) else char for char in name)
    name = re.split(r"[/\\]", name)[-1]
    kept = "".join(
        " " if char.isspace() else char
        for char in name
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    stem, dot, ending = re.sub(r'[<>:"|?*]', "_", " ".join(kept.split())).rpartition(".")
    stem = stem.strip(". ") or "evidence"
    return stem[: LONGEST_NAME - len(dot + ending)].rstrip(". ") + dot + ending


def size_in_words(size):
    """How large a file is: "240 kB"."""
    return (
        f"{size / 1_000_000:,.1f} MB".replace(".0 ", " ")
        if size >= 1_000_000
        else f"{max(1, round(size / 1000))} kB"
    )
