"""Evidence as it comes in: how large, beside which words, and where it is kept."""

import errno
import os
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from findings import files
from findings.choices import ProposalState
from findings.models import Action, Evidence
from findings.workflow import Stale, discard
from lib.audit.conflicts import REFUSED
from tests import accounts, factories
from tests.action_pages import page_of
from tests.evidence_files import (
    HTML,
    MISNAMED,
    PDF,
    PNG,
    WORDS,
    address,
    handed_over,
    kept,
    pdf,
    record,
    sent,
)
from tests.forms_sent import token_of
from tests.pages import hrefs, text
from tests.workflow_steps import in_state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_file_of_forty_megabytes_is_refused_with_a_sentence_and_little_of_it_reaches_the_disk(
    client, action, monkeypatch
):
    seen = []
    inspect_upload = files.inspect_upload
    monkeypatch.setattr(
        "findings.forms.inspect_upload",
        lambda upload: seen.append(upload.size) or inspect_upload(upload),
    )
    accounts.sign_in(client, "editor")
    answer = record(client, action, handed_over(content=PDF + bytes(40_000_000)))
    assert answer.status_code == 200
    assert "The file is larger than 20 MB, the most that we accept." in text(answer)
    assert answer.context["form"]["note"].value() == "Ten posts are filled."
    assert 20_000_000 < seen[0] < 20_200_000


def test_how_large_a_file_may_be_is_a_setting(client, action, settings):
    settings.EVIDENCE_MB = 1
    accounts.sign_in(client, "editor")
    assert "at most 1 MB" in text(client.get(page_of("record_progress", action)))
    assert "larger than 1 MB" in text(
        record(client, action, handed_over(content=pdf(length=1_000_001)))
    )
    assert "Progress saved." in text(
        record(client, action, handed_over(content=pdf(length=1_000_000)))
    )


def test_it_is_an_address_or_a_file_and_not_both(client, action):
    accounts.sign_in(client, "editor")
    for further in (
        {},
        {"evidence-url": "https://example.org/minutes", "evidence-file": handed_over()},
    ):
        answer = record(client, action, **further)
        assert "Give an address or a file: exactly one of the two." in text(answer)
    assert not action.updates.exists()


def test_a_file_lies_under_its_hash_where_nobody_else_reads_and_no_page_of_static_files_leads(
    client, action
):
    accounts.sign_in(client, "editor")
    record(client, action, handed_over("../../static/minutes.pdf", PDF))
    record(client, action, handed_over())
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
    record(client, action, handed_over(content=pdf(length=3_000_000)))
    piece = Evidence.objects.get()
    assert stat.S_IMODE(Path(piece.file.path).stat().st_mode) == 0o600
    assert piece.sort == "PDF, 3 MB"


def test_a_full_folder_is_told_on_the_form_keeps_what_was_sent_and_leaves_nothing(
    client, action, monkeypatch
):
    before = stored()
    monkeypatch.setattr("django.core.files.storage.filesystem.os.fdopen", full_disk)
    accounts.sign_in(client, "editor")
    token = token_of(client, page_of("record_progress", action))
    answer = record(client, action, handed_over(), form_token=token)
    assert answer.status_code == 200
    assert "We could not store the file" in text(answer)
    assert "Use minutes.pdf, which you chose before" in text(answer)
    assert answer.context["form"]["note"].value() == "Ten posts are filled."
    assert answer.context["evidence_form"]["title"].value() == "Board minutes"
    assert not action.updates.exists()
    accounts.sign_in(client, "steward")
    answer = client.post(
        reverse("admin:findings_evidence_add"),
        WORDS | {"action": action.pk, "file": handed_over()},
    )
    assert answer.status_code == 200
    assert "We could not store the file" in text(answer)
    assert WORDS["shows"] in text(answer)
    assert not Evidence.objects.exists()
    assert stored() == before


def full_disk(descriptor, mode):
    os.write(descriptor, b"%PDF")
    os.close(descriptor)
    raise OSError(errno.ENOSPC, "No space left on device")


def stored():
    return {path for path in Path(os.environ["EVIDENCE_DIR"]).rglob("*") if path.is_file()}


def test_a_file_goes_with_its_draft_but_not_before_that_is_certain_and_not_where_it_fails(
    client, action, monkeypatch, django_capture_on_commit_callbacks
):
    by = factories.staff.make()
    before = stored()
    piece = kept(in_state(action, ProposalState.DRAFT, by))
    path = Path(piece.file.path)
    with django_capture_on_commit_callbacks() as callbacks:
        discard(piece.update, by)
        assert path.exists()
    for callback in callbacks:
        callback()
    assert not path.exists()
    monkeypatch.setattr("findings.workflow.submit", lambda *args: (_ for _ in ()).throw(Stale("")))
    accounts.sign_in(client, "editor")
    assert record(client, action, handed_over(), way="submit").status_code == 409
    assert stored() == before


def test_a_sweep_finds_files_without_rows_rows_without_files_and_files_that_changed(action):
    update = in_state(action, ProposalState.DRAFT)
    lost, changed = kept(update, name="lost.pdf"), kept(update, name="changed.pdf")
    Path(lost.file.path).unlink()
    Path(changed.file.path).write_bytes(b"Something else.")
    folder = Path(changed.file.path).parent
    orphan, young = (folder / f"{changed.sha256}-{name}" for name in ("orphan", "young"))
    for path in (orphan, young):
        path.write_bytes(PDF)
    os.utime(orphan, (0, 0))
    for arguments, words, is_kept in (
        (["--check"], "No row", True),
        (["--delete"], "Deleted", False),
    ):
        said = StringIO()
        with pytest.raises(CommandError, match="from a backup"):
            call_command("sweep_evidence", *arguments, stdout=said)
        assert f"{words}: {folder.name}/{orphan.name}\n" in said.getvalue()
        assert f"No file: evidence {lost.pk}," in said.getvalue()
        assert (f"Changed: evidence {changed.pk}," in said.getvalue()) == is_kept
        assert "young" not in said.getvalue()
        assert orphan.exists() == is_kept
    assert young.exists()
    young.unlink()


def test_the_same_file_twice_is_noticed_among_what_its_writer_may_see_and_kept_all_the_same(
    client, action, others_action
):
    content = pdf("<< /Twice true >>")
    kept(content=content, action=others_action, title="Theirs")
    accounts.sign_in(client, "editor")
    assert "same file" not in text(
        record(client, action, handed_over(content=content), **{"evidence-title": "Ours"})
    )
    answer = text(record(client, action, handed_over(content=content)))
    assert (
        f"The same file is already evidence: “Ours”, of {action}. It was saved here too." in answer
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
    assert {address(piece) for piece in pieces} <= hrefs(answer)
    assert "Posts, restricted: posts.csv, CSV, 1 kB" in text(answer)
    data = {
        name: value
        for name, value in sent(action, drop=pieces[0].pk).items()
        if not name.startswith("evidence")
    }
    client.post(page_of("record_progress", action), data)
    assert [piece.title for piece in action.updates.get().evidence.all()] == ["Posts"]


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
    assert "The same file is already evidence: “Board minutes”" in text(answer)
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
    assert address(piece) in hrefs(client.get(page_of("change", piece)))


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
    assert (told.status_code, WORDS["shows"] in text(told)) == (409, True)
    for words in (
        REFUSED,
        "Give an address or a file",
        "That choice is not one of the available choices.",
    ):
        assert words in text(told)
    assert not Evidence.objects.exists()
