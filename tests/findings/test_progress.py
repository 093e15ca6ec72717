"""How an action is moved along: by whom, in which order, what is refused, and what the public sees of it."""

import re
from datetime import date, timedelta
from html import escape

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings import workflow
from findings.choices import ActionStatus, UpdateState
from findings.models import Action, Evidence, ProgressUpdate
from findings.workflow import (
    TRANSITIONS,
    discard,
    publish,
    rewrite_update,
    send_back,
    set_due_date,
    set_owner,
    submit,
    write_update,
)
from tests import accounts, factories
from tests.pages import elements, text, version_in, version_now

pytestmark = pytest.mark.django_db

PEOPLE = [
    "nobody",
    "viewer",
    "editor",
    "approver",
    "other editor",
    "other approver",
    "steward",
    "auditor",
    "superuser",
]
# Who may report on Gloucestershire's actions, and who signs off what somebody else wrote of them.
REPORTS = {"editor", "approver", "steward", "superuser"}
SIGNS_OFF = {"approver", "steward", "superuser"}
# Who sees Gloucestershire's rows, and so is told that they may not, rather than that there is no such page.
SEES = REPORTS | {"viewer", "auditor"}
EVIDENCE = {
    "evidence-title": "Board minutes",
    "evidence-url": "https://example.org/minutes",
    "evidence-shows": "That ten posts are filled.",
    "evidence-dated_on": "2025-09-01",
}
DAY = date(2025, 12, 1)


@pytest.fixture
def successor():
    return Action.objects.get(plan__slug="gloucestershire-rapid-improvement-plan")


def page_of(name, row):
    return reverse(f"admin:findings_{row._meta.model_name}_{name}", args=[row.pk])


def progress_page(action):
    return page_of("record_progress", action)


def typed(action, **changes):
    """What a person sends who hands in progress on an action as it stands."""
    submitted = {
        "version": version_now(),
        "status": action.status,
        "note": "Ten posts are filled.",
        "submit": "Submit",
    }
    return {name: value for name, value in (submitted | changes).items() if value is not None}


def kept(action, **changes):
    """What a person sends who keeps it as a draft."""
    return typed(action, submit=None, draft="Save", **changes)


def drafted(action, by, status="embedding", note="Ten posts are filled."):
    return write_update(action, status, note, by, timezone.now())


def handed_in(action, by=None, status="embedding", note="Ten posts are filled."):
    by = by or factories.staff.make()
    return submit(drafted(action, by, status, note), by, timezone.now())


def addresses(page):
    return {link.attributes.get("href") for link in elements(page, "a")}


def signed_in_as(client, name):
    return accounts.sign_in(client, name)


# Who


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("view", ["record_progress", "due_date", "owner"])
def test_who_may_report_on_an_organisations_actions_may_open_its_pages_and_nobody_else(
    name, view, client, action, others_action
):
    signed_in_as(client, name)
    for row, reports, sees in (
        (action, name in REPORTS, name in SEES),
        (
            others_action,
            name in {"other editor", "other approver", "steward", "superuser"},
            name in {"auditor"},
        ),
    ):
        expected = 200 if reports else 403 if sees else 302 if name == "nobody" else 404
        assert client.get(page_of(view, row)).status_code == expected
        before = Action.objects.values().get(pk=row.pk)
        if expected != 200:
            for data in (
                typed(row),
                {
                    "version": version_now(),
                    "owner_role": "me",
                    "due_on": DAY,
                    "due_set_by": "organisation",
                    "reason": "So.",
                },
            ):
                assert client.post(page_of(view, row), data).status_code == expected
            assert Action.objects.values().get(pk=row.pk) == before
            assert not row.updates.exists()


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("choice", ["publish", "send_back"])
def test_who_signs_off_what_another_wrote(name, choice, client, action):
    update = handed_in(action)
    signed_in_as(client, name)
    answer = client.post(
        page_of("sign_off", update),
        {"version": version_now(), choice: "x", "comment": "Say more."},
    )
    update.refresh_from_db()
    if name in SIGNS_OFF:
        assert answer.url == page_of("change", action)
        assert update.state == {"publish": "published", "send_back": "sent_back"}[choice]
    else:
        assert answer.status_code == (403 if name in SEES else 302 if name == "nobody" else 404)
        assert update.state == UpdateState.SUBMITTED


@pytest.mark.parametrize("name", sorted(SIGNS_OFF))
@pytest.mark.parametrize("alone", [False, True])
def test_nobody_signs_off_their_own_unless_one_person_may_which_the_page_says(
    name, alone, client, action, settings
):
    settings.ONE_PERSON_MAY_SIGN_OFF = alone
    update = handed_in(action, signed_in_as(client, name))
    assert (
        page_of("sign_off", update) in addresses(client.get(page_of("change", action)))
    ) is alone
    page = client.get(page_of("sign_off", update))
    assert page.status_code == (200 if alone else 403)
    assert ("one person may sign off what they wrote" in text(page)) is alone
    assert client.post(
        page_of("sign_off", update), {"version": version_now(), "publish": "x"}
    ).status_code == (302 if alone else 403)
    assert ProgressUpdate.objects.get().is_published is alone


def test_one_person_may_not_sign_off_unless_a_setting_says_so():
    assert settings.ONE_PERSON_MAY_SIGN_OFF is False


