"""Two who write on one action: the second is told, and loses nothing they typed."""

import pytest
from django.utils import timezone

from findings import workflow
from findings.models import Action, ProgressUpdate
from findings.workflow import (
    discard,
    rewrite_update,
    send_back,
    submit,
)
from tests import accounts, factories
from tests.action_pages import (
    DAY,
    EVIDENCE,
    drafted,
    handed_in,
    kept,
    page_of,
    progress_page,
    typed,
)
from tests.pages import elements, last_change, text, version_in
from tests.workflow_steps import set_due_date

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_second_of_two_writers_is_told_and_sees_both_texts(client, action):
    accounts.sign_in(client, "editor")
    page = client.get(progress_page(action))
    mine = typed(
        action,
        status="embedding",
        note="My own words.",
        version=version_in(page),
    )
    factories.reported(action, "pending_sign_off", "Somebody else’s words.")
    response = client.post(progress_page(action), mine | EVIDENCE)
    assert response.status_code == 409
    assert "Nothing was saved. Someone else changed this action while you were writing." in text(
        response
    )
    (theirs,) = [
        section for section in elements(response, "section") if "theirs" in section.classes
    ]
    assert "Somebody else’s words." in theirs.text
    (note,) = elements(response, "textarea")[:1]
    assert note.text == "My own words."
    assert response.context["evidence_form"]["title"].value() == "Board minutes"
    assert action.updates.count() == 1
    # “Embedding” may no longer follow: the form falls back to the status as it now is, and may be
    # sent as it stands.
    form = response.context["form"]
    assert form["status"].value() == "pending_sign_off"
    again = {name: form[name].value() for name in ("status", "note")}
    again["version"] = version_in(response)
    assert client.post(progress_page(action), again | EVIDENCE).status_code == 302
    assert {update.note for update in action.updates.all()} == {
        "My own words.",
        "Somebody else’s words.",
    }


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda action, by: drafted(action, by, note="Their words."),
        lambda action, by: handed_in(action, by, note="Their words."),
        lambda action, by: set_due_date(
            action, DAY, "organisation", "Their words.", by, timezone.now()
        ),
    ],
    ids=["draft", "handed in", "date"],
)
def test_a_writer_is_told_of_all_that_somebody_else_writes_on_an_action(meanwhile, client, action):
    accounts.sign_in(client, "editor")
    opened = version_in(client.get(progress_page(action)))
    meanwhile(action, factories.staff.make())
    response = client.post(progress_page(action), typed(action, version=opened))
    assert response.status_code == 409
    assert [
        (m.update or m.due_date_change).reason if m.due_date_change else m.update.note
        for m in response.context["missed"]
    ] == ["Their words."]


def test_a_writer_is_told_of_what_they_wrote_themselves_in_another_window(client, action):
    editor = accounts.sign_in(client, "editor")
    draft = drafted(action, editor, note="In one window.")
    opened = version_in(client.get(progress_page(action)))
    rewrite_update(draft, "embedding", "In another.", editor, timezone.now())
    response = client.post(
        progress_page(action), kept(action, note="In one window, more.", version=opened)
    )
    assert response.status_code == 409
    assert "In another." in text(response)
    assert action.updates.get().note == "In another."


def test_a_writer_overtaken_in_the_same_moment_is_told_too(client, action, monkeypatch):
    accounts.sign_in(client, "editor")

    def overtaken(*args, **kwargs):
        drafted(action, factories.staff.make(), note="Quicker words.")
        monkeypatch.undo()
        return workflow.record_progress(*args, **kwargs)

    monkeypatch.setattr(workflow, "record_progress", overtaken)
    response = client.post(progress_page(action), typed(action, note="My own words."))
    assert response.status_code == 409
    assert "Quicker words." in text(response)
    assert "My own words." in text(response)
    assert action.updates.count() == 1


