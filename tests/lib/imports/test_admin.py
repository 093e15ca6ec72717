"""Imports in the admin: send files, see what would change, have it written, undo it."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from findings.models import Theme
from inspections.models import Inspection
from lib.imports.models import ImportRun, Upload
from lib.sheets.reading import read_book
from tests import accounts, factories, sheets
from tests.sheets import csv_file, imported, previewed

from .test_running import SOURCES, THEMES, source

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ADD = reverse("admin:imports_importrun_add")
FILES = reverse("admin:imports_importrun_files")
GOOD = csv_file("themes", THEMES, ["made-up-1", "Made-up 1", "None."])
BAD = csv_file("themes", THEMES, ["made-up-1", "", "None."])


def send(client, *files, **more):
    """The page to which sending files leads."""
    uploads = [SimpleUploadedFile(file.name, file.data) for file in files]
    return client.post(ADD, {"files": uploads, **more})


def digest(page):
    return page.context["preview"].digest


def page_of(name, pk):
    return reverse(f"admin:imports_importrun_{name}", args=[pk])


def test_a_file_is_sent_seen_and_imported(client, steward):
    waiting = send(client, GOOD)
    page = client.get(waiting.url)
    assert "1 to create, 0 to change" in " ".join(page.content.decode().split())
    assert not Theme.objects.filter(slug="made-up-1").exists()
    done = client.post(waiting.url, {"digest": digest(page)})
    run = ImportRun.objects.get(by=steward)
    assert done.url == page_of("change", run.pk)
    assert Theme.objects.filter(slug="made-up-1").exists()
    assert not Upload.objects.exists()
    page = client.get(done.url).content.decode()
    assert "themes: 1 created, 0 changed" in " ".join(page.split())
    theme = Theme.objects.get(slug="made-up-1")
    assert reverse("admin:findings_theme_change", args=[theme.pk]) in page
    assert GOOD.sha256 in page


def test_what_is_wrong_is_listed_with_its_place_and_nothing_can_be_imported(client, steward):
    fine = csv_file("sources", SOURCES, source("made-up-1"))
    waiting = send(client, BAD, fine)
    page = client.get(waiting.url).content.decode()
    assert "1 error: nothing can be imported" in page
    assert "themes.csv themes!B2" in " ".join(page.split())
    assert 'name="digest"' not in page
    assert client.post(waiting.url, {}).status_code == 200
    assert not Theme.objects.filter(slug="made-up-1").exists()
    # The errors are had as a copy of the file, of one that has some.
    assert "Copy of themes.csv" in page
    assert "Copy of sources.csv" not in page
    copy = client.get(f"{waiting.url}errors/?file=themes.csv")
    assert copy["Content-Disposition"] == 'attachment; filename="themes-errors.xlsx"'
    sheet = openpyxl.load_workbook(BytesIO(copy.content)).active
    assert sheet["A2"].value == "made-up-1"
    assert sheet["D2"].value.startswith("B: This cell must not be blank.")
    assert client.get(f"{waiting.url}errors/?file=other.csv").status_code == 404


def test_what_changed_since_it_was_seen_is_shown_again_and_nothing_imported(client, steward):
    waiting = send(client, GOOD)
    seen = digest(client.get(waiting.url))
    imported(csv_file("themes", THEMES, ["made-up-1", "Something else", "None."]))
    page = client.post(waiting.url, {"digest": seen})
    assert page.status_code == 409
    assert Theme.objects.get(slug="made-up-1").name == "Something else"
    assert client.post(waiting.url, {"digest": digest(page)}).status_code == 302
    assert Theme.objects.get(slug="made-up-1").name == "Made-up 1"


def test_a_name_that_means_another_row_by_now_is_shown_again(client, steward):
    old, new = factories.theme.make(name="Made-up A"), factories.theme.make(name="Made-up B")
    headings = f"{THEMES},replaced_by"
    waiting = send(
        client, csv_file("themes", headings, ["made-up-1", "Made-up 1", "None.", old.name])
    )
    seen = digest(client.get(waiting.url))
    old.name, new.name = "Made-up C", old.name
    old.save()
    new.save()
    assert client.post(waiting.url, {"digest": seen}).status_code == 409
    assert not Theme.objects.filter(slug="made-up-1").exists()


def test_without_having_seen_it_nothing_is_imported(client, steward):
    waiting = send(client, GOOD)
    assert client.post(waiting.url).status_code == 409
    assert not Theme.objects.filter(slug="made-up-1").exists()


def test_files_wait_for_their_writer_alone_who_may_have_them_forgotten(client, steward):
    waiting = send(client, GOOD)
    client.force_login(accounts.make("superuser"))
    assert client.get(waiting.url).status_code == 404
    assert client.post(waiting.url, {"forget": "yes"}).status_code == 404
    assert Upload.objects.exists()
    client.force_login(steward)
    assert client.post(waiting.url, {"forget": "yes"}).url == ADD
    assert not Upload.objects.exists()


def test_files_wait_for_an_hour(client, steward):
    waiting = send(client, GOOD)
    Upload.objects.update(at=timezone.now() - timedelta(minutes=59))
    assert client.get(waiting.url).status_code == 200
    Upload.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert client.get(waiting.url).status_code == 404
    send(client, GOOD)
    assert Upload.objects.count() == 1


def test_how_files_are_read_can_be_said(client, steward):
    file = csv_file("anything", f"{THEMES},officer", ["made-up-1", "Made-up 1", "None.", "X"])
    waiting = send(client, file, kind="themes", leave_out="Officer")
    page = client.get(waiting.url)
    assert page.context["preview"].is_clean
    assert "The column is left out by name." in page.content.decode()


@pytest.mark.parametrize("data", [{}, {"kind": "nothing"}, {"files": "no file"}])
def test_what_is_no_file_is_refused_on_the_page(client, steward, data):
    page = client.post(ADD, data)
    assert (page.status_code, Upload.objects.exists()) == (200, False)
    assert "There is a problem" in page.content.decode()


def test_files_that_are_too_large_together_are_refused(client, steward, monkeypatch):
    monkeypatch.setattr("lib.imports.forms.MOST_BYTES", 10)
    assert "20 MB at most" in send(client, GOOD).content.decode()


def test_a_file_larger_than_evidence_may_be_arrives_whole(client, steward, settings):
    settings.EVIDENCE_MB = 1
    data = GOOD.data + 1_500_000 * b"\n"
    send(client, sheets.SentFile("themes.csv", data))
    assert bytes(Upload.objects.get().files.get().data) == data


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04 no archive"])
def test_a_file_that_is_none_is_told_and_no_error_of_ours(client, steward, junk):
    sent = send(client, sheets.SentFile("junk.xlsx", junk))
    page = client.get(sent.url) if sent.status_code == 302 else sent
    assert page.status_code == 200
    assert "Error:" in page.content.decode()


def test_an_imported_inspection_is_a_draft_until_a_steward_publishes_it(client, steward):
    headings = "inspection,programme,region,title,published_on,public_at"
    row = ["made-up", "soc", "eastern", "Made up", "2025-01-15", "2025-01-15 00:01"]
    waiting = send(client, csv_file("inspections", headings, row))
    client.post(waiting.url, {"digest": digest(client.get(waiting.url))})
    inspection = Inspection.objects.get(slug="made-up")
    assert inspection.public_at is None
    assert client.get("/inspections/made-up/").status_code == 404
    form = reverse("admin:inspections_inspection_change", args=[inspection.pk])
    assert "Publish it" in client.get(form).content.decode()
    client.post(reverse("admin:inspections_inspection_publish", args=[inspection.pk]))
    assert client.get("/inspections/made-up/").status_code == 200
    assert "Publish it" not in client.get(form).content.decode()


def test_several_files_are_one_import_which_lists_what_it_created_the_fewest_first(client, steward):
    headings = "inspection,programme,region,title,published_on,source,attribution"
    row = ["made-up", "soc", "eastern", "Made up", "2025-01-15", "made-up-1", "press"]
    files = (
        csv_file("inspections", headings, row),
        csv_file("sources", SOURCES, source("made-up-1"), source("made-up-2")),
    )
    waiting = send(client, *files)
    done = client.post(waiting.url, {"digest": digest(client.get(waiting.url))})
    created = client.get(done.url).context["created"]
    assert [kind.title for kind in created] == ["Inspections", "Sources"]


# Templates and downloads


def test_every_template_says_its_kind_and_is_read_as_such(client, steward):
    kinds = [kind.kind for kind in client.get(FILES).context["kinds"]]
    for kind, file_format in [*((kind, "xlsx") for kind in kinds), (kinds[0], "ods")]:
        answer = client.get(FILES, {"kind": kind, "format": file_format})
        assert answer.status_code == 200
        book = read_book(f"{kind}.{file_format}", answer.content)
        assert book.sheets[0].meta["kind"] == kind


def test_a_download_holds_what_is_stored_in_the_form_of_an_import(client, steward):
    answer = client.get(FILES, {"kind": "themes", "format": "csv"})
    file = sheets.SentFile("themes.csv", b"".join(answer.streaming_content))
    assert sheets.changes(previewed(file)) == {"themes": (0, 0, Theme.objects.count())}


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "nothing", "format": "csv"},
        {"kind": "themes"},
        {"kind": "themes", "format": "exe"},
        {"kind": "progress", "format": "csv"},
    ],
)
def test_no_such_template_or_download_is_a_bad_request(client, steward, query):
    assert client.get(FILES, query).status_code == 400


def test_several_kinds_are_filled_in_together_in_one_file(client, steward):
    answer = client.get(FILES, {"kind": "new_inspection", "format": "ods"})
    assert answer["Content-Disposition"] == 'attachment; filename="new_inspection-template.ods"'
    book = read_book("new.ods", answer.content)
    assert [sheet.name for sheet in book.sheets] == [
        *("Sources", "Inspections", "Fieldwork", "Gradings", "Findings", "Responses")
    ]
    preview = previewed(sheets.SentFile("new.ods", answer.content))
    assert preview.problems == []
    assert [kind.resource.kind for kind in preview.kinds] == [
        *("sources", "inspections", "fieldwork", "gradings", "findings", "responses")
    ]


# Undo


def test_an_import_is_undone_after_it_was_said_what_that_takes(client, steward):
    run = imported(GOOD)
    page = client.get(page_of("undo", run.pk)).content.decode()
    assert "It deletes 1 theme." in page
    client.post(page_of("undo", run.pk))
    assert not Theme.objects.filter(slug="made-up-1").exists()
    run.refresh_from_db()
    assert run.undone_by == steward
    assert "Undo this import" not in client.get(page_of("change", run.pk)).content.decode()


def test_what_keeps_an_import_from_being_undone_is_said_on_its_page(client, steward):
    run = imported(GOOD)
    Theme.objects.filter(slug="made-up-1").update(definition="Something.")
    for answer in (client.get(page_of("undo", run.pk)), client.post(page_of("undo", run.pk))):
        assert "Theme “Made-up 1” was changed on " in answer.content.decode()
    assert answer.status_code == 409
    assert Theme.objects.filter(slug="made-up-1").exists()


def test_an_auditor_reads_imports_and_does_not_undo_them(client):
    run = imported(GOOD)
    accounts.sign_in(client, "auditor")
    assert "Undo this import" not in client.get(page_of("change", run.pk)).content.decode()
    assert client.post(page_of("undo", run.pk)).status_code == 403
    listed = client.get(reverse("admin:imports_importrun_changelist"))
    assert f"Import {run.pk}" in listed.content.decode()


def test_what_says_what_is_stored_already_is_no_import(client, steward):
    imported(GOOD)
    runs = ImportRun.objects.count()
    waiting = send(client, GOOD)
    page = client.get(waiting.url)
    assert 'name="digest"' not in page.content.decode()
    told = client.post(waiting.url, {"digest": digest(page)}, follow=True)
    assert "Nothing was imported: the files say what is stored already." in told.content.decode()
    assert ImportRun.objects.count() == runs
    assert not Upload.objects.exists()