def test_the_page_does_not_speak_of_one_person_where_another_wrote(client, action, settings):
    settings.ONE_PERSON_MAY_SIGN_OFF = True
    update = handed_in(action)
    signed_in_as(client, "approver")
    assert "one person" not in text(client.get(page_of("sign_off", update)))


def test_an_editor_signs_nothing_off_even_where_one_person_may(client, action, settings):
    settings.ONE_PERSON_MAY_SIGN_OFF = True
    update = handed_in(action, signed_in_as(client, "editor"))
    assert (
        client.post(
            page_of("sign_off", update), {"version": version_now(), "publish": "x"}
        ).status_code
        == 403
    )


@pytest.mark.parametrize("name", PEOPLE)
def test_a_page_leads_nobody_to_what_they_will_be_refused(name, client, action):
    update = handed_in(action)
    signed_in_as(client, name)
    if name not in SEES:
        return
    found = addresses(client.get(page_of("change", action)))
    for view in ("record_progress", "due_date", "owner"):
        assert (page_of(view, action) in found) is (name in REPORTS)
    assert (page_of("sign_off", update) in found) is (name in SIGNS_OFF)
    assert (progress_page(action) in addresses(client.get(page_of("change", action.plan)))) is (
        name in REPORTS
    )


@pytest.mark.parametrize("name", ["past editor", "future editor"])
def test_a_membership_opens_nothing_before_it_begins_or_after_it_ends(name, client, action):
    signed_in_as(client, name)
    assert client.get(progress_page(action)).status_code == 302


@pytest.mark.parametrize(("elsewhere", "answer"), [(False, 302), (True, 404)])
def test_a_form_that_stood_open_when_a_membership_ended_saves_nothing(
    elsewhere, answer, client, action
):
    user = signed_in_as(client, "approver")
    if elsewhere:
        accounts.give(user, "approver", accounts.OTHER)
    update = handed_in(action)
    settled = {"version": version_now(), "reason": "Agreed."}
    forms = {
        progress_page(action): typed(action),
        page_of("due_date", action): settled
        | {"due_on": "2026-01-01", "due_set_by": "organisation"},
        page_of("owner", action): settled | {"owner_role": "head of crime"},
        page_of("sign_off", update): {"version": version_now(), "publish": "Publish"},
    }
    assert {client.get(page).status_code for page in forms} == {200}
    before = Action.objects.values().get(pk=action.pk)
    user.memberships.filter(organisation=action.plan.organisation).update(
        ends_on=timezone.localdate()
    )
    assert [client.post(page, sent).status_code for page, sent in forms.items()] == [answer] * len(
        forms
    )
    assert Action.objects.values().get(pk=action.pk) == before
    assert [one.state for one in action.updates.all()] == [UpdateState.SUBMITTED]


def test_strangers_are_sent_to_sign_in(client, action):
    update = handed_in(action)
    for page in (
        *(page_of(view, action) for view in ("record_progress", "due_date", "owner")),
        page_of("sign_off", update),
    ):
        for method in (client.get, client.post):
            assert method(page).url.startswith(reverse("admin:login"))


def test_there_is_nothing_to_record_on_what_does_not_exist(client):
    signed_in_as(client, "superuser")
    for pk in ("0", "9" * 30):
        for page in (
            "action/{}/progress/",
            "action/{}/due-date/",
            "action/{}/owner/",
            "progressupdate/{}/sign-off/",
        ):
            assert client.get(f"/admin/findings/{page.format(pk)}").status_code == 404
        assert client.post(f"/admin/findings/progressupdate/{pk}/discard/").status_code == 404


# From a draft to the public


def test_a_draft_is_kept_continued_and_handed_in(client, action):
    editor = signed_in_as(client, "editor")
    answer = client.post(progress_page(action), kept(action, status="embedding"), follow=True)
    assert answer.redirect_chain == [(page_of("change", action), 302)]
    assert "Progress saved. It is a draft: only staff see it." in text(answer)
    draft = action.updates.get()
    assert (draft.state, draft.status, draft.note, draft.by) == (
        "draft",
        "embedding",
        "Ten posts are filled.",
        editor,
    )
    assert "Continue your draft" in text(answer)
    page = client.get(progress_page(action))
    assert page.context["form"]["note"].value() == "Ten posts are filled."
    assert page.context["form"]["status"].value() == "embedding"
    answer = client.post(progress_page(action), typed(action, note="Eleven posts."), follow=True)
    assert "Progress saved. It waits for somebody else to sign it off." in text(answer)
    draft.refresh_from_db()
    assert (draft.state, draft.note, action.updates.count()) == ("submitted", "Eleven posts.", 1)
    # What is handed in is nobody's to change; the next is a new one.
    assert client.get(progress_page(action)).context["form"]["note"].value() is None


def test_a_draft_is_its_writers_alone(client, action):
    draft = drafted(action, factories.staff.make(), note="Not mine.")
    signed_in_as(client, "editor")
    assert client.get(progress_page(action)).context["form"]["note"].value() is None
    assert "Not mine." in text(client.get(page_of("change", action)))
    assert client.post(page_of("discard", draft)).status_code == 403
    assert action.updates.get() == draft


def test_a_draft_is_thrown_away_by_its_writer(client, action):
    draft = drafted(action, signed_in_as(client, "editor"))
    assert page_of("discard", draft) in {
        form.attributes.get("action")
        for form in elements(client.get(progress_page(action)), "form")
    }
    assert client.get(page_of("discard", draft)).status_code == 405
    assert "The draft is thrown away." in text(client.post(page_of("discard", draft), follow=True))
    assert not action.updates.exists()


