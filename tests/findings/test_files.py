"""What a file is by its content, and under which name it is kept."""

import hashlib
import time
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.forms import FileField
from hypothesis import example, given
from hypothesis import strategies as st

from findings import files
from findings.models import Evidence
from lib.active_content import heads
from lib.active_content.archives import Archive
from lib.active_content.office import check_office
from lib.active_content.refusals import TOO_COMPLEX, TWO_KINDS, UNREADABLE, ActiveContentError
from tests import accounts
from tests.evidence_files import (
    DOCX,
    HTML,
    JPEG,
    MISNAMED,
    PDF,
    PNG,
    PPTX,
    XLSX,
    address,
    handed_over,
    office,
    opendocument,
    packed,
    png_chunk,
    record,
    samsung_trailer,
)
from tests.pages import hrefs, text

pytestmark = pytest.mark.slow


def macro_enabled(sort):
    kind = f"application/vnd.ms-{sort}.macroEnabled.main+xml"
    told = f'<Types><Override PartName="/x.xml" ContentType="{kind}"/></Types>'
    return packed(**{"[Content_Types].xml": told})


def hidden(told):
    return office(
        "wordprocessingml.document",
        **{
            "[Content_Types].xml": f"{told}<Types><Default Extension='none' ContentType="
            f'"{files.OOXML}.wordprocessingml.document.main+xml"/></Types>'
        },
    )


