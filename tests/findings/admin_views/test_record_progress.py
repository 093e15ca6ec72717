"""What is typed on the page that records progress, with its evidence."""

from html import escape

import pytest

from findings.models import Action, Evidence, ProgressUpdate
from tests import accounts, factories
from tests.action_pages import EVIDENCE, drafted, kept, page_of, progress_page, typed
from tests.pages import hrefs, last_change, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


NOT_RECORDED = [
    ({"draft": "Save", "status": "nonsense"}, "nonsense is not one of the available choices"),
    ({"note": ""}, "Say what happened."),
    ({"note": " \n "}, "Say what happened."),
    ({"note": "\0"}, "Null characters are not allowed."),
    ({"note": "x" * 20_001}, "at most 20000 characters"),
    ({"status": ""}, "This field is required."),
    ({"status": "complete"}, "complete is not one of the available choices"),
    ({"status": "nonsense"}, "nonsense is not one of the available choices"),
    ({"status": "superseded"}, "Name the action that replaces it"),
    (
        {"status": "superseded", "superseded_by": "abc"},
        "That choice is not one of the available choices",
    ),
    (
        {"status": "superseded", "superseded_by": "9" * 30},
        "That choice is not one of the available choices",
    ),
    ({"drop": "1"}, "is not one of the available choices"),
    ({"evidence-title": "Board minutes"}, "This field is required."),
    (EVIDENCE | {"evidence-url": "javascript:alert(1)"}, "Enter a valid URL."),
    ({"evidence-dated_on": "31 February"}, "Enter a valid date."),
]


def test_what_cannot_be_recorded_is_named_and_nothing_is_saved(client, action, subtests):
    accounts.sign_in(client, "editor")
    for changes, message in NOT_RECORDED:
        with subtests.test(message):
            response = client.post(progress_page(action), typed(action, **changes))
            assert response.status_code == 200
            assert message in text(response)
            assert "Nothing was saved." in text(response)
            assert not ProgressUpdate.objects.exists()
            assert not Evidence.objects.exists()


def test_evidence_goes_with_the_draft_and_may_be_taken_out_of_it(client, action):
    accounts.sign_in(client, "editor")
    client.post(
        progress_page(action), kept(action, **EVIDENCE | {"evidence-url": "example.org/minutes"})
    )
    piece = Evidence.objects.get(update=action.updates.get())
    assert (piece.url, piece.is_public) == ("https://example.org/minutes", False)
    page = text(client.get(page_of("change", action)))
    assert (
        "Evidence: Board minutes, 1 September 2025, restricted. That ten posts are filled." in page
    )
    client.post(
        progress_page(action),
        kept(action, drop=piece.pk, **EVIDENCE | {"evidence-title": "Better minutes"}),
    )
    assert [piece.title for piece in action.updates.get().evidence.all()] == ["Better minutes"]


def test_evidence_of_another_update_is_not_taken_out(client, action):
    accounts.sign_in(client, "editor")
    piece = factories.evidence.make(action=None, update=drafted(action, factories.staff.make()))
    assert "not one of the available choices" in text(
        client.post(progress_page(action), kept(action, drop=piece.pk))
    )
    assert Evidence.objects.get() == piece


def test_update_and_evidence_are_saved_together_or_not_at_all(client, action, monkeypatch):
    accounts.sign_in(client, "editor")

    def fail(self, **kwargs):
        raise RuntimeError("The machine broke.")

    before = last_change()
    monkeypatch.setattr(Evidence, "save", fail)
    with pytest.raises(RuntimeError):
        client.post(progress_page(action), typed(action, status="embedding") | EVIDENCE)
    assert last_change() == before
    assert not action.updates.exists()


def test_a_superseded_action_names_its_successor_among_those_of_the_same_organisation(
    client, action, others_action, successor
):
    editor = accounts.sign_in(client, "editor")
    offered = set(
        client.get(progress_page(action)).context["form"].fields["superseded_by"].queryset
    )
    assert offered == set(Action.objects.filter(plan__organisation=action.plan.organisation)) - {
        action
    }
    refused = client.post(
        progress_page(action), typed(action, status="superseded", superseded_by=others_action.pk)
    )
    assert "not one of the available choices" in text(refused)
    client.post(
        progress_page(action), typed(action, status="superseded", superseded_by=successor.pk)
    )
    assert (action.updates.get().superseded_by, action.updates.get().by) == (successor, editor)
    factories.reported(action, "superseded", superseded_by=successor)
    assert f"This action is superseded by {successor}: record its progress there." in text(
        client.get(progress_page(action))
    )
    assert progress_page(action) not in hrefs(client.get(page_of("change", action)))


def test_a_successor_left_over_from_another_choice_is_dropped(client, action, successor):
    accounts.sign_in(client, "editor")
    client.post(progress_page(action), typed(action, superseded_by=successor.pk))
    assert action.updates.get().superseded_by is None


def test_what_was_recorded_is_escaped(client, action):
    accounts.sign_in(client, "editor")
    note = '<script>alert("x")</script>'
    page = client.post(
        progress_page(action), typed(action, note=note), follow=True
    ).content.decode()
    assert note not in page
    assert escape(note) in page