def test_what_was_handed_in_is_not_thrown_away(client, action):
    update = handed_in(action, signed_in_as(client, "editor"))
    assert "only a draft can be changed" in text(
        client.post(page_of("discard", update), follow=True)
    )
    assert action.updates.get() == update


def test_what_is_sent_back_comes_to_its_writer_with_the_comment(client, action):
    update = handed_in(action, signed_in_as(client, "editor"))
    send_back(update, factories.staff.make(username="second-pair-of-eyes"), "Say which posts.")
    for page in (page_of("change", action), progress_page(action)):
        said = text(client.get(page))
        assert re.search("[Ss]ent back by second-pair-of-eyes: ?Say which posts.", said)
    page = client.get(progress_page(action))
    assert page_of("discard", update) not in {
        form.attributes.get("action") for form in elements(page, "form")
    }
    client.post(progress_page(action), typed(action, note="Ten posts of detectives."))
    update.refresh_from_db()
    assert (update.state, update.note, action.updates.count()) == (
        "submitted",
        "Ten posts of detectives.",
        1,
    )


def test_what_was_sent_back_stays_to_be_read_with_its_time_after_it_is_published(client, action):
    editor, approver = (
        signed_in_as(client, "editor"),
        factories.staff.make(username="second-pair-of-eyes"),
    )
    update = handed_in(action, editor)
    # The same words twice: two sendings back all the same.
    for _ in range(2):
        send_back(update, approver, "Say which posts.")
        rewrite_update(update, "embedding", "Ten posts of detectives.", editor, timezone.now())
        update = submit(update, editor, timezone.now())
    publish(update, approver, timezone.now())
    page = client.get(page_of("change", action))
    assert text(page).count("Sent back by second-pair-of-eyes: Say which posts.") == 2
    times = [moment.at for moment in page.context["moments"] if moment.sent_back]
    assert len(times) == 2
    assert all(abs(timezone.now() - at) < timedelta(minutes=5) for at in times)


def test_a_change_of_owner_stands_in_the_history_with_its_reason(client, action):
    signed_in_as(client, "editor")
    for role, reason in (
        ("head of crime", "Agreed at the board."),
        ("head of intelligence", "They moved."),
        ("", "Nobody is left."),
    ):
        owner = {"version": version_now(), "owner_role": role}
        assert "Say why the owner is set." in text(client.post(page_of("owner", action), owner))
        assert client.post(page_of("owner", action), owner | {"reason": reason}).status_code == 302
    said = text(client.get(page_of("change", action)))
    for words in (
        "Owner set: head of crime Agreed at the board. Recorded by editor",
        "Owner changed from head of crime to head of intelligence They moved. Recorded by editor",
        "Owner taken away; it was the head of intelligence Nobody is left. Recorded by editor",
    ):
        assert words in said


def test_sending_back_takes_a_comment(client, action):
    update = handed_in(action)
    signed_in_as(client, "approver")
    page = client.post(page_of("sign_off", update), {"version": version_now(), "send_back": "x"})
    assert (page.status_code, "Say why it is sent back." in text(page)) == (200, True)
    assert action.updates.get().state == UpdateState.SUBMITTED


PUBLIC = ["plan", "finding", "region", "actions", "csv"]


def public_pages(client, action):
    """What the public may read of an action, by where."""
    finding = action.findings.first()
    pages = {
        "plan": action.plan.get_absolute_url(),
        "finding": finding.get_absolute_url(),
        "region": action.plan.organisation.region.get_absolute_url(),
        "actions": f"{reverse('findings:action_list')}?plan={action.plan.slug}",
        "csv": f"{reverse('findings:action_list')}?plan={action.plan.slug}&format=csv",
    }
    # All but the moment of asking.
    return {
        name: re.sub(r"As at.*", "", client.get(page).getvalue().decode())
        for name, page in pages.items()
    }


@pytest.mark.parametrize(
    "state", [state for state in UpdateState if state != UpdateState.PUBLISHED]
)
def test_the_public_sees_nothing_of_what_is_not_signed_off(state, client, action):
    before = public_pages(client, action)
    writer = factories.staff.make()
    update = drafted(action, writer, note="Words that wait.")
    factories.evidence.make(action=None, update=update, title="Minutes that wait", is_public=True)
    if state != UpdateState.DRAFT:
        submit(update, writer, timezone.now())
    if state == UpdateState.SENT_BACK:
        send_back(update, factories.staff.make(), "A comment for staff.")
    assert public_pages(client, action) == before
    assert update not in ProgressUpdate.objects.published(timezone.now())
    assert not Evidence.objects.published(timezone.now()).filter(update=update).exists()