def twice(told):
    """A document whose listing one program reads so and another otherwise."""
    holder = BytesIO(packed(**{"[Content_Types].xml": told}))
    with zipfile.ZipFile(holder, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(
            "[Content_Types].xml", f'"{files.OOXML}.wordprocessingml.document.main+xml"'
        )
    return holder.getvalue()


NUMBERED = {
    "[Content_Types].xml": "<Types><Override PartName='/a' ContentType='vba&#80;roject'/></Types>"
}
TAILS = {
    "RAR": b"Rar!\x1a\x07\x01\x00",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "gzip": b"\x1f\x8b\x08\x00",
    "a program": b"MZ\x90\x00",
    "a program for Linux": b"\x7fELF",
    "a script": b"\n#!/bin/sh\n",
}
RAR_WITHIN = png_chunk(b"teSt", TAILS["RAR"])
DISC = png_chunk(b"teSt", bytes(0x8001 - len(PNG) + 12 - 8) + b"CD001")
GOOD = {
    "minutes.pdf": (PDF, "application/pdf", "PDF"),
    "MINUTES.PDF": (PDF, "application/pdf", "PDF"),
    "picture.png": (PNG, "image/png", "PNG"),
    "picture.jpg": (JPEG, "image/jpeg", "JPEG"),
    "picture.jpeg": (JPEG, "image/jpeg", "JPEG"),
    "minutes.docx": (DOCX, f"{files.OOXML}.wordprocessingml.document", "Word"),
    "posts.xlsx": (XLSX, f"{files.OOXML}.spreadsheetml.sheet", "Excel"),
    "slides.pptx": (PPTX, f"{files.OOXML}.presentationml.presentation", "PowerPoint"),
    "told.docx": (
        hidden("<?xml version='1.0' encoding='UTF-8'?>"),
        f"{files.OOXML}.wordprocessingml.document",
        "Word",
    ),
    "minutes.odt": (opendocument("text"), f"{files.ODF}.text", "OpenDocument text"),
    "posts.ods": (
        opendocument("spreadsheet"),
        f"{files.ODF}.spreadsheet",
        "OpenDocument spreadsheet",
    ),
    "slides.odp": (
        opendocument("presentation"),
        f"{files.ODF}.presentation",
        "OpenDocument slides",
    ),
    "notes.txt": ("Zażółć, £5 < £10.\r\n".encode(), "text/plain; charset=utf-8", "text"),
    # A phone puts a preview behind a picture, or how it was taken.
    "phone.jpg": (
        JPEG + bytes(9) + JPEG + samsung_trailer(b"Image_UTC_Data"),
        "image/jpeg",
        "JPEG",
    ),
    "padded.pdf": (PDF + b"\r\n\0\0\x1a", "application/pdf", "PDF"),
    "numbers.csv": (b"ID;Posts\r\nB;17\r\n", "text/csv; charset=utf-8", "CSV"),
    "posts.csv": (
        "\ufeffrole,posts,change\nanalyst,10,-2\n".encode(),
        "text/csv; charset=utf-8",
        "CSV",
    ),
}

BAD = {
    "a page called a PDF": ("minutes.pdf", HTML, MISNAMED),
    "a page": ("minutes.html", HTML, "This kind of file is not accepted."),
    "a page called text": ("minutes.txt", HTML, MISNAMED),
    "a page after a while": ("minutes.csv", b"a,b\n" * 9999 + HTML, MISNAMED),
    "a drawing called a picture": (
        "map.png",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        MISNAMED,
    ),
    "a drawing": ("map.svg", b"<svg/>", "This kind of file is not accepted."),
    "a drawing called text": ("map.txt", b"\xef\xbb\xbf  <SVG onload=x()>", MISNAMED),
    "a shell's script": ("do.txt", b"#!/bin/sh\nrm -rf /\n", MISNAMED),
    "a server's script": ("do.csv", b"a,<?php system($_GET['x']) ?>", MISNAMED),
    "a table that starts a program": (
        "do.csv",
        b"force,note\r\nDorset,=cmd|'/c calc'!A1\r\n",
        "a formula that fetches data or starts a program",
    ),
    "a program": ("do.exe", b"MZ\x90\x00", "This kind of file is not accepted."),
    "a program called text": ("do.txt", b"MZ\x90\x00\x03\x00", "not UTF-8 text"),
    "bytes that text has not": ("do.txt", b"all\x00well", MISNAMED),
    "text of another sort": (
        "posts.csv",
        "£5".encode("latin-1"),
        "In Excel, save it as “CSV UTF-8”.",
    ),
    "a PDF called a picture": ("picture.png", PDF, MISNAMED),
    "a PDF called text": ("picture.txt", PDF, MISNAMED),
    "a picture called another": ("picture.png", JPEG, MISNAMED),
    "a spreadsheet called a document": ("posts.docx", XLSX, MISNAMED),
    "an OpenDocument called Office": (
        "minutes.docx",
        opendocument("text"),
        MISNAMED,
    ),
    "an archive": ("all.zip", packed(a="b"), "This kind of file is not accepted."),
    "an archive called a document": ("all.docx", packed(a="b"), MISNAMED),
    "a broken archive": ("all.docx", DOCX[:40], UNREADABLE),
    "a template": ("letter.docx", office("wordprocessingml.template"), MISNAMED),
    "an old document": (
        "minutes.doc",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "This kind of file is not accepted.",
    ),
    "a document with macros": (
        "minutes.docm",
        macro_enabled("word.document"),
        "This kind of file is not accepted.",
    ),
    "a document with macros, renamed": (
        "minutes.docx",
        macro_enabled("word.document"),
        "It contains macros.",
    ),
    "a document with macros, hidden": (
        "a.docx",
        office("wordprocessingml.document", **{"word/vbaProject.bin": "x"}),
        "It contains macros.",
    ),
    "a spreadsheet with old macros": (
        "a.xlsx",
        office("spreadsheetml.sheet", **{"xl/macrosheets/s.xml": "x"}),
        "It contains macros.",
    ),
    "an OpenDocument with macros": (
        "a.ods",
        opendocument("spreadsheet", **{"Basic/x.xml": "x"}),
        "It contains macros.",
    ),
    "a document with macros, named by a number": (
        "a.docx",
        office("wordprocessingml.document", "main", **NUMBERED),
        "It contains macros.",
    ),
    "a document with macros, in another alphabet": (
        "a.docx",
        hidden('<?xml version="1.0" encoding ="iso-2022-jp"?>'),
        UNREADABLE,
    ),
    "a document with macros, told in small letters": (
        "a.docx",
        office("wordprocessingml.document", **{"[content_types].xml": "vbaProject"}),
        UNREADABLE,
    ),
    "a document with macros, far behind": (
        "a.docx",
        hidden("<!--" + " " * files.LONGEST_LISTING + "-->"),
        MISNAMED,
    ),
    "a document that says two things": ("a.docx", twice("macroEnabled.main+xml"), UNREADABLE),
    "a document of very many parts": ("a.docx", DOCX + heads.PART * heads.MAX_PARTS, TOO_COMPLEX),
    **{
        f"a {kind} with {what} behind it": (f"a.{kind.lower()}", content + tail, TWO_KINDS)
        for kind, content in (("PNG", PNG), ("JPG", JPEG), ("PDF", PDF))
        for what, tail in TAILS.items()
    },
    "a picture with an archive within": ("a.png", PNG[:-12] + RAR_WITHIN + PNG[-12:], TWO_KINDS),
    "a picture that is a disc": ("a.png", PNG[:-12] + DISC + PNG[-12:], TWO_KINDS),
    "a picture that is a script": (
        "a.jpg",
        b"\xff\xd8\xff\xe0/*" + bytes(12072) + JPEG[2:],
        TWO_KINDS,
    ),
    "a picture that ends too early": ("a.jpg", JPEG[:-2], UNREADABLE),
    "a drawing that ends too early": ("a.png", PNG[:-12], UNREADABLE),
    "a film behind a picture": ("a.jpg", JPEG + b"\0\0\0\x18ftypmp42", "a short video or sound"),
    "a film in a trailer": ("a.jpg", JPEG + samsung_trailer(b"MotionPhoto_Data"), "a short video"),
    "a program in a trailer": (
        "a.jpg",
        JPEG + samsung_trailer(b"x", b"\x7fELF"),
        "embedded program",
    ),
    "RTF": ("a.txt", rb"{\rtf1\ansi Minutes}", MISNAMED),
    "PostScript": ("a.txt", b"%!PS-Adobe-3.0\n", MISNAMED),
    "a shortcut": ("a.txt", b"\r\n[{000214A0}]\r\n[InternetShortcut]\r\nURL=file://x", MISNAMED),
    "SYLK": ("a.csv", b"ID;PWXL;N;E\r\nE\r\n", MISNAMED),
    "SYLK by its second line": ("a.csv", b"ID;Posts\rO;E\rC;X1;Y1;K0;EHALT()\r", MISNAMED),
    "a formula on a line of its own": ("a.csv", b"a\r=cmd|'/c calc'!A1\r", "a formula that"),
    "no ending": ("minutes", PDF, "This kind of file is not accepted."),
    "an ending too many": ("minutes.pdf.exe", PDF, "This kind of file is not accepted."),
    "an ending turned round": ("minutes\u202efdp.exe", PDF, "This kind of file is not accepted."),
    "nothing": ("minutes.pdf", b"", "The file is empty."),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_is_taken_for_what_its_content_says(name):
    content, content_type, called = GOOD[name]
    kept = files.inspect_upload(handed_over(name, content))
    assert kept == (name, content_type, len(content), hashlib.sha256(content).hexdigest())
    assert files.NAMES[content_type] == called


@pytest.mark.parametrize("name", ["MINUTES.PDF", "minutes.docx", "notes.txt"])
def test_a_file_is_kept_as_it_was_sent(name, client, action):
    content, content_type, called = GOOD[name]
    accounts.sign_in(client, "editor")
    answer = record(client, action, handed_over(name, content))
    assert "Progress saved." in text(answer)
    piece = Evidence.objects.get()
    assert (piece.filename, piece.content_type, piece.size, piece.url) == (
        name,
        content_type,
        len(content),
        "",
    )
    assert piece.sha256 == hashlib.sha256(content).hexdigest()
    assert Path(piece.file.path).read_bytes() == content
    assert f"Board minutes ({called}, 1 kB), 1 September 2025, restricted." in text(answer)
    assert address(piece) in hrefs(answer)


@pytest.mark.parametrize("case", [case for case in BAD if case != "nothing"])
def test_a_file_that_is_not_what_it_should_be_is_refused_with_a_sentence(case):
    name, content, sentence = BAD[case]
    with pytest.raises(ValidationError) as refusal:
        files.inspect_upload(FileField().clean(handed_over(name, content)))
    assert sentence in refusal.value.messages[0]


@pytest.mark.parametrize(
    "case", ["a page called a PDF", "a document with macros, renamed", "nothing"]
)
def test_where_a_file_is_refused_the_words_stay(case, client, action):
    name, content, sentence = BAD[case]
    accounts.sign_in(client, "editor")
    answer = record(client, action, handed_over(name, content))
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert "Nothing was saved." in text(answer)
    assert answer.context["form"]["note"].value() == "Ten posts are filled."
    assert answer.context["evidence_form"]["title"].value() == "Board minutes"
    assert not Evidence.objects.exists()
    assert not action.updates.exists()


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\Users\\somebody\\Minutes.pdf", "Minutes.pdf"),
        ("../../etc/minutes.pdf", "minutes.pdf"),
        ("minutes\u202egpj\u200b.pdf", "minutesgpj.pdf"),
        ("min\r\nSet-Cookie: a=b;utes\x00.pdf", "min Set-Cookie_ a=b;utes.pdf"),
        ('  a "good"  <plan>?.pdf ', "a _good_ _plan__.pdf"),
        (".pdf", "evidence.pdf"),
        ("Über uns, 1. Entwurf.pdf", "Über uns, 1. Entwurf.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        (f"{'x' * 300}.pdf", f"{'x' * 146}.pdf"),
        ("…/会议.pdf", "会议.pdf"),
        ("Q1\u2215Q2\uff0f..\u29f5minutes\uff0eexe.pdf", "Q1_Q2_.._minutes_exe.pdf"),
        ("Q1\u05c3Q2\u06d4exe\u0589\u2571a\ua4f8\u02d0\u0338b.pdf", "Q1_Q2_exe__a___b.pdf"),
        ("“Ends” – £5 of €6, ノート 📄.pdf", "“Ends” – £5 of €6, ノート 📄.pdf"),
        ("min\u3164utes\u2066\u200f\ufe0f.pdf", "minutes.pdf"),
    ],
)
def test_a_name_is_kept_without_what_could_mislead(name, clean):
    assert files.clean_name(name) == clean


@given(
    places=st.lists(
        st.tuples(st.integers(4, len(DOCX) - 1), st.integers(0, 255)), min_size=1, max_size=8
    ),
    end=st.integers(0, 40),
)
@example(places=[(263, 0)], end=0)  # a part without a name
def test_a_broken_archive_is_kept_or_refused_and_nothing_else(places, end):
    content = bytearray(DOCX)
    for place, byte in places:
        content[place] = byte
    with suppress(ActiveContentError):
        check_office(Archive(bytes(content[: len(content) - end])))


def test_a_text_of_blanks_is_checked_in_no_time():
    began = time.monotonic()
    assert files.is_text(b"\n" * 300_000)
    assert files.is_text(b"\t" * 300_000)
    assert time.monotonic() - began < 5