def test_a_note_survives_its_draft_that_another_window_threw_away_in_the_same_moment(
    client, action, monkeypatch
):
    editor = accounts.sign_in(client, "editor")
    draft = drafted(action, editor)

    def overtaken(*args, **kwargs):
        discard(draft, editor)
        monkeypatch.undo()
        return workflow.record_progress(*args, **kwargs)

    monkeypatch.setattr(workflow, "record_progress", overtaken)
    response = client.post(progress_page(action), typed(action, note="My own words."))
    assert (response.status_code, "My own words." in text(response)) == (409, True)
    again = {name: response.context["form"][name].value() for name in ("status", "note")}
    again["version"] = version_in(response)
    assert client.post(progress_page(action), again).status_code == 302
    assert action.updates.get().note == "My own words."


@pytest.mark.parametrize(
    ("view", "command"),
    [
        ("record_progress", "record_progress"),
        ("due_date", "propose_due_date"),
        ("owner", "propose_owner"),
    ],
)
def test_an_action_deleted_in_the_same_moment_is_no_more_there_to_write_on(
    view, command, client, action, monkeypatch
):
    accounts.sign_in(client, "editor")
    write = getattr(workflow, command)

    def overtaken(*args, **kwargs):
        Action.objects.get(pk=action.pk).delete()
        return write(*args, **kwargs)

    monkeypatch.setattr(workflow, command, overtaken)
    sent = typed(action, owner_role="me", due_on=DAY, due_set_by="organisation", reason="So.")
    assert client.post(page_of(view, action), sent).status_code == 404


def test_a_note_survives_a_successor_that_was_deleted_in_the_same_moment(
    client, action, successor, monkeypatch
):
    accounts.sign_in(client, "editor")

    record_progress = workflow.record_progress

    def overtaken(*args, **kwargs):
        Action.objects.get(pk=successor.pk).delete()
        return record_progress(*args, **kwargs)

    monkeypatch.setattr(workflow, "record_progress", overtaken)
    told = client.post(
        progress_page(action),
        typed(action, status="superseded", superseded_by=successor.pk, note="My own words."),
    )
    assert (
        told.status_code,
        "My own words." in text(told),
        "is not a valid choice." in text(told),
    ) == (200, True, True)


def test_a_note_survives_an_action_that_was_superseded_meanwhile(client, action, successor):
    accounts.sign_in(client, "editor")
    sent = typed(action, note="My own words.")
    factories.reported(action, "superseded", "Taken over.", superseded_by=successor)
    response = client.post(progress_page(action), sent)
    assert response.status_code == 409
    assert "My own words." in text(response)
    assert f"superseded by {successor}" in text(response)


NEVER_SHOWN = [
    ("due_date", ""),
    ("owner", ""),
    *(
        ("record_progress", version)
        for version in ("", "abc", "0", "-1", "1", "1-", "9" * 18, "9" * 30, "9" * 5000)
    ),
]


def test_a_version_that_was_never_shown_saves_nothing(client, action, subtests):
    accounts.sign_in(client, "editor")
    for view, version in NEVER_SHOWN:
        with subtests.test(view):
            sent = typed(
                action,
                version=version,
                owner_role="me",
                due_on=DAY,
                due_set_by="organisation",
                reason="So.",
            )
            before = last_change()
            assert client.post(page_of(view, action), sent).status_code == 409
            assert last_change() == before


def test_whoever_approves_what_changed_meanwhile_is_told_and_keeps_the_comment(client, action):
    writer = factories.staff.make()
    update = handed_in(action, writer)
    accounts.sign_in(client, "approver")
    read = version_in(client.get(page_of("approve", update)))
    send_back(update, factories.staff.make(), "Say more.")
    for choice in ("publish", "send_back"):
        response = client.post(
            page_of("approve", update), {"version": read, choice: "x", "comment": "My comment."}
        )
        assert response.status_code == 409
        assert "Someone else changed this progress update while you were reading it" in text(
            response
        )
        assert "My comment." in text(response)
    rewrite_update(update, "embedding", "Other words.", writer, timezone.now())
    submit(update, writer, timezone.now())
    response = client.post(page_of("approve", update), {"version": read, "publish": "x"})
    assert (response.status_code, "Other words." in text(response)) == (409, True)
    assert not ProgressUpdate.objects.get().is_published
