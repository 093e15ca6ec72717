"""Evidence in a bucket: a store that refuses or does not answer loses nobody's words."""

import hashlib
import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from findings import bucket
from findings.choices import ProposalState
from findings.models import Evidence
from findings.workflow import discard
from lib.data_sets import making, views
from tests import accounts, factories
from tests.evidence_files import PDF, WORDS, address, handed_over, kept, record
from tests.object_store import BUCKET, ObjectStore
from tests.pages import text
from tests.workflow_steps import in_state

pytestmark = pytest.mark.django_db
NOTE = "Ten posts are filled."


@pytest.fixture
def store(monkeypatch):
    """A store in which the site keeps its evidence, and waits for it a moment only."""
    store = ObjectStore()
    for name, value in (("CONNECT_TIMEOUT", 0.2), ("READ_TIMEOUT", 0.2), ("TRIES", 1)):
        monkeypatch.setattr(bucket, name, value)
    storage = store.storage(monkeypatch)
    monkeypatch.setattr(Evidence._meta.get_field("file"), "storage", storage)
    monkeypatch.setattr(
        "findings.management.commands.sweep_evidence.evidence_storage", lambda: storage
    )
    yield store
    store.close()


TROUBLES = [(403, "PUT"), (507, "PUT"), (403, "HEAD"), ("hang", "PUT"), ("closed", "")]


@pytest.mark.slow
def test_a_store_that_refuses_is_told_on_the_form_keeps_the_words_and_leaves_nothing(
    store, action, subtests
):
    editor, steward = Client(), Client()
    accounts.sign_in(editor, "editor")
    accounts.sign_in(steward, "steward")
    for trouble, method in TROUBLES:
        with subtests.test(f"{trouble} {method}"):
            store.is_in_trouble(trouble, method)
            if trouble == "closed":  # the last: nobody listens there any more
                store.close()
            answer = record(editor, action, handed_over())
            assert answer.status_code == 200
            assert "The file could not be stored" in text(answer)
            assert answer.context["form"]["note"].value() == NOTE
            assert answer.context["evidence_form"]["title"].value() == WORDS["title"]
            assert not action.updates.exists()
            assert not Evidence.objects.exists()
            assert store.objects == {}
    told = WORDS | {"action": action.pk, "file": handed_over()}
    answer = steward.post(reverse("admin:findings_evidence_add"), told)
    assert (answer.status_code, "The file could not be stored" in text(answer)) == (200, True)
    assert WORDS["shows"] in text(answer)


@pytest.mark.slow
def test_a_file_that_a_store_does_not_give_now_is_told_to_be_there_later(
    store, client, action, caplog
):
    piece = kept(in_state(action, ProposalState.PUBLISHED), is_public=True)
    assert client.get(address(piece)).getvalue() == PDF
    for trouble, method in ((403, "HEAD"), (500, "GET"), ("hang", "GET"), ("hang", "HEAD")):
        store.is_in_trouble(trouble, method)
        answer = client.get(address(piece))
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "we cannot read the file now" in text(answer)
        assert "Try again in a few minutes." in text(answer)
    assert f"The file of evidence {piece.pk} cannot be read" in caplog.text
    store.objects.clear()
    store.is_well()
    assert client.get(address(piece)).status_code == 410


@pytest.mark.slow
def test_a_draft_goes_though_its_file_cannot_and_the_sweep_finds_it(
    store, action, caplog, django_capture_on_commit_callbacks
):
    by = factories.staff.make()
    piece = kept(in_state(action, ProposalState.DRAFT, by))
    (name,) = store.objects
    store.is_in_trouble(403, "DELETE")
    with (
        caplog.at_level(logging.ERROR, "findings.storage"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        discard(piece.update, by)
    assert not Evidence.objects.exists()
    assert f"A file of evidence could not be deleted: {name}" in caplog.text
    for trouble, method in ((403, "GET"), ("hang", "GET"), (403, "HEAD"), (403, "DELETE")):
        store.is_in_trouble(trouble, method)
        with pytest.raises(CommandError, match="cannot be read or written to"):
            call_command("sweep_evidence", "--delete", stdout=StringIO())
        assert name in store.objects
    store.is_well()
    call_command("sweep_evidence", "--delete", stdout=(said := StringIO()))
    assert f"Deleted: {name}\n1 file without a row deleted" in said.getvalue()
    assert store.objects == {}


@pytest.mark.slow
def test_the_files_of_data_sets_are_kept_beside_evidence_and_sent_from_there(
    store, client, monkeypatch
):
    storage = bucket.EvidenceBucket(
        bucket_name=BUCKET, addressing_style="path", location="data-sets", max_memory_size=1_000
    )
    for room in (making, views):
        monkeypatch.setattr(room, "storage", lambda: storage)
    data_set = making.make_data_set().data_set
    assert len(store.objects) == len(data_set.files)
    for file, path in data_set.links:
        (content,) = (data for name, data in store.objects.items() if name.endswith(file.name))
        assert b"".join(client.get(path).streaming_content) == content
        assert hashlib.sha256(content).hexdigest() == file.sha256
    assert all(name.startswith("data-sets/") for name in store.objects)
    store.is_in_trouble(403, "GET", "HEAD")
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "We cannot read" in text(answer)