def test_the_public_sees_what_is_signed_off_under_the_day_on_which_it_was(client, action):
    writer = factories.staff.make(username="somebody-who-wrote")
    update = write_update(
        action, "embedding", "Words that waited.", writer, timezone.now() - timedelta(days=40)
    )
    factories.evidence.make(action=None, update=update, title="Minutes that waited", is_public=True)
    update = submit(update, writer, timezone.now() - timedelta(days=40))
    signed_in_as(client, "approver")
    client.post(
        page_of("sign_off", update),
        {"version": version_now(), "publish": "x", "comment": "Never mind."},
    )
    client.logout()
    pages = public_pages(client, action)
    for name in ("plan", "finding", "region"):
        assert "Words that waited." in pages[name], name
        update.refresh_from_db()
        assert f'datetime="{timezone.localtime(update.signed_at).isoformat()[:10]}' in pages[name]
        assert f'datetime="{timezone.localtime(update.at).isoformat()[:10]}' not in pages[name]
    assert "Minutes that waited" in pages["finding"]
    for words in pages.values():
        assert "delivered and embedding" in words
        assert "somebody-who-wrote" not in words
        assert "Never mind." not in words


def test_the_last_to_be_published_is_the_status_that_the_public_sees(client, action):
    signed_in_as(client, "approver")
    first, second = (
        handed_in(action, status="embedding"),
        handed_in(action, status="pending_sign_off"),
    )
    for update in (second, first):
        page = client.post(page_of("sign_off", update), {"version": version_now(), "publish": "x"})
    # The first may not follow the second any more; it says so and waits for a later word.
    assert "An action that is pending sign-off cannot become delivered and embedding." in text(page)
    assert Action.objects.get(pk=action.pk).status == "pending_sign_off"
    assert ProgressUpdate.objects.get(pk=first.pk).state == "submitted"


def test_stale_means_no_update_signed_off_whatever_was_drafted(client, action):
    signed_in_as(client, "steward")
    listed = reverse("admin:findings_action_changelist")
    drafted(action, factories.staff.make())
    assert (
        client.get(listed, {"id__exact": action.pk}).context["cl"].queryset.get().last_update_at
        is None
    )
    update = factories.reported(action, action.status)
    assert (
        client.get(listed, {"id__exact": action.pk}).context["cl"].queryset.get().last_update_at
        == update.signed_at
    )


# What is typed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"note": ""}, "Say what happened."),
        ({"note": " \n "}, "Say what happened."),
        ({"note": "\0"}, "Null characters are not allowed."),
        ({"note": "x" * 20_001}, "at most 20000 characters"),
        ({"status": ""}, "This field is required."),
        ({"status": "complete"}, "complete is not one of the available choices"),
        ({"status": "nonsense"}, "nonsense is not one of the available choices"),
        ({"status": "superseded"}, "Name the action that takes its place"),
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
    ],
)
@pytest.mark.parametrize("way", [typed, kept])
def test_what_cannot_be_recorded_is_named_and_nothing_is_saved(
    way, client, action, changes, message
):
    signed_in_as(client, "editor")
    response = client.post(progress_page(action), way(action, **changes))
    assert response.status_code == 200
    assert message in text(response)
    assert "Nothing was saved." in text(response)
    assert not ProgressUpdate.objects.exists()
    assert not Evidence.objects.exists()


def test_evidence_goes_with_the_draft_and_may_be_taken_out_of_it(client, action):
    signed_in_as(client, "editor")
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
    signed_in_as(client, "editor")
    piece = factories.evidence.make(action=None, update=drafted(action, factories.staff.make()))
    assert "not one of the available choices" in text(
        client.post(progress_page(action), kept(action, drop=piece.pk))
    )
    assert Evidence.objects.get() == piece


def test_update_and_evidence_are_saved_together_or_not_at_all(client, action, monkeypatch):
    signed_in_as(client, "editor")

    def fail(self, **kwargs):
        raise RuntimeError("The machine broke.")

    before = version_now()
    monkeypatch.setattr(Evidence, "save", fail)
    with pytest.raises(RuntimeError):
        client.post(progress_page(action), typed(action, status="embedding") | EVIDENCE)
    assert version_now() == before
    assert not action.updates.exists()


def test_a_superseded_action_names_its_successor_among_those_of_the_same_organisation(
    client, action, others_action, successor
):
    editor = signed_in_as(client, "editor")
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
    assert progress_page(action) not in addresses(client.get(page_of("change", action)))


def test_a_successor_left_over_from_another_choice_is_dropped(client, action, successor):
    signed_in_as(client, "editor")
    client.post(progress_page(action), typed(action, superseded_by=successor.pk))
    assert action.updates.get().superseded_by is None


def test_what_was_recorded_is_escaped(client, action):
    signed_in_as(client, "editor")
    note = '<script>alert("x")</script>'
    page = client.post(
        progress_page(action), typed(action, note=note), follow=True
    ).content.decode()
    assert note not in page
    assert escape(note) in page


# Two at one action


def test_the_second_of_two_writers_is_told_and_sees_both_texts(client, action):
    signed_in_as(client, "editor")
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
    assert "Nothing was saved: somebody wrote on this action while you were writing." in text(
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
    # “Embedding” may no longer follow: the form falls back to the status as it now is, and may be sent as it stands.
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
    signed_in_as(client, "editor")
    opened = version_in(client.get(progress_page(action)))
    meanwhile(action, factories.staff.make())
    response = client.post(progress_page(action), typed(action, version=opened))
    assert response.status_code == 409
    assert [
        (m.update or m.move).reason if m.move else m.update.note for m in response.context["missed"]
    ] == ["Their words."]


def test_a_writer_is_told_of_what_they_wrote_themselves_in_another_window(client, action):
    editor = signed_in_as(client, "editor")
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
    signed_in_as(client, "editor")

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
    editor = signed_in_as(client, "editor")
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
    [("record_progress", "record_progress"), ("due_date", "set_due_date"), ("owner", "set_owner")],
)
def test_an_action_deleted_in_the_same_moment_is_no_more_there_to_write_on(
    view, command, client, action, monkeypatch
):
    signed_in_as(client, "editor")
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
    signed_in_as(client, "editor")

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
    signed_in_as(client, "editor")
    sent = typed(action, note="My own words.")
    factories.reported(action, "superseded", "Taken over.", superseded_by=successor)
    response = client.post(progress_page(action), sent)
    assert response.status_code == 409
    assert "My own words." in text(response)
    assert f"superseded by {successor}" in text(response)


