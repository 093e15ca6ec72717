"""The pages of plans and actions in the admin."""

from datetime import date

import pytest
from django.utils import timezone

from findings.admin.plans import ActionAdmin
from findings.choices import ActionStatus
from findings.models import Action
from tests import accounts, factories
from tests.addresses import admin_address
from tests.pages import elements, hrefs, text, version_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_an_action_says_what_it_answers_and_what_the_inspectorate_says_of_it(client, action):
    accounts.sign_in(client, "editor")
    finding = action.findings.get()
    page = client.get(admin_address("findings.action", "change", action.pk))
    assert (
        f"{finding.reference} (weakness): {finding.summary} Inspectorate: no confirmation recorded"
        in text(page)
    )
    # An editor may not open the finding among the staff's pages, and is led to the public's.
    assert finding.get_absolute_url() in hrefs(page)
    factories.confirmation.make(finding=finding, closure_status="being_progressed")
    page = client.get(admin_address("findings.action", "change", action.pk))
    assert "Inspectorate: being progressed on" in text(page).replace(
        "Inspectorate: Inspectorate:", "Inspectorate:"
    )


def action_facts(action, **changes):
    """What a steward sends who saves an action's page as it stands."""
    citation = action.citations.get()
    return {
        "plan": action.plan_id,
        "number": action.number,
        "summary": action.summary,
        "findings": [finding.pk for finding in action.findings.all()],
        "owner_role": action.owner_role,
        "due_on": "",
        "due_set_by": "",
        "due_moved_because": "",
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 1,
        "citations-0-id": citation.pk,
        "citations-0-action": action.pk,
        "citations-0-source": citation.source_id,
        "citations-0-locator": citation.locator,
        "citations-0-attribution": citation.attribution,
    } | changes


def test_a_steward_corrects_an_actions_facts_but_not_its_status_owner_or_date(client, action):
    accounts.sign_in(client, "steward")
    forged = {
        "status": "complete",
        "owner_role": "head of crime",
        "due_on": "2025-12-01",
        "due_set_by": "organisation",
    }
    facts = action_facts(action, summary="Move still more officers.", **forged)
    assert (
        client.post(admin_address("findings.action", "change", action.pk), facts).status_code == 302
    )
    held = Action.objects.get(pk=action.pk)
    assert (held.summary, held.findings.count()) == ("Move still more officers.", 1)
    for name in ("status", "owner_role", "due_on", "due_set_by"):
        assert getattr(held, name) == getattr(action, name)


def test_an_editor_changes_no_fact_by_forging_the_stewards_form(client, action):
    accounts.sign_in(client, "editor")
    page = client.get(admin_address("findings.action", "change", action.pk))
    assert not {
        field.attributes.get("name")
        for tag in ("input", "select", "textarea")
        for field in elements(page, tag)
    } & {
        "summary",
        "owner_role",
        "due_on",
        "_save",
    }
    assert (
        client.post(
            admin_address("findings.action", "change", action.pk),
            action_facts(action, summary="Nothing."),
        ).status_code
        == 403
    )
    action.refresh_from_db()
    assert action.summary != "Nothing."


def test_a_steward_who_saves_facts_does_not_undo_progress_made_meanwhile(
    client, action, monkeypatch
):
    accounts.sign_in(client, "steward")
    save = ActionAdmin.save_model

    def overtaken(*args, **kwargs):
        factories.reported(
            action, "embedding", "Meanwhile.", factories.staff.make(), timezone.now()
        )
        save(*args, **kwargs)

    monkeypatch.setattr(ActionAdmin, "save_model", overtaken)
    assert (
        client.post(
            admin_address("findings.action", "change", action.pk),
            action_facts(action, summary="New words."),
        ).status_code
        == 302
    )
    action.refresh_from_db()
    assert (action.summary, action.status) == ("New words.", "embedding")


def recite(action):
    action.citations.update(locator="¶9")


def untie(action):
    action.findings.clear()


