"""Who gets a file of evidence, and how it is sent."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.core.files.storage import InMemoryStorage
from django.utils import timezone

from config.sign_in.second_factor import SET_UP_HERE
from findings.choices import ProposalState
from findings.models import Evidence
from forces.access import readable
from tests import accounts, factories
from tests.action_pages import page_of
from tests.evidence_files import EVERYBODY, PDF, address, asked, handed_over, kept, record
from tests.object_store import KEYS
from tests.pages import hrefs, text
from tests.settings_anew import read, start
from tests.workflow_steps import in_state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SEES = {"viewer", "editor", "approver", "steward", "auditor", "superuser"}

SEES_OTHERS = {"other viewer", "other editor", "other approver", "steward", "auditor", "superuser"}


def test_whoever_may_read_it_gets_it_and_to_everybody_else_it_never_was(
    client, action, others_action, subtests
):
    pieces = [
        (
            kept(update, is_public=is_public),
            is_public and update.is_published,
            sees,
        )
        for row, sees in ((action, SEES), (others_action, SEES_OTHERS))
        for update in [in_state(row, state) for state in ProposalState]
        for is_public in (False, True)
    ] + [
        (kept(action=row, is_public=is_public), is_public, sees)
        for row, sees in ((action, SEES), (others_action, SEES_OTHERS))
        for is_public in (False, True)
    ]
    for who in [*EVERYBODY, "anonymous"]:  # the last was somebody in the same browser before
        with subtests.test(who):
            client.logout()
            user = AnonymousUser() if who == "anonymous" else accounts.sign_in(client, who)
            expected = {piece for piece, is_for_all, sees in pieces if is_for_all or who in sees}
            assert set(readable(user, Evidence.objects.all(), timezone.now())) == expected
            if who not in ("anonymous", "viewer", "other viewer", "past viewer", "steward"):
                continue
            # The page asks just that: of each body, for what is restricted and for what is not.
            never = client.get("/evidence/999999/").content
            for piece, _, _ in pieces[-4:]:
                answer = client.get(address(piece))
                if piece in expected:
                    assert answer.status_code == 200
                    assert (
                        answer.headers["Content-Disposition"]
                        == 'attachment; filename="minutes.pdf"'
                    )
                    assert answer.getvalue() == PDF
                else:
                    assert answer.status_code == 404
                    assert answer.content == never.replace(
                        b"/evidence/999999/", address(piece).encode()
                    )


def test_a_file_is_asked_about_without_being_sent_and_nothing_is_sent_to_it(client, action):
    shown, hidden = (kept(action=action, is_public=is_public) for is_public in (True, False))
    for piece, status in ((shown, 200), (hidden, 404)):
        answer = client.head(address(piece))
        assert (answer.status_code, answer.getvalue()) == (status, b"")
        assert client.post(address(piece)).status_code == 405


def test_what_is_under_embargo_is_for_staff_alone_until_it_is_public(client, action):
    finding = factories.finding.make(inspection__public_at=timezone.now() + timedelta(days=1))
    update = in_state(action, ProposalState.PUBLISHED)
    piece = kept(update, is_public=True)
    assert asked(client, piece) == 200
    action.findings.add(finding)
    assert asked(client, piece) == 404
    finding.inspection.public_at = timezone.now() - timedelta(days=1)
    finding.inspection.save()
    assert asked(client, piece) == 200


def test_it_is_saved_rather_than_shown_taken_for_nothing_else_and_kept_by_no_cache(client, action):
    piece = kept(
        in_state(action, ProposalState.PUBLISHED), is_public=True, filename="Über “uns”; 1.pdf"
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
    piece = kept(in_state(action, ProposalState.PUBLISHED), is_public=True)
    Path(piece.file.path).unlink()
    with caplog.at_level(logging.ERROR, "findings.views"):
        answer = client.get(address(piece))
    assert answer.status_code == 410
    assert "was saved here as minutes.pdf, but we cannot find the file" in text(answer)
    assert f"The file of evidence {piece.pk} is missing" in caplog.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_file_that_changed_on_the_disk_is_told_and_logged_and_not_sent(client, action, caplog):
    piece = kept(in_state(action, ProposalState.PUBLISHED), is_public=True)
    Path(piece.file.path).write_bytes(PDF + b"% Somebody was here.")
    with caplog.at_level(logging.ERROR, "findings.views"):
        answer = client.get(address(piece))
    assert answer.status_code == 410
    assert "the file has changed since, so we do not show it" in text(answer)
    assert b"Somebody was here" not in answer.content
    assert f"The file of evidence {piece.pk} has changed" in caplog.text


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
    user = accounts.sign_in(client, "viewer")
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
        "config.sign_in.events.record",
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
    update = in_state(action, ProposalState.PUBLISHED)
    shown, hidden = (
        kept(update, is_public=True, title="Minutes"),
        kept(update, title="Restricted minutes"),
    )
    for page in (action.plan.get_absolute_url(), action.findings.first().get_absolute_url()):
        answer = client.get(page)
        assert "Minutes (PDF, 1 kB), " in text(answer)
        assert "Restricted minutes" not in text(answer)
        links = hrefs(answer)
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
    usual = read(EVIDENCE_BUCKET=None).STORAGES["evidence"]
    assert usual["BACKEND"] == "findings.storage.EvidenceFolder"
    where = {
        "EVIDENCE_BUCKET": "evidence",
        "AWS_ENDPOINT_URL_S3": "https://objects.example",
        "AWS_DEFAULT_REGION": "eu-west-2",
    }
    code = (
        "import django; django.setup(); from findings.models.updates import evidence_storage "
        "as s; b = s(); from django.conf import settings; print(settings.STORAGES['evidence']);"
        "print(b.bucket.name, b.connection.meta.client.meta.endpoint_url)"
    )
    done = start(code, **KEYS | where, DJANGO_SETTINGS_MODULE="config.settings")
    told, made = done.stdout.splitlines() or pytest.fail(done.stderr)
    for words in (
        "findings.bucket.EvidenceBucket",
        "'bucket_name': 'evidence'",
        "'default_acl': None",
        "'addressing_style': 'path'",
    ):
        assert words in told
    assert made == "evidence https://objects.example"