@pytest.mark.parametrize(
    "version", ["", "abc", "0", "-1", "1", "1-", "9" * 18, "9" * 30, "9" * 5000]
)
@pytest.mark.parametrize("view", ["record_progress", "due_date", "owner"])
def test_a_version_that_was_never_shown_saves_nothing(view, client, action, version):
    signed_in_as(client, "editor")
    sent = typed(
        action,
        version=version,
        owner_role="me",
        due_on=DAY,
        due_set_by="organisation",
        reason="So.",
    )
    before = version_now()
    assert client.post(page_of(view, action), sent).status_code == 409
    assert version_now() == before


def test_whoever_signs_off_what_changed_meanwhile_is_told_and_keeps_the_comment(client, action):
    writer = factories.staff.make()
    update = handed_in(action, writer)
    signed_in_as(client, "approver")
    read = version_in(client.get(page_of("sign_off", update)))
    send_back(update, factories.staff.make(), "Say more.")
    for choice in ("publish", "send_back"):
        response = client.post(
            page_of("sign_off", update), {"version": read, choice: "x", "comment": "My comment."}
        )
        assert response.status_code == 409
        assert "somebody changed this update while you were reading it" in text(response)
        assert "My comment." in text(response)
    rewrite_update(update, "embedding", "Other words.", writer, timezone.now())
    submit(update, writer, timezone.now())
    response = client.post(page_of("sign_off", update), {"version": read, "publish": "x"})
    assert (response.status_code, "Other words." in text(response)) == (409, True)
    assert not ProgressUpdate.objects.get().is_published


@pytest.mark.parametrize(
    ("reader", "state", "next_step"),
    [
        ("approver", "submitted", "Read and sign off"),
        ("writer", "draft", "Continue your draft"),
        ("writer", "sent_back", "Put it right"),
        ("writer", "submitted", None),
        ("viewer", "submitted", None),
        ("approver", "draft", None),
        ("approver", "published", None),
    ],
)
def test_the_page_of_an_update_leads_to_what_its_reader_may_do_next(
    reader, state, next_step, client, action
):
    writer = accounts.make("editor")
    update = write_update(action, action.status, "Ten posts are filled.", writer, timezone.now())
    if state != "draft":
        submit(update, writer, timezone.now())
    if state == "sent_back":
        send_back(update, factories.staff.make(), "Say when.")
    if state == "published":
        publish(update, factories.staff.make(), timezone.now())
    client.force_login(writer if reader == "writer" else accounts.make(reader))
    page = client.get(page_of("change", update))
    assert [
        link.text for link in elements(page, "a") if link.attributes.get("class") == "button"
    ] == [next_step] * (next_step is not None)
    if next_step:
        (step,) = [link for link in elements(page, "a") if link.text == next_step]
        assert client.get(step.attributes["href"]).status_code == 200


# Dates and owners


def test_a_due_date_is_set_and_moved_with_a_reason_and_the_public_reads_how_far(client, action):
    signed_in_as(client, "editor")
    for due_on, reason in (
        ("2025-12-01", "Agreed."),
        ("2026-03-01", "Recruitment took longer."),
        ("2026-03-31", "Still longer."),
    ):
        sent = {
            "version": version_now(),
            "due_on": due_on,
            "due_set_by": "organisation",
            "reason": reason,
        }
        assert client.post(page_of("due_date", action), sent).status_code == 302
    action.refresh_from_db()
    assert (action.first_due_on, action.due_on, action.days_moved) == (DAY, date(2026, 3, 31), 120)
    page = text(client.get(page_of("change", action)))
    assert "first due 1 December 2025, now 120 days later, moved 2 times" in page
    assert (
        "Due date moved from 1 December 2025 to 1 March 2026, by the body itself Recruitment took longer. Recorded by editor"
        in page
    )
    plan = text(client.get(reverse("admin:findings_plan_change", args=[action.plan_id])))
    assert "due 31 March 2026, overdue, 120 days later than first set" in plan
    public = text(client.get(action.plan.get_absolute_url()))
    assert "1 December 2025; moved 2 times, now 120 days later: Still longer." in public
    plans = client.get(reverse("findings:plan_list"))
    assert [(row.organisation, row.moved, row.days) for row in plans.context["slippage"]] == [
        (action.plan.organisation, 1, 120)
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": " "}, "Say why the date is set."),
        ({"due_set_by": ""}, "Say who set the date."),
        ({"due_on": ""}, "That is its date already."),
        ({"due_on": "", "due_set_by": ""}, "That is its date already."),
        ({"due_on": "31 February"}, "Enter a valid date."),
        ({"due_set_by": "me"}, "me is not one of the available choices"),
    ],
)
def test_a_date_that_cannot_be_is_named_and_nothing_is_saved(changes, message, client, action):
    signed_in_as(client, "editor")
    sent = {
        "version": version_now(),
        "due_on": "2025-12-01",
        "due_set_by": "organisation",
        "reason": "Agreed.",
    } | changes
    page = client.post(page_of("due_date", action), sent)
    assert (page.status_code, message in text(page)) == (200, True)
    assert not action.due_date_changes.exists()


