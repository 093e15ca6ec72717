"""Files of evidence: what comes in, how it is kept, who gets it, and what may still change once it was handed in."""

import hashlib
import logging
import os
import stat
import zipfile
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.sign_in.second_factor import SET_UP_HERE
from findings import files
from findings.choices import UpdateState
from findings.models import Action, Evidence
from findings.workflow import (
    changeable_fields,
    publish,
    send_back,
    set_owner,
    submit,
    write_update,
)
from tests import accounts, factories
from tests.pages import elements, text, version_now

from ..config.test_settings import read, start

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
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
]
EVERYBODY += ["past viewer", "past approver", "future editor", "steward", "auditor", "superuser"]
SEES = {"viewer", "editor", "approver", "steward", "auditor", "superuser"}
SEES_OTHERS = {"other viewer", "other editor", "other approver", "steward", "auditor", "superuser"}


def packed(**parts):
    """An archive with these parts."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def office(sort, main="main", **parts):
    """An Office document of some sort, macros and all where its parts say so."""
    told = f'<Types><Override PartName="/x.xml" ContentType="{files.OOXML}.{sort}.{main}+xml"/></Types>'
    return packed(**{"[Content_Types].xml": told, "word/document.xml": "<w/>"} | parts)


def macro_enabled(sort):
    told = f'<Types><Override PartName="/x.xml" ContentType="application/vnd.ms-{sort}.macroEnabled.main+xml"/></Types>'
    return packed(**{"[Content_Types].xml": told})


def hidden(told):
    return office(
        "wordprocessingml.document",
        **{"[Content_Types].xml": f'"{files.OOXML}.wordprocessingml.document.main+xml" {told}'},
    )


def twice(told):
    """A document whose listing one program reads so and another otherwise."""
    holder = BytesIO(packed(**{"[Content_Types].xml": told}))
    with zipfile.ZipFile(holder, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(
            "[Content_Types].xml", f'"{files.OOXML}.wordprocessingml.document.main+xml"'
        )
    return holder.getvalue()


DOCX, XLSX, PPTX = (
    office(sort)
    for sort in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
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
    "minutes.odt": (packed(mimetype=f"{files.ODF}.text"), f"{files.ODF}.text", "OpenDocument text"),
    "posts.ods": (
        packed(mimetype=f"{files.ODF}.spreadsheet"),
        f"{files.ODF}.spreadsheet",
        "OpenDocument spreadsheet",
    ),
    "slides.odp": (
        packed(mimetype=f"{files.ODF}.presentation"),
        f"{files.ODF}.presentation",
        "OpenDocument slides",
    ),
    "notes.txt": ("Zażółć, £5 < £10.\r\n".encode(), "text/plain; charset=utf-8", "text"),
    "posts.csv": ("\ufeffrole,posts\nanalyst,10\n".encode(), "text/csv; charset=utf-8", "CSV"),
}
MISNAMED = "but its content is not"
BAD = {
    "a page called a PDF": ("minutes.pdf", HTML, MISNAMED),
    "a page": ("minutes.html", HTML, "Files of this kind are not kept."),
    "a page called text": ("minutes.txt", HTML, MISNAMED),
    "a page after a while": ("minutes.csv", b"a,b\n" * 9999 + HTML, MISNAMED),
    "a drawing called a picture": (
        "map.png",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        MISNAMED,
    ),
    "a drawing": ("map.svg", b"<svg/>", "Files of this kind are not kept."),
    "a drawing called text": ("map.txt", b"\xef\xbb\xbf  <SVG onload=x()>", MISNAMED),
    "a shell's script": ("do.txt", b"#!/bin/sh\nrm -rf /\n", MISNAMED),
    "a server's script": ("do.csv", b"a,<?php system($_GET['x']) ?>", MISNAMED),
    "a program": ("do.exe", b"MZ\x90\x00", "Files of this kind are not kept."),
    "a program called text": ("do.txt", b"MZ\x90\x00\x03\x00", "not text in UTF-8"),
    "bytes that text has not": ("do.txt", b"all\x00well", MISNAMED),
    "text of another sort": (
        "posts.csv",
        "£5".encode("latin-1"),
        "Save it as such: in Excel, “CSV UTF-8”.",
    ),
    "a PDF called a picture": ("picture.png", PDF, MISNAMED),
    "a PDF called text": ("picture.txt", PDF, MISNAMED),
    "a picture called another": ("picture.png", JPEG, MISNAMED),
    "a spreadsheet called a document": ("posts.docx", XLSX, MISNAMED),
    "an OpenDocument called Office": (
        "minutes.docx",
        packed(mimetype=f"{files.ODF}.text"),
        MISNAMED,
    ),
    "an archive": ("all.zip", packed(a="b"), "Files of this kind are not kept."),
    "an archive called a document": ("all.docx", packed(a="b"), MISNAMED),
    "a broken archive": ("all.docx", DOCX[:40], MISNAMED),
    "a template": ("letter.docx", office("wordprocessingml.template"), MISNAMED),
    "an old document": (
        "minutes.doc",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "Files of this kind are not kept.",
    ),
    "a document with macros": (
        "minutes.docm",
        macro_enabled("word.document"),
        "Files of this kind are not kept.",
    ),
    "a document with macros, renamed": (
        "minutes.docx",
        macro_enabled("word.document"),
        "It holds macros.",
    ),
    "a document with macros, hidden": (
        "a.docx",
        office("wordprocessingml.document", **{"word/vbaProject.bin": "x"}),
        "It holds macros.",
    ),
    "a spreadsheet with old macros": (
        "a.xlsx",
        office("spreadsheetml.sheet", **{"xl/macrosheets/s.xml": "x"}),
        "It holds macros.",
    ),
    "an OpenDocument with macros": (
        "a.ods",
        packed(mimetype=f"{files.ODF}.spreadsheet", **{"Basic/x.xml": "x"}),
        "It holds macros.",
    ),
    "a document with macros, named by a number": ("a.docx", hidden("vba&#80;roject"), MISNAMED),
    "a document with macros, in another alphabet": (
        "a.docx",
        hidden('<?xml encoding ="iso-2022-jp"?> vba\x1b(BProject'),
        MISNAMED,
    ),
    "a document with macros, told in small letters": (
        "a.docx",
        office("wordprocessingml.document", **{"[content_types].xml": "vbaProject"}),
        MISNAMED,
    ),
    "a document with macros, far behind": (
        "a.docx",
        hidden(" " * files.LONGEST_LISTING + "vbaProject"),
        MISNAMED,
    ),
    "a document that says two things": ("a.docx", twice("macroEnabled.main+xml"), MISNAMED),
    "a document of very many parts": ("a.docx", DOCX + files.PART * files.MOST_PARTS, MISNAMED),
    "no ending": ("minutes", PDF, "Files of this kind are not kept."),
    "an ending too many": ("minutes.pdf.exe", PDF, "Files of this kind are not kept."),
    "an ending turned round": ("minutes\u202efdp.exe", PDF, "Files of this kind are not kept."),
    "nothing": ("minutes.pdf", b"", "The file is empty."),
}


def page_of(name, row):
    return reverse(f"admin:findings_{row._meta.model_name}_{name}", args=[row.pk])


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


def in_state(action, state, by=None):
    """An update that has come so far."""
    by, now = by or factories.staff.make(), timezone.now()
    update = write_update(action, action.status, "Ten posts are filled.", by, now)
    if state != UpdateState.DRAFT:
        submit(update, by, now)
    if state == UpdateState.SENT_BACK:
        send_back(update, factories.staff.make(), "Say more.")
    if state == UpdateState.PUBLISHED:
        publish(update, factories.staff.make(), now)
    update.refresh_from_db()
    return update


def address(piece):
    return reverse("findings:evidence_file", args=[piece.pk])


# What comes in


@pytest.mark.parametrize("name", GOOD)
def test_a_file_is_kept_as_what_its_content_says(name, client, action):
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
    assert address(piece) in {link.attributes.get("href") for link in elements(answer, "a")}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_not_what_it_should_be_is_refused_with_a_sentence_and_the_words_stay(
    case, client, action
):
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


def test_a_file_of_a_hundred_megabytes_is_refused_with_a_sentence_and_little_of_it_reaches_the_disk(
    client, action, monkeypatch
):
    seen = []
    inspect_upload = files.inspect_upload
    monkeypatch.setattr(
        "findings.forms.inspect_upload",
        lambda upload: seen.append(upload.size) or inspect_upload(upload),
    )
    accounts.sign_in(client, "editor")
    answer = record(client, action, handed_over(content=PDF + bytes(100_000_000)))
    assert answer.status_code == 200
    assert "The file is larger than 20 MB, the most that is kept." in text(answer)
    assert answer.context["form"]["note"].value() == "Ten posts are filled."
    assert 20_000_000 < seen[0] < 20_200_000


def test_how_large_a_file_may_be_is_a_setting(client, action, settings):
    settings.EVIDENCE_MB = 1
    accounts.sign_in(client, "editor")
    assert "at most 1 MB" in text(client.get(page_of("record_progress", action)))
    assert "larger than 1 MB" in text(
        record(client, action, handed_over(content=PDF + bytes(1_000_001 - len(PDF))))
    )
    assert "Progress saved." in text(
        record(client, action, handed_over(content=PDF + bytes(1_000_000 - len(PDF))))
    )


def test_it_is_an_address_or_a_file_and_not_both(client, action):
    accounts.sign_in(client, "editor")
    for further in (
        {},
        {"evidence-url": "https://example.org/minutes", "evidence-file": handed_over()},
    ):
        answer = record(client, action, **further)
        assert "Give an address or a file: exactly one of the two." in text(answer)
    assert "choose the file minutes.pdf again" in text(answer)
    assert not action.updates.exists()


def test_a_file_is_asked_for_again_where_something_else_was_wrong_or_somebody_was_quicker(
    client, action
):
    accounts.sign_in(client, "editor")
    assert "choose the file minutes.pdf again" in text(
        record(client, action, handed_over(), note="")
    )
    opened = version_now()
    set_owner(action, "head of crime", "Agreed.", factories.staff.make())
    answer = record(client, action, handed_over("../\u202eminutes.pdf"), version=opened)
    assert answer.status_code == 409
    assert "Choose the file minutes.pdf again." in text(answer)
    assert not Evidence.objects.exists()


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
    ],
)
def test_a_name_is_kept_without_what_could_mislead(name, clean):
    assert files.clean_name(name) == clean


def test_a_file_lies_under_its_hash_where_nobody_else_reads_and_no_page_of_static_files_leads(
    client, action
):
    accounts.sign_in(client, "editor")
    record(client, action, handed_over("../../static/minutes.pdf", PDF + b"one"))
    record(client, action, handed_over(content=PDF + b"one"))
    first, second = Evidence.objects.order_by("pk")
    assert first.file.name != second.file.name
    for piece in (first, second):
        path = Path(piece.file.path)
        assert path.is_relative_to(os.environ["EVIDENCE_DIR"])
        assert path.parent.name == piece.sha256[:2]
        assert path.name.startswith(piece.sha256)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (
            client.get(f"/{piece.file.name}").status_code
            == client.get(f"/static/{piece.file.name}").status_code
            == 404
        )


def test_a_large_file_that_came_in_by_the_disk_is_nobody_elses_to_read_either(client, action):
    accounts.sign_in(client, "editor")
    record(client, action, handed_over(content=PDF + bytes(3_000_000)))
    piece = Evidence.objects.get()
    assert stat.S_IMODE(Path(piece.file.path).stat().st_mode) == 0o600
    assert piece.sort == "PDF, 3 MB"


def test_a_save_that_fails_leaves_no_row_without_a_file(client, action, monkeypatch):
    accounts.sign_in(client, "editor")

    def fail(*args):
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", fail)
    with pytest.raises(RuntimeError):
        record(client, action, handed_over())
    assert not Evidence.objects.exists()
    assert not action.updates.exists()


def test_the_same_file_twice_is_noticed_among_what_its_writer_may_see_and_kept_all_the_same(
    client, action, others_action
):
    content = PDF + b"%twice"
    kept(content=content, action=others_action, title="Theirs")
    accounts.sign_in(client, "editor")
    assert "same file" not in text(
        record(client, action, handed_over(content=content), **{"evidence-title": "Ours"})
    )
    answer = text(record(client, action, handed_over(content=content)))
    assert (
        f"The same file is evidence already: “Ours”, of {action}. It was kept here all the same."
        in answer
    )
    assert "Theirs" not in answer
    assert action.updates.get().evidence.count() == 2


def test_an_address_is_not_told_to_be_the_same_file(client, action):
    accounts.sign_in(client, "editor")
    for _ in range(2):
        assert "same file" not in text(
            record(client, action, **{"evidence-url": "https://example.org/minutes"})
        )


def test_more_evidence_is_added_to_a_draft_and_any_of_it_taken_out(client, action):
    accounts.sign_in(client, "editor")
    answer = record(client, action, handed_over(), way="more")
    assert answer.redirect_chain == [(page_of("record_progress", action) + "?more=", 302)]
    answer = record(
        client,
        action,
        handed_over("posts.csv", b"role,posts\n"),
        way="more",
        **{"evidence-title": "Posts"},
    )
    pieces = Evidence.objects.order_by("pk")
    assert [piece.filename for piece in pieces] == ["minutes.pdf", "posts.csv"]
    assert {address(piece) for piece in pieces} <= {
        link.attributes.get("href") for link in elements(answer, "a")
    }
    assert "Posts, restricted: posts.csv, CSV, 1 kB" in text(answer)
    data = {
        name: value
        for name, value in sent(action, drop=pieces[0].pk).items()
        if not name.startswith("evidence")
    }
    client.post(page_of("record_progress", action), data)
    assert [piece.title for piece in action.updates.get().evidence.all()] == ["Posts"]


# Who gets it


def asked(client, piece):
    """The status with which a file is answered."""
    answer = client.get(address(piece))
    answer.getvalue()
    return answer.status_code


@pytest.mark.parametrize("who", EVERYBODY)
def test_whoever_may_read_it_gets_it_and_to_everybody_else_it_never_was(
    who, client, action, others_action
):
    pieces = [
        (
            kept(in_state(row, state), is_public=is_public),
            is_public and state == UpdateState.PUBLISHED,
            sees,
        )
        for row, sees in ((action, SEES), (others_action, SEES_OTHERS))
        for state in UpdateState
        for is_public in (False, True)
    ] + [
        (kept(action=row, is_public=is_public), is_public, sees)
        for row, sees in ((action, SEES), (others_action, SEES_OTHERS))
        for is_public in (False, True)
    ]
    if who != "anonymous":
        accounts.sign_in(client, who)
    never = client.get("/evidence/999999/").content
    for is_signed_out in (False, True):
        if is_signed_out:
            client.logout()
        for piece, is_for_all, sees in pieces:
            for method in (client.get, client.head):
                answer = method(address(piece))
                if is_for_all or (who in sees and not is_signed_out):
                    assert answer.status_code == 200
                    assert (
                        answer.headers["Content-Disposition"]
                        == 'attachment; filename="minutes.pdf"'
                    )
                    assert answer.getvalue() == (PDF if method == client.get else b"")
                else:
                    assert answer.status_code == 404
                    if method == client.get:
                        assert answer.content == never.replace(
                            b"/evidence/999999/", address(piece).encode()
                        )
            assert client.post(address(piece)).status_code == 405


def test_what_is_under_embargo_is_for_staff_alone_until_it_is_public(client, action):
    finding = factories.finding.make(inspection__public_at=timezone.now() + timedelta(days=1))
    update = in_state(action, UpdateState.PUBLISHED)
    piece = kept(update, is_public=True)
    assert asked(client, piece) == 200
    action.findings.add(finding)
    assert asked(client, piece) == 404
    finding.inspection.public_at = timezone.now() - timedelta(days=1)
    finding.inspection.save()
    assert asked(client, piece) == 200


def test_it_is_saved_rather_than_shown_taken_for_nothing_else_and_kept_by_no_cache(client, action):
    piece = kept(
        in_state(action, UpdateState.PUBLISHED), is_public=True, filename="Über “uns”; 1.pdf"
    )
    answer = client.get(address(piece), headers={"accept-encoding": "gzip, br"})
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename*=utf-8''%C3%9Cber%20%E2%80%9Cuns%E2%80%9D%3B%201.pdf"
    )
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert "Content-Encoding" not in answer.headers
    assert not client.cookies
    assert answer.getvalue() == PDF


def test_a_missing_file_is_told_and_logged(client, action, caplog):
    piece = kept(in_state(action, UpdateState.PUBLISHED), is_public=True)
    Path(piece.file.path).unlink()
    with caplog.at_level(logging.ERROR, "findings.views"):
        answer = client.get(address(piece))
    assert answer.status_code == 410
    assert "was kept here as minutes.pdf, but the file cannot be found" in text(answer)
    assert f"The file of evidence {piece.pk} is missing" in caplog.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_address_of_evidence_has_no_file(client, action):
    piece = factories.evidence.make(action=action, is_public=True)
    assert asked(client, piece) == 404
    assert client.get(f"/evidence/{'9' * 30}/").status_code == 404


def test_a_session_that_has_idled_out_or_grown_too_old_opens_nothing_restricted(client, action):
    piece, public = kept(action=action), kept(action=action, is_public=True)
    accounts.sign_in(client, "viewer")
    assert asked(client, piece) == 200
    session = client.session
    session["began_at"] -= timedelta(hours=13).total_seconds()
    session.save()
    assert (asked(client, piece), asked(client, public)) == (404, 200)
    accounts.sign_in(client, "editor")
    assert asked(client, piece) == 200
    Session.objects.update(expire_date=timezone.now())
    assert (asked(client, piece), asked(client, public)) == (404, 200)


def test_a_membership_that_ends_shuts_restricted_files_in_an_open_session(client, action):
    piece, public = kept(action=action), kept(action=action, is_public=True)
    user = accounts.sign_in(client, "viewer")
    assert (asked(client, piece), asked(client, public)) == (200, 200)
    user.memberships.update(ends_on=timezone.localdate())
    assert (asked(client, piece), asked(client, public)) == (404, 200)


def test_whoever_owes_a_second_factor_reads_as_the_public_does(client, action, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    piece, public = kept(action=action), kept(action=action, is_public=True)
    user = accounts.sign_in(client, "editor")
    assert (asked(client, piece), asked(client, public)) == (404, 200)
    Authenticator.objects.create(user=user, type="totp", data={})
    assert asked(client, piece) == 404
    with_it = client.session
    with_it[SET_UP_HERE] = True
    with_it.save()
    assert asked(client, piece) == 200


def test_who_is_refused_a_file_while_signed_in_is_written_down(client, action, monkeypatch):
    told = []
    monkeypatch.setattr(
        "config.events.record",
        lambda event, request, user, **known: told.append((event, str(user), request.path)),
    )
    piece = kept(action=action)
    asked(client, piece)
    for who in ("viewer", "other editor"):
        client.force_login(accounts.make(who))
        told.clear()
        asked(client, piece)
        assert told == ([("refused", who, address(piece))] if who == "other editor" else [])


def test_public_pages_lead_to_public_files_with_their_kind_and_size(client, action):
    update = in_state(action, UpdateState.PUBLISHED)
    shown, hidden = (
        kept(update, is_public=True, title="Minutes"),
        kept(update, title="Restricted minutes"),
    )
    for page in (action.plan.get_absolute_url(), action.findings.first().get_absolute_url()):
        answer = client.get(page)
        assert "Minutes (PDF, 1 kB), " in text(answer)
        assert "Restricted minutes" not in text(answer)
        links = {link.attributes.get("href") for link in elements(answer, "a")}
        assert address(shown) in links
        assert address(hidden) not in links


def test_files_are_streamed_by_our_own_page_from_another_storage_too(client, action, monkeypatch):
    class Bucket(InMemoryStorage):
        def url(self, name):
            pytest.fail("A signed address would be out of our hands.")

    monkeypatch.setattr(Evidence._meta.get_field("file"), "storage", Bucket())
    accounts.sign_in(client, "editor")
    record(client, action, handed_over())
    piece = Evidence.objects.get()
    answer = client.get(address(piece))
    assert (answer.status_code, answer.headers["Content-Length"], answer.getvalue()) == (
        200,
        str(len(PDF)),
        PDF,
    )
    assert client.get(page_of("record_progress", action)).status_code == 200
    accounts.sign_in(client, "steward")
    assert client.get(page_of("change", piece)).status_code == 200
    piece.file.storage.delete(piece.file.name)
    assert asked(client, piece) == 410


def test_a_bucket_is_named_by_settings_alone():
    assert "FileSystemStorage" in read("STORAGES['evidence']['BACKEND']", EVIDENCE_BUCKET=None)
    where = {
        "EVIDENCE_BUCKET": "evidence",
        "AWS_ENDPOINT_URL_S3": "https://objects.example",
        "AWS_DEFAULT_REGION": "eu-west-2",
    }
    told = read("STORAGES['evidence']", **where)
    for words in (
        "storages.backends.s3.S3Storage",
        "'bucket_name': 'evidence'",
        "'default_acl': None",
        "'addressing_style': 'path'",
    ):
        assert words in told
    code = (
        "import django; django.setup(); from findings.models.updates import evidence_storage as s; b = s();"
        "print(b.bucket.name, b.connection.meta.client.meta.endpoint_url)"
    )
    keys = {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = start(code, **where | keys)
    assert done.stdout.strip() == "evidence https://objects.example", done.stderr


# What may still change


@contextmanager
def refused(sentence="comes, changes and goes with the draft"):
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        yield


@pytest.mark.parametrize("state", UpdateState)
def test_the_database_lets_evidence_come_change_and_go_while_its_update_is_open_and_not_afterwards(
    state, action
):
    update = in_state(action, state)
    piece = kept(update, title="Minutes")
    rows = Evidence.objects.filter(pk=piece.pk)
    changes = [
        lambda: factories.evidence.prepare(action=None, update=update).save(),
        lambda: rows.update(title="Other minutes"),
        lambda: rows.update(is_public=True),
        lambda: rows.update(file="elsewhere"),
        lambda: connection.cursor().execute(
            "UPDATE findings_evidence SET dated_on = '2020-01-01' WHERE id = %s", [piece.pk]
        ),
        lambda: rows.delete(),
    ]
    for change in changes:
        if update.is_open:
            change()
        else:
            with refused():
                change()
    if not update.is_open:
        assert rows.update(review_on=date(2026, 9, 1)) == 1


def test_what_was_public_may_be_withdrawn_and_not_made_public_again(action):
    piece = kept(in_state(action, UpdateState.PUBLISHED), is_public=True)
    rows = Evidence.objects.filter(pk=piece.pk)
    rows.update(is_public=False)
    with refused():
        rows.update(is_public=True)


def test_a_withdrawal_is_told_on_the_page_of_the_action_to_which_it_leads_back(client, action):
    piece = kept(in_state(action, UpdateState.PUBLISHED), is_public=True, title="Minutes")
    accounts.sign_in(client, "approver")
    answer = client.post(
        page_of("change", piece), {"review_on": "", "why": "It names a person."}, follow=True
    )
    assert answer.redirect_chain == [
        (reverse("admin:findings_action_change", args=[action.pk]), 302)
    ]
    assert (
        "Evidence withdrawn from the public: Minutes It names a person. Recorded by approver"
        in text(answer)
    )


def test_evidence_moves_nowhere_else_by_sql_either(action, others_action):
    own, other = in_state(action, UpdateState.DRAFT), in_state(others_action, UpdateState.DRAFT)
    rows = Evidence.objects.filter(pk__in=[kept(own).pk, kept(action=action).pk])
    for elsewhere in ({"update": other, "action": None}, {"action": others_action, "update": None}):
        with refused("stays where it was added"):
            rows.update(**elsewhere)


@pytest.mark.parametrize("state", UpdateState)
@pytest.mark.parametrize("is_public", [False, True])
def test_the_rule_in_words_is_the_rule_of_the_database(state, is_public, action):
    piece = kept(in_state(action, state), is_public=is_public)
    if piece.update.is_open:
        assert changeable_fields(piece) == []
    else:
        assert changeable_fields(piece) == (
            ["review_on", "is_public"] if is_public else ["review_on"]
        )
    assert "is_public" in changeable_fields(kept(action=action))


FORGED = {
    "title": "Forged",
    "shows": "Forged.",
    "dated_on": "2020-01-01",
    "url": "https://example.org/forged",
    "is_public": "on",
}


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name not in ("anonymous", "nobody")])
@pytest.mark.parametrize("state", UpdateState)
def test_only_who_signs_off_sees_to_evidence_afterwards_and_to_nothing_else_of_it(
    who, state, client, action
):
    piece = kept(in_state(action, state), is_public=True, title="Minutes")
    before = Evidence.objects.values().get(pk=piece.pk)
    accounts.sign_in(client, who)
    page = page_of("change", piece)
    # Left out, a tick is a withdrawal.
    withdraws = FORGED | {"review_on": "2026-09-01"}
    del withdraws["is_public"]
    client.post(page, withdraws)
    client.post(page, FORGED | {"review_on": "2026-09-01"})
    client.post(page_of("delete", piece), {"post": "yes"})
    after = Evidence.objects.values().get(pk=piece.pk)
    if who in {"approver", "steward", "superuser"} and state in (
        UpdateState.SUBMITTED,
        UpdateState.PUBLISHED,
    ):
        assert after == before | {"review_on": date(2026, 9, 1), "is_public": False}
    else:
        assert after == before


@pytest.mark.parametrize("who", ["viewer", "editor", "approver", "steward"])
def test_the_page_of_an_action_leads_to_evidence_only_whom_it_lets_change_something(
    who, client, action
):
    closed, open_ = in_state(action, UpdateState.PUBLISHED), in_state(action, UpdateState.DRAFT)
    pieces = {
        kept(closed, is_public=True): {"approver", "steward"},
        kept(closed): {"approver", "steward"},
        kept(open_): set(),
        kept(action=action): {"steward"},
    }
    accounts.sign_in(client, who)
    answer = client.get(page_of("change", action))
    links = {link.attributes.get("href") for link in elements(answer, "a")}
    for piece, lets in pieces.items():
        assert (page_of("change", piece) in links) is (who in lets)
    assert ("Add evidence for it as a whole" in text(answer)) is (who == "steward")


def test_an_editor_makes_nothing_public_without_sign_off(client, action):
    accounts.sign_in(client, "editor")
    record(client, action, handed_over(), way="submit", **{"evidence-is_public": "on"})
    piece = Evidence.objects.get()
    client.logout()
    assert asked(client, piece) == 404
    accounts.sign_in(client, "approver")
    answer = client.get(page_of("sign_off", piece.update))
    assert (
        "The public will see Evidence: Board minutes (PDF, 1 kB), 1 September 2025, public once signed off."
        in text(answer)
    )
    assert "Restricted" not in text(answer)
    assert address(piece) in {link.attributes.get("href") for link in elements(answer, "a")}
    client.post(page_of("sign_off", piece.update), {"version": version_now(), "publish": "x"})
    client.logout()
    assert asked(client, piece) == 200


def test_who_signs_off_is_told_what_stays_restricted_and_where_there_is_none(client, action):
    update = in_state(action, UpdateState.SUBMITTED)
    accounts.sign_in(client, "approver")
    for page in ("sign_off", "change"):
        assert "Its evidence None was added." in text(client.get(page_of(page, update)))
    kept(update, title="Rota")
    for page in ("sign_off", "change"):
        answer = client.get(page_of(page, update))
        assert "Restricted: for staff alone Evidence: Rota (PDF, 1 kB)" in text(answer)
        assert page_of("change", update.evidence.get()) in {
            link.attributes.get("href") for link in elements(answer, "a")
        }


def test_evidence_of_an_action_as_a_whole_is_added_by_a_steward_as_a_file_or_an_address(
    client, action
):
    accounts.sign_in(client, "steward")
    page = reverse("admin:findings_evidence_add")
    told = WORDS | {"action": action.pk}
    assert "exactly one of the two" in text(client.post(page, told))
    assert "This field is required." in text(
        client.post(page, WORDS | {"url": "https://example.org/"})
    )
    assert MISNAMED in text(client.post(page, told | {"file": handed_over(content=HTML)}))
    assert client.post(page, told | {"file": handed_over(), "is_public": "on"}).status_code == 302
    piece = Evidence.objects.get()
    assert (piece.filename, piece.size, piece.about) == ("minutes.pdf", len(PDF), action)
    answer = client.post(page, told | {"file": handed_over(), "is_public": "on"}, follow=True)
    assert "The same file is evidence already: “Board minutes”" in text(answer)
    answer = client.post(
        page_of("change", piece),
        WORDS | {"title": "Minutes", "file": handed_over(content=PNG)},
        follow=True,
    )
    piece.refresh_from_db()
    assert (piece.title, piece.filename, Path(piece.file.path).read_bytes(), piece.is_public) == (
        "Minutes",
        "minutes.pdf",
        PDF,
        False,
    )
    assert address(piece) in {
        link.attributes.get("href") for link in elements(client.get(page_of("change", piece)), "a")
    }


@given(
    places=st.lists(
        st.tuples(st.integers(4, len(DOCX) - 1), st.integers(0, 255)), min_size=1, max_size=8
    ),
    end=st.integers(0, 40),
)
def test_a_broken_archive_is_kept_or_refused_and_nothing_else(places, end):
    content = bytearray(DOCX)
    for place, byte in places:
        content[place] = byte
    try:
        assert (
            files.inspect_upload(
                handed_over("minutes.docx", bytes(content[: len(content) - end]))
            ).content_type
            == GOOD["minutes.docx"][1]
        )
    except ValidationError as error:
        assert MISNAMED in str(error) or "macros" in str(error)


@pytest.mark.django_db(transaction=True)
def test_words_about_a_file_stay_where_its_action_goes_in_the_same_moment(
    client, action, come_between
):
    accounts.sign_in(client, "steward")
    gone = factories.action.make(plan=action.plan, number=77)
    come_between(Action.objects.filter(pk=gone.pk).delete)
    large = SimpleUploadedFile(
        "notes.txt", b"words " * 600_000, "text/plain"
    )  # kept in a file of its own, which is moved
    told = client.post(
        reverse("admin:findings_evidence_add"), WORDS | {"action": gone.pk, "file": large}
    )
    assert (told.status_code, WORDS["shows"] in text(told)) == (200, True)
    for words in ("Give an address or a file", "That choice is not one of the available choices."):
        assert words in text(told)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("year", ["0001", "0202", "2150"])
def test_a_slip_in_the_review_date_of_what_was_signed_off_is_refused_with_a_sentence(
    client, action, year
):
    accounts.sign_in(client, "approver")
    piece = factories.evidence.make(action=None, update=factories.reported(action, action.status))
    told = client.post(
        reverse("admin:findings_evidence_change", args=[piece.pk]), {"review_on": f"{year}-01-01"}
    )
    assert (told.status_code, "A date must lie between 1829 and 2099" in text(told)) == (200, True)