def reword(action):
    Action.objects.filter(pk=action.pk).update(summary="The first steward’s words.")


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (reword, "is now The first steward’s words."),
        (recite, "is now ¶9"),
        (untie, "Finding removed: F15"),
    ],
)
def test_a_steward_is_told_of_whatever_changed_that_the_page_of_an_action_shows(
    theirs, told, client, action
):
    accounts.sign_in(client, "steward")
    page = admin_address("findings.action", "change", action.pk)
    facts = action_facts(action, summary="New words.", version=version_in(client.get(page)))
    theirs(action)
    answer = client.post(page, facts)
    assert (answer.status_code, told in text(answer)) == (409, True)
    assert client.post(page, facts | {"version": version_in(answer)}).status_code == 302


def test_a_steward_is_not_kept_from_saving_by_progress_that_the_page_does_not_show(client, action):
    accounts.sign_in(client, "steward")
    page = admin_address("findings.action", "change", action.pk)
    facts = action_facts(action, summary="New words.", version=version_in(client.get(page)))
    factories.reported(action, "embedding", "Meanwhile.", factories.staff.make(), timezone.now())
    assert client.post(page, facts).status_code == 302
    action.refresh_from_db()
    assert (action.summary, action.status) == ("New words.", "embedding")


@pytest.mark.parametrize("version", ["", "x", "-1", "\0", "9" * 5000])
def test_hostile_words_on_what_was_seen_are_answered(version, client, action):
    accounts.sign_in(client, "steward")
    assert client.post(
        admin_address("findings.action", "change", action.pk), action_facts(action, version=version)
    ).status_code in (302, 400, 409)


def test_a_new_action_starts_with_the_status_that_its_source_gives_it(client, action):
    accounts.sign_in(client, "steward")
    page = admin_address("findings.action", "add")
    assert dict(client.get(page).context["adminform"].form.fields["status"].choices).keys() == set(
        ActionStatus
    ) - {"superseded"}
    facts = action_facts(
        action,
        number=9,
        status="complete",
        **{"citations-INITIAL_FORMS": 0, "citations-0-id": "", "citations-0-action": ""},
    )
    assert client.post(page, facts).status_code == 302
    assert Action.objects.get(plan=action.plan, number=9).status == "complete"


def test_an_action_entered_with_a_date_begins_its_history_with_it(client, action):
    steward = accounts.sign_in(client, "steward")
    new = {"citations-INITIAL_FORMS": 0, "citations-0-id": "", "citations-0-action": ""}
    dated = new | {"number": 9, "due_on": "2026-03-01", "due_set_by": "inspectorate"}
    for facts in (dated, new | {"number": 10}):
        assert (
            client.post(
                admin_address("findings.action", "add"),
                action_facts(action, status="in_progress", **facts),
            ).status_code
            == 302
        )
    entered = Action.objects.get(plan=action.plan, number=9)
    move = entered.due_date_changes.get()
    assert (move.due_on, move.set_by, move.was_on, move.by) == (
        date(2026, 3, 1),
        "inspectorate",
        None,
        steward,
    )
    page = text(client.get(admin_address("findings.action", "change", entered.pk)))
    assert "Due date set: 1 March 2026, by the inspectorate" in page
    assert "moved once" not in page
    assert not Action.objects.get(plan=action.plan, number=10).due_date_changes.exists()


@pytest.mark.parametrize(
    "changes",
    [{"citations-0-DELETE": "on"}, {"citations-TOTAL_FORMS": 0, "citations-INITIAL_FORMS": 0}],
)
def test_no_fact_stands_without_its_source(client, action, changes):
    accounts.sign_in(client, "steward")
    response = client.post(
        admin_address("findings.action", "change", action.pk), action_facts(action, **changes)
    )
    assert "Say where this was read: cite at least one source." in text(response)


def test_a_place_in_a_source_is_cited_once(client, action):
    accounts.sign_in(client, "steward")
    facts = action_facts(action, **{"citations-TOTAL_FORMS": 2})
    facts |= {
        key.replace("-0-", "-1-"): value
        for key, value in facts.items()
        if key.startswith("citations-0-")
    } | {"citations-1-id": ""}
    response = client.post(admin_address("findings.action", "change", action.pk), facts)
    assert response.status_code == 200
    assert "Please correct the duplicate" in text(response)