def test_an_owner_is_set_and_taken_away(client, action):
    signed_in_as(client, "editor")
    for role, told in (
        ("head of crime", "Owned by the head of crime."),
        ("", "It has no owner any more."),
    ):
        sent = {"version": version_now(), "owner_role": role, "reason": "Agreed."}
        assert told in text(client.post(page_of("owner", action), sent, follow=True))
        assert Action.objects.get(pk=action.pk).owner_role == role


@pytest.mark.parametrize(
    ("who", "may"), [("editor", False), ("approver", False), ("steward", True)]
)
def test_that_the_inspectorate_set_a_date_is_said_by_stewards_alone(who, may, client, action):
    signed_in_as(client, who)
    said = {"due_on": "2025-12-01", "due_set_by": "inspectorate", "reason": "Its letter says so."}
    assert ('value="inspectorate"' in client.get(page_of("due_date", action)).text) is may
    assert ('value="inspectorate"' in bulk(client, [action], "set_due_dates").text) is may
    roads = [
        lambda: client.post(page_of("due_date", action), said | {"version": version_now()}),
        lambda: bulk(client, [action], "set_due_dates", **said | {"due_on": "2025-12-02"}),
    ]
    for n, go in enumerate(roads, 1):
        page = go()
        assert ("inspectorate is not one of the available choices" in text(page)) is not may
        action.refresh_from_db()
        assert (action.due_set_by, action.due_date_changes.count()) == (
            ("inspectorate", n) if may else ("", 0)
        )


def test_a_date_taken_away_was_set_by_nobody(client, action):
    signed_in_as(client, "editor")
    for due_on in ("2025-12-01", ""):
        sent = {
            "version": version_now(),
            "due_on": due_on,
            "due_set_by": "organisation",
            "reason": "Agreed.",
        }
        assert client.post(page_of("due_date", action), sent).status_code == 302
    action.refresh_from_db()
    assert (action.due_on, action.due_set_by) == (None, "")


# The page of an action


@pytest.mark.parametrize("status", ActionStatus)
def test_the_allowed_moves_are_drawn_from_their_one_table(status, client, successor):
    action = factories.action.make(
        status=status, superseded_by=successor if status == "superseded" else None
    )
    signed_in_as(client, "steward")
    page = client.get(page_of("change", action))
    drawn = page.context["moves"]
    assert [box.status for box in drawn.boxes] == list(ActionStatus)
    assert [box.status for box in drawn.boxes if box.is_now] == [status]
    assert {box.status for box in drawn.boxes if box.is_next} == set(TRANSITIONS[status])
    assert len(drawn.arrows) == sum(map(len, TRANSITIONS.values()))
    assert sum(arrow.is_open for arrow in drawn.arrows) == len(TRANSITIONS[status])
    (picture,) = [svg for svg in elements(page, "svg") if svg.attributes.get("role") == "img"]
    assert [label.text for label in picture.all("text")] == [
        status.label for status in ActionStatus
    ]
    for before, nexts in TRANSITIONS.items():
        words = f"{before.label.capitalize()}{' now' * (before == status)}{', '.join(n.label for n in nexts) or 'no further'}"
        assert words in text(page)


def test_an_action_tells_all_that_was_written_of_it_newest_first(client, action):
    signed_in_as(client, "viewer")
    by = factories.staff.make()
    now = timezone.now()
    factories.evidence.make(action=action, title="Old minutes")
    set_due_date(action, DAY, "organisation", "A date.", by, now - timedelta(days=3))
    factories.reported(action, action.status, "An update.", at=now - timedelta(days=2))
    write_update(action, action.status, "A draft.", by, now - timedelta(days=1))
    page = text(client.get(page_of("change", action)))
    places = [
        page.index(words)
        for words in ("A draft.", "An update.", "A date.", "Evidence: Old minutes")
    ]
    assert places == sorted(places)


def test_a_page_about_an_action_asks_the_database_as_often_however_much_was_written(client, action):
    approver = signed_in_as(client, "approver")
    pages = [page_of(view, action) for view in ("change", "record_progress", "due_date")]

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert {client.get(page).status_code for page in pages} == {200}
        return len(queries)

    def write():
        update = factories.reported(action, action.status)
        factories.evidence.make(action=None, update=update)
        factories.evidence.make(action=action)
        factories.due_date_move.make(action=action)
        drafted(action, factories.staff.make())
        handed_in(action, status=action.status)

    drafted(action, approver)
    write()
    count()
    before = count()
    for _ in range(9):
        write()
    assert count() == before


# Many at once


@pytest.fixture
def actions(action, others_action):
    """Three of Gloucestershire's."""
    return list(Action.objects.filter(plan__organisation__slug="gloucestershire").order_by("pk"))


def chosen(actions, name, **data):
    """What the list of actions is sent; with the version of the page, where something is to be saved."""
    sent = {"action": name, "_selected_action": [action.pk for action in actions]}
    return sent | ({"version": version_now()} | data if data else {})


def bulk(client, actions, name, **data):
    return client.post(
        reverse("admin:findings_action_changelist"), chosen(actions, name, **data), follow=True
    )


