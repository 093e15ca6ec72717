"""An update's way from a draft to the public."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from findings.choices import ProposalState
from findings.models import Action, Evidence, ProgressUpdate
from findings.workflow import (
    publish,
    rewrite_update,
    send_back,
    submit,
    write_update,
)
from tests import accounts, factories
from tests.action_pages import drafted, handed_in, kept, page_of, progress_page, typed
from tests.pages import elements, text, version_now
from tests.workflow_steps import in_state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_draft_is_kept_continued_and_handed_in(client, action):
    editor = accounts.sign_in(client, "editor")
    answer = client.post(progress_page(action), kept(action, status="embedding"), follow=True)
    assert answer.redirect_chain == [(page_of("change", action), 302)]
    assert "Progress saved. It is a draft. Only staff can see it." in text(answer)
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
    assert "Progress saved. It is awaiting approval." in text(answer)
    draft.refresh_from_db()
    assert (draft.state, draft.note, action.updates.count()) == ("submitted", "Eleven posts.", 1)
    # What is handed in is nobody's to change; the next is a new one.
    assert client.get(progress_page(action)).context["form"]["note"].value() is None


def test_a_draft_is_its_writers_alone(client, action):
    draft = drafted(action, factories.staff.make(), note="Not mine.")
    accounts.sign_in(client, "editor")
    assert client.get(progress_page(action)).context["form"]["note"].value() is None
    assert "Not mine." in text(client.get(page_of("change", action)))
    assert client.post(page_of("discard", draft)).status_code == 403
    assert action.updates.get() == draft


def test_a_draft_is_thrown_away_by_its_writer(client, action):
    draft = drafted(action, accounts.sign_in(client, "editor"))
    assert page_of("discard", draft) in {
        form.attributes.get("action")
        for form in elements(client.get(progress_page(action)), "form")
    }
    assert client.get(page_of("discard", draft)).status_code == 405
    assert "The draft has been deleted." in text(
        client.post(page_of("discard", draft), follow=True)
    )
    assert not action.updates.exists()


def test_what_was_handed_in_is_not_thrown_away(client, action):
    update = handed_in(action, accounts.sign_in(client, "editor"))
    assert "only a draft can be changed" in text(
        client.post(page_of("discard", update), follow=True)
    )
    assert action.updates.get() == update


def test_a_writer_withdraws_what_awaits_approval_and_an_approver_takes_over_what_is_left(
    client, action
):
    editor = accounts.sign_in(client, "editor")
    update = handed_in(action, editor)
    page = client.get(page_of("change", action))
    assert page_of("withdraw", update) in {
        form.attributes.get("action") for form in elements(page, "form")
    }
    answer = client.post(page_of("withdraw", update), follow=True)
    assert answer.redirect_chain == [(progress_page(action), 302)]
    assert answer.context["form"]["note"].value() == "Ten posts are filled."
    assert ProgressUpdate.objects.get().is_draft
    approver = accounts.sign_in(client, "approver")
    finish = page_of("left_behind", update)
    assert client.get(finish).status_code == 403
    editor.memberships.all().update(ends_on=timezone.localdate(), starts_on="2020-01-01")
    assert f'href="{finish}"' in client.get("/admin/").text
    sent = {"version": version_now(), "take_over": "x"}
    assert "Say why you are taking it over" in text(client.post(finish, sent))
    sent |= {"reason": "They left."}
    assert client.post(finish, sent).url == progress_page(action)
    assert ProgressUpdate.objects.get().by == approver
    page = text(client.get(page_of("change", action)))
    assert "Taken over by approver They left." in page


def test_what_is_sent_back_comes_to_its_writer_with_the_comment(client, action):
    update = handed_in(action, accounts.sign_in(client, "editor"))
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
        accounts.sign_in(client, "editor"),
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


def test_sending_back_takes_a_comment(client, action):
    update = handed_in(action)
    accounts.sign_in(client, "approver")
    page = client.post(page_of("approve", update), {"version": version_now(), "send_back": "x"})
    assert (page.status_code, "Say why it is sent back." in text(page)) == (200, True)
    assert action.updates.get().state == ProposalState.SUBMITTED


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


def test_the_public_sees_nothing_of_what_is_not_approved(client, action):
    before = public_pages(client, action)
    for state in set(ProposalState) - {ProposalState.PUBLISHED}:
        update = in_state(action, state)
        factories.evidence.make(action=None, update=update, title="Minutes", is_public=True)
        assert update not in ProgressUpdate.objects.published(timezone.now()), state
        assert not Evidence.objects.published(timezone.now()).filter(update=update).exists(), state
    assert public_pages(client, action) == before


def test_the_public_sees_what_is_approved_under_the_day_on_which_it_was(client, action):
    writer = factories.staff.make(username="somebody-who-wrote")
    update = write_update(
        action, "embedding", "Words that waited.", writer, timezone.now() - timedelta(days=40)
    )
    factories.evidence.make(action=None, update=update, title="Minutes that waited", is_public=True)
    update = submit(update, writer, timezone.now() - timedelta(days=40))
    accounts.sign_in(client, "approver")
    client.post(
        page_of("approve", update),
        {"version": version_now(), "publish": "x", "comment": "Never mind."},
    )
    client.logout()
    pages = public_pages(client, action)
    for name in ("plan", "finding", "region"):
        assert "Words that waited." in pages[name], name
        update.refresh_from_db()
        assert (
            f'datetime="{timezone.localtime(update.published_at).isoformat()[:10]}' in pages[name]
        )
        assert f'datetime="{timezone.localtime(update.at).isoformat()[:10]}' not in pages[name]
    assert "Minutes that waited" in pages["finding"]
    for words in pages.values():
        assert "delivered and embedding" in words
        assert "somebody-who-wrote" not in words
        assert "Never mind." not in words


def test_the_last_to_be_published_is_the_status_that_the_public_sees(client, action):
    accounts.sign_in(client, "approver")
    first, second = (
        handed_in(action, status="embedding"),
        handed_in(action, status="pending_sign_off"),
    )
    for update in (second, first):
        page = client.post(page_of("approve", update), {"version": version_now(), "publish": "x"})
    # The first may not follow the second any more; it says so and waits for a later word.
    assert "An action that is pending sign-off cannot become delivered and embedding." in text(page)
    assert Action.objects.get(pk=action.pk).status == "pending_sign_off"
    assert ProgressUpdate.objects.get(pk=first.pk).state == "submitted"


def test_stale_means_no_update_approved_whatever_was_drafted(client, action):
    accounts.sign_in(client, "steward")
    listed = reverse("admin:findings_action_changelist")
    drafted(action, factories.staff.make())
    assert (
        client.get(listed, {"id__exact": action.pk}).context["cl"].queryset.get().last_update_at
        is None
    )
    update = factories.reported(action, action.status)
    assert (
        client.get(listed, {"id__exact": action.pk}).context["cl"].queryset.get().last_update_at
        == update.published_at
    )


def test_names_of_accounts_stay_inside(client, action):
    """A staff account's name is for staff alone."""
    user = get_user_model().objects.create_user("someone-by-name")
    factories.reported(action, action.status, "Nothing new.", user)
    assert "someone-by-name" not in client.get(action.plan.get_absolute_url()).content.decode()
