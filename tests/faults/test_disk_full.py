"""Disks that are full: who wrote is told in a sentence, nothing partial stays, and all goes on by
itself once there is room."""

import os
import tempfile
from io import BytesIO, StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from findings.models import Evidence
from findings.storage import NOT_STORED
from lib.data_sets.models import DataSet, storage
from lib.forms.models import HeldFile
from lib.forms.uploads import NO_ROOM
from lib.imports.models import ImportRun
from lib.serving.buffers import Buffer
from tests import accounts
from tests.action_pages import page_of
from tests.evidence_files import handed_over, pdf, record
from tests.faults.disks import small_disk
from tests.forms_sent import token_of
from tests.pages import text

pytestmark = pytest.mark.slow
LARGE = 3_000_000  # bytes; Django holds up to 2.5 MB in memory


@pytest.fixture
def disk(tmp_path):
    """A disk of eight megabytes."""
    with small_disk(tmp_path, 8) as disk:
        yield disk


@pytest.fixture
def temporary(disk, monkeypatch):
    """The disk of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    return disk


def on_disk(store, disk, monkeypatch):
    """Have a storage lie on a disk."""
    monkeypatch.setitem(vars(store), "location", str(disk.folder))  # which it has once read


def test_where_evidence_has_no_room_its_form_says_so_and_what_was_typed_is_saved_later(
    client, action, disk, monkeypatch, fault_table
):
    # Not the one that the settings name, which is made anew where a test has changed these.
    store = Evidence._meta.get_field("file").storage
    on_disk(store, disk, monkeypatch)
    disk.fill(leaving=1_000_000)
    accounts.sign_in(client, "editor")
    token = token_of(client, page_of("record_progress", action))
    large = handed_over(content=pdf(length=2_000_000))
    page = record(client, action, large, form_token=token)
    assert page.status_code == 200
    assert NOT_STORED in text(page)
    assert page.context["form"]["note"].value() == "Ten posts are filled."
    assert "Use minutes.pdf, which you chose before" in text(page)
    assert not (disk.files() or action.updates.exists() or Evidence.objects.exists())
    disk.make_room()
    held = HeldFile.objects.get()
    again = token_of(client, page_of("record_progress", action))
    record(client, action, **{"held-evidence-file": str(held.pk), "form_token": again})
    piece = Evidence.objects.get()
    assert disk.files() == [Path(piece.file.path)]
    assert piece.file.size == 2_000_000
    fault_table(
        "the disk of evidence is full",
        "every page",
        "the form, with what was typed and the file that was chosen, says that there is no room",
        "no file, no row; saved without choosing the file again once there was room",
    )
    store.delete(piece.file.name)


def test_where_a_large_upload_has_no_room_its_form_says_so_and_keeps_what_was_typed(
    client, action, temporary, fault_table
):
    temporary.fill(leaving=1_000_000)
    runs = ImportRun.objects.count()
    accounts.sign_in(client, "editor")
    large = pdf(length=LARGE)
    page = record(client, action, handed_over(content=large))
    assert page.status_code == 200
    assert NO_ROOM in text(page)
    assert page.context["form"]["note"].value() == "Ten posts are filled."
    assert page.context["evidence_form"]["title"].value() == "Board minutes"
    sheet = BytesIO(b"slug,name\n" + b"x" * LARGE)
    sheet.name = "themes.csv"
    accounts.sign_in(client, "steward")
    page = client.post(reverse("admin:imports_importrun_add"), {"files": sheet})
    assert NO_ROOM in text(page)
    assert not (Evidence.objects.exists() or HeldFile.objects.exists())
    assert ImportRun.objects.count() == runs
    assert temporary.files() == []
    temporary.make_room()
    record(client, action, handed_over(content=large))
    assert Evidence.objects.get().size == LARGE
    assert temporary.files() == []
    fault_table(
        "the disk of temporary files is full",
        "every page, workbook and PDF",
        "the form, with what was typed, says that there was no room for the file",
        "no file, no row; the same form is saved once there is room",
    )


def test_where_temporary_files_have_no_room_workbooks_and_pdfs_are_made_all_the_same(
    client, db, temporary, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(temporary.folder))
    temporary.fill()
    book = client.get("/findings/", {"format": "xlsx"})
    assert b"".join(book.streaming_content).startswith(b"PK")
    paper = client.get("/plans/gloucestershire-reported-steps/plan.pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    assert temporary.files() == []


@pytest.mark.parametrize("place", ["temporary files", "data sets"])
def test_of_a_data_set_that_has_no_room_nothing_stays_and_the_next_is_whole(
    db, disk, monkeypatch, place, fault_table
):
    if place == "data sets":
        on_disk(storage(), disk, monkeypatch)
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    disk.fill(leaving=100_000)
    with pytest.raises(CommandError, match=r"left: (No space|File too large)"):
        call_command("make_data_set", stdout=StringIO())
    assert not DataSet.objects.exists()
    assert disk.files() == []
    disk.make_room()
    call_command("make_data_set", stdout=StringIO())
    made = DataSet.objects.get()
    assert {file.format for file in made.data_files} >= {"zip", "xlsx"}
    fault_table(
        f"the disk of {place} is full while a data set is made",
        "the data set before",
        "`make_data_set` says that it could not be written, and ends with 1",
        "no file, no row; the next one is whole",
    )


def test_a_file_of_evidence_is_on_the_disk_before_its_row_is_saved(client, action, monkeypatch):
    done, usual = [], os.fsync

    def note(descriptor):
        done.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        usual(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    accounts.sign_in(client, "editor")
    record(client, action, handed_over())
    file = Path(Evidence.objects.get().file.path)
    assert done == [file, file.parent, file.parent.parent]


def test_what_is_sent_and_read_waits_in_memory_where_temporary_files_have_no_room(temporary):
    chosen = Random(14)  # noqa: S311
    for leaving in (0, 100_000, 300_000, 700_000):
        temporary.fill(leaving)
        buffer, expected, read = Buffer(50_000), b"", b""
        for _ in range(60):
            piece = chosen.randbytes(chosen.randrange(1, 40_000))
            buffer.append(piece)
            expected += piece
            if chosen.random() < 0.5:
                ready = buffer.get(18_000)
                taken = chosen.randrange(len(ready) + 1)  # as much as the system takes
                read += ready[:taken]
                buffer.skip(taken, True)
            assert len(buffer) == len(expected) - len(read)
        assert read + buffer.get() == expected
        buffer.close()
        temporary.make_room()