@pytest.mark.parametrize(
    ("name", "data", "field", "value"),
    [
        (
            "set_owners",
            {"owner_role": "head of crime", "reason": "Agreed."},
            "owner_role",
            "head of crime",
        ),
        (
            "set_due_dates",
            {"due_on": "2025-12-01", "due_set_by": "organisation", "reason": "Agreed."},
            "due_on",
            DAY,
        ),
    ],
)
def test_several_actions_are_settled_at_once_each_by_the_rules_for_one(
    name, data, field, value, client, actions
):
    signed_in_as(client, "editor")
    # The first has that value already, and somebody writes on the second meanwhile.
    set_owner(actions[0], "head of crime", "Agreed.", factories.staff.make())
    set_due_date(actions[0], DAY, "organisation", "So.", factories.staff.make(), timezone.now())
    page = bulk(client, actions, name)
    assert [action.pk for action in page.context["actions"]] == [action.pk for action in actions]
    assert Action.objects.get(**{field: value}) == actions[0]
    drafted(actions[1], factories.staff.make(), status=actions[1].status)
    told = bulk(client, actions, name, **data, version=version_in(page))
    assert f"Skipped 2 actions: {actions[0]}: That is its" in text(told)
    assert f"{actions[1]}: Somebody else changed this while you were writing." in text(told)
    assert f"Done for {len(actions) - 2} action" in text(told)
    assert set(Action.objects.filter(**{field: value})) == {actions[0], *actions[2:]}
    # What was typed stays for the one that was overtaken alone, and can be saved again.
    assert (told.status_code, told.context["actions"]) == (409, [actions[1]])
    assert "Not saved for what stands below, for the reason told above." in text(told)
    assert "Agreed." in text(told)
    again = data | {"version": version_in(told)}
    assert bulk(client, told.context["actions"], name, **again).redirect_chain
    assert set(Action.objects.filter(**{field: value})) == set(actions)


def test_a_second_saver_whose_first_try_was_incomplete_overwrites_nothing(client, action):
    signed_in_as(client, "editor")
    opened = version_in(bulk(client, [action], "set_owners"))
    set_owner(action, "Theirs", "Theirs.", factories.staff.make())
    sent = {"owner_role": "Mine", "version": opened}
    again = bulk(client, [action], "set_owners", **sent, reason="")
    assert "Theirs" in text(again)
    sent["version"] = version_in(again)
    told = bulk(client, again.context["actions"], "set_owners", **sent, reason="Mine.")
    assert told.status_code == 409
    assert Action.objects.get(pk=action.pk).owner_role == "Theirs"


@pytest.mark.parametrize("version", ["", "x", "0", "9" * 18, "9" * 5000])
def test_a_version_that_was_never_shown_settles_nothing_and_keeps_what_was_typed(
    version, client, actions
):
    signed_in_as(client, "editor")
    sent = {"owner_role": "Mine", "reason": "Typed for an hour"}
    told = bulk(client, actions, "set_owners", **sent, version=version)
    assert (told.status_code, told.context["actions"]) == (409, actions)
    assert "Typed for an hour" in text(told)
    assert not Action.objects.filter(owner_role="Mine").exists()
    # The page that says so has seen all: whoever looks at it once more may save.
    bulk(client, told.context["actions"], "set_owners", **sent, version=version_in(told))
    assert set(Action.objects.filter(owner_role="Mine")) == set(actions)


def test_of_several_actions_those_written_on_meanwhile_are_asked_for_again_alone(client, actions):
    signed_in_as(client, "editor")
    opened = version_in(bulk(client, actions, "set_owners"))
    drafted(actions[-1], factories.staff.make(), status=actions[-1].status)
    told = bulk(client, actions, "set_owners", owner_role="Mine", reason="So.", version=opened)
    assert (told.status_code, told.context["actions"]) == (409, actions[-1:])
    assert set(Action.objects.filter(owner_role="Mine")) == set(actions[:-1])


def test_what_was_typed_stays_where_nothing_could_be_done(client, actions):
    signed_in_as(client, "editor")
    told = bulk(
        client,
        actions,
        "set_due_dates",
        due_on="0202-12-01",
        due_set_by="organisation",
        reason="Typed for an hour",
    )
    assert (told.status_code, told.context["actions"], "Typed for an hour" in text(told)) == (
        200,
        actions,
        True,
    )
    assert "A date must lie between 1990 and 2099: look at its year." in text(told)
    own_already = bulk(
        client,
        [actions[0]],
        "set_owners",
        owner_role=actions[0].owner_role,
        reason="Typed for an hour",
    )
    assert "Typed for an hour" in text(own_already)


def test_an_action_that_falls_out_of_what_the_list_is_asked_for_is_not_forgotten(client, action):
    signed_in_as(client, "editor")
    sent = chosen([action], "set_owners", owner_role="Mine", reason="Typed for an hour")
    factories.reported(action, "embedding")
    told = client.post(
        reverse("admin:findings_action_changelist") + "?status__exact=in_progress", sent
    )
    assert (told.status_code, "Typed for an hour" in text(told)) == (409, True)


def test_what_was_saved_a_moment_ago_is_not_taken_for_somebody_elses(client, actions, monkeypatch):
    signed_in_as(client, "editor")
    usual = workflow.set_owner

    def refused(action, *args, **kwargs):
        if action == actions[1]:
            raise IntegrityError("as by what another wrote at the same moment")
        return usual(action, *args, **kwargs)

    monkeypatch.setattr(workflow, "set_owner", refused)
    told = bulk(client, actions, "set_owners", owner_role="Mine", reason="So.")
    assert (told.status_code, told.context["actions"]) == (409, [actions[1]])
    assert f"Done for {len(actions) - 1} action" in text(told)


def test_an_action_that_was_deleted_meanwhile_is_skipped(client, actions):
    signed_in_as(client, "editor")
    sent = chosen(actions, "set_owners", owner_role="Mine", reason="So.")
    Action.objects.get(pk=actions[0].pk).delete()
    client.post(reverse("admin:findings_action_changelist"), sent)
    assert set(Action.objects.filter(owner_role="Mine")) == set(actions[1:])


@pytest.mark.parametrize("status", [ActionStatus.IN_PROGRESS, ActionStatus.COMPLETE])
def test_every_page_that_dates_an_action_says_whether_it_is_overdue(status, client, action):
    signed_in_as(client, "editor")
    late = factories.action.make(
        plan=action.plan,
        number=99,
        status=status,
        due_on=date(2025, 8, 30),
        due_set_by="organisation",
        findings=action.findings.all(),
    )
    organisation = action.plan.organisation
    pages = {
        "plan": client.get(page_of("change", action.plan)),
        "due date": client.get(page_of("due_date", late)),
        "owner": client.get(page_of("owner", late)),
        "several": bulk(client, [late], "set_due_dates"),
        "list": client.get(reverse("admin:findings_action_changelist")),
        "finding": client.get(action.findings.get().get_absolute_url()),
        "public plan": client.get(action.plan.get_absolute_url()),
        "printed": client.get(reverse("forces:organisation_summary", args=[organisation.slug])),
    }
    told = {
        name: bool(re.search("30 Aug(ust)? 2025,? overdue", text(page)))
        for name, page in pages.items()
    }
    assert told == dict.fromkeys(pages, status == ActionStatus.IN_PROGRESS)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("set_owners", {"owner_role": "x" * 201}),
        ("set_due_dates", {"due_on": "2025-12-01", "reason": ""}),
    ],
)
def test_what_cannot_be_settled_is_asked_for_again(name, data, client, actions):
    signed_in_as(client, "editor")
    page = bulk(client, actions, name, **data)
    assert "Nothing was saved. Please correct what is marked below." in text(page)
    assert len(page.context["actions"]) == len(actions)


def test_drafts_are_handed_in_at_once_and_the_rest_is_told(client, actions):
    editor = signed_in_as(client, "editor")
    drafted(actions[0], editor, status=actions[0].status)
    send_back(
        handed_in(actions[1], editor, status=actions[1].status), factories.staff.make(), "No."
    )
    drafted(actions[2], factories.staff.make(), status=actions[2].status)
    told = text(bulk(client, actions, "submit_drafts"))
    assert "Done for 1 action." in told
    assert f"Skipped {len(actions) - 1} actions:" in told
    assert f"{actions[1]}: It was sent back: read why, and put it right first." in told
    assert f"{actions[2]}: You have no draft there." in told
    assert list(ProgressUpdate.objects.order_by("pk").values_list("state", flat=True)) == [
        "submitted",
        "sent_back",
        "draft",
    ]


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("done", ["submit_drafts", "set_owners", "set_due_dates"])
def test_nobody_settles_by_the_list_what_they_may_not_one_by_one(
    name, done, client, actions, others_action
):
    signed_in_as(client, name)
    data = {
        "owner_role": "me",
        "due_on": "2025-12-01",
        "due_set_by": "organisation",
        "reason": "So.",
    }
    bulk(client, [*actions, others_action], done, **data)
    changed = {
        action.plan.organisation.slug
        for action in Action.objects.filter(Q(owner_role="me") | Q(due_on=DAY))
    }
    own, other = {"gloucestershire"} if name in REPORTS else set(), {"avon-and-somerset"}
    reached = own | (
        other if name in {"other editor", "other approver", "steward", "superuser"} else set()
    )
    assert changed == (set() if done == "submit_drafts" else reached)


def test_a_person_with_two_roles_settles_only_what_each_reaches(client, actions, others_action):
    user = signed_in_as(client, "editor")
    accounts.give(user, "viewer", "avon-and-somerset")
    told = text(bulk(client, [others_action], "set_owners", owner_role="me", reason="So."))
    assert f"Skipped 1 action: {others_action}: Your role does not reach it." in told
    assert Action.objects.get(pk=others_action.pk).owner_role != "me"


def test_too_many_at_once_are_refused_with_a_sentence(client, action, monkeypatch):
    monkeypatch.setattr("findings.bulk_actions.MOST_AT_ONCE", 1)
    signed_in_as(client, "editor")
    actions = list(Action.objects.filter(plan=action.plan))
    for name in ("submit_drafts", "set_owners", "set_due_dates"):
        assert "Nothing was done: choose 1 actions at most." in text(bulk(client, actions, name))


def test_names_of_accounts_stay_inside(client, action):
    """A staff account's name is for staff alone."""
    user = get_user_model().objects.create_user("someone-by-name")
    factories.reported(action, action.status, "Nothing new.", user)
    assert "someone-by-name" not in client.get(action.plan.get_absolute_url()).content.decode()
