from datetime import date
from html import escape

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings.admin import ActionAdmin
from findings.choices import ActionStatus
from findings.forms import EvidenceForm, save_progress
from findings.models import Action, Confirmation, Evidence, Finding, Plan, ProgressUpdate, Response, Theme
from findings.workflow import record_progress
from forces.models import Membership, Organisation
from inspections.models import Source
from tests import accounts, factories
from tests.pages import elements, text

pytestmark = pytest.mark.django_db

# What each may do with the rows of each model: (v)iew, (a)dd, (c)hange, (d)elete. The facts are the stewards'; what happened
# is nobody's to change. Accounts and groups are the superuser's alone: whoever may edit them may become anyone.
MODELS = {
    "forces.region": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "forces.organisation": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "forces.alias": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "forces.membership": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.source": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.programme": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.question": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.grademeaning": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.inspection": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.visit": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "inspections.grading": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.theme": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.finding": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.response": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.plan": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.action": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.progressupdate": {"editor": "v", "steward": "v", "superuser": "v"},
    "findings.evidence": {"editor": "v", "steward": "vacd", "superuser": "vacd"},
    "findings.confirmation": {"editor": "v", "steward": "va", "superuser": "va"},
    "auth.user": {"editor": "", "steward": "", "superuser": "vacd"},
    "auth.group": {"editor": "", "steward": "", "superuser": "vacd"},
}
# On whose actions each may record progress: Gloucestershire's, and Avon and Somerset's.
RECORDS = {
    "nobody": (False, False),
    "editor": (True, False),
    "other editor": (False, True),
    "steward": (True, True),
    "superuser": (True, True),
}
NUMBERS = ["abc", "1.5", "-1", "9" * 30, "9" * 5000]
HOSTILE = [
    "q=x%27%22%3C",
    "p=-1",
    "p=abc",
    f"p={'9' * 30}",
    "o=99.-4.x",
    "all=x",
    "e=1",
    "nope=1",
    "id=abc",
    f"id={'9' * 30}",
    "id__in=a,b",
    "pk__isnull=x",
    "_popup=x&_to_field=nope",
    "kind__exact=nope",
    "status__exact=nope",
    "attention=nope",
    "region__id__exact=abc",
    "organisation__id__exact=abc",
    f"plan__organisation__id__exact={'9' * 30}",
    "published_on__year=2025&published_on__month=2&published_on__day=31",
    "due_on__year=99999999999",
    "confirmed_on__year=99999999999",
    "at__year=abc",
    "by__password__startswith=x",
]


def address(model, page, *args):
    return reverse(f"admin:{model.replace('.', '_')}_{page}", args=args)


def progress_address(action):
    return reverse("admin:findings_action_record_progress", args=[action.pk])


def typed(action, **changes):
    """What a person sends who records progress on an action as it stands."""
    return {"version": action.version, "status": action.status, "note": "Ten posts are filled."} | changes


@pytest.fixture
def action():
    """One of Gloucestershire's that is in progress."""
    return Action.objects.get(plan__slug="gloucestershire-reported-steps", number=2)


@pytest.fixture
def others_action():
    return Action.objects.filter(plan__organisation__slug="avon-and-somerset").first()


def test_every_model_has_its_page_or_stands_on_that_of_another():
    inlines = {inline.model for model_admin in admin.site._registry.values() for inline in model_admin.inlines}
    ours = {model for app in ("forces", "inspections", "findings") for model in apps.get_app_config(app).get_models()}
    assert ours <= set(admin.site._registry) | inlines
    assert {model._meta.label_lower for model in admin.site._registry} == set(MODELS)


@pytest.mark.parametrize("role", ["nobody", "editor", "other editor", "steward", "superuser"])
def test_each_role_gets_exactly_the_pages_that_are_written_here(role, client):
    accounts.rows()
    accounts.sign_in(client, role)
    found, expected = {}, {}
    for label, allowed in MODELS.items():
        may = allowed.get(role.removeprefix("other "), "")
        pk = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True)[0]
        for page, method, answers in (
            (address(label, "changelist"), client.get, "v" in may),
            (address(label, "add"), client.get, "a" in may),
            (address(label, "add"), client.post, "a" in may),
            (address(label, "change", pk), client.get, "v" in may),
            (address(label, "change", pk), client.post, "c" in may),
            (address(label, "delete", pk), client.get, "d" in may),
            (address(label, "history", pk), client.get, "v" in may),
        ):
            found[page, method.__name__] = method(page).status_code
            expected[page, method.__name__] = 200 if answers else 403
        if "d" not in may:
            page = address(label, "delete", pk)
            found[page, "post"], expected[page, "post"] = client.post(page, {"post": "yes"}).status_code, 403
    # Django answers a form whose hidden counts are missing by showing it again.
    assert found == expected


@pytest.mark.parametrize("label", MODELS)
def test_strangers_are_sent_to_sign_in(label, client):
    accounts.rows()
    pk = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True).first() or 1
    for page in (
        address(label, "changelist"),
        address(label, "add"),
        address(label, "change", pk),
        address(label, "delete", pk),
        address(label, "history", pk),
    ):
        for method in (client.get, client.post):
            response = method(page)
            assert (response.status_code, response.url) == (302, f"{reverse('admin:login')}?next={page}")


@pytest.mark.parametrize("role", RECORDS)
def test_each_role_records_progress_on_exactly_the_actions_that_are_written_here(role, client, action, others_action):
    accounts.sign_in(client, role)
    for row, may in zip((action, others_action), RECORDS[role], strict=True):
        assert client.get(progress_address(row)).status_code == (200 if may else 403)
        assert client.post(progress_address(row), typed(row)).status_code == (302 if may else 403)
        assert row.updates.count() == may
        page = client.get(address("findings.action", "change", row.pk))
        if role != "nobody":
            assert (progress_address(row) in page.content.decode()) == may
            plan = client.get(address("findings.plan", "change", row.plan.pk)).content.decode()
            assert (progress_address(row) in plan) == may


def test_strangers_record_no_progress(client, action):
    for method in (client.get, client.post):
        assert method(progress_address(action)).url == f"{reverse('admin:login')}?next={progress_address(action)}"


def test_a_membership_that_has_ended_opens_nothing(client, action):
    user = accounts.sign_in(client, "editor")
    Membership.objects.filter(user=user).update(starts_on=date(2025, 1, 1), ends_on=timezone.localdate())
    assert client.get(progress_address(action)).status_code == 403


def test_who_belongs_to_no_body_records_nothing(client, action):
    user = accounts.sign_in(client, "editor")
    Membership.objects.filter(user=user).delete()
    assert client.get(progress_address(action)).status_code == 403


def test_a_viewer_of_the_body_records_nothing(client, action):
    user = accounts.sign_in(client, "editor")
    Membership.objects.filter(user=user).update(role="viewer")
    assert client.get(progress_address(action)).status_code == 403


@pytest.mark.parametrize("label", MODELS)
def test_a_form_sent_as_a_copy_is_shown_again_as_a_new_one(label, client):
    accounts.rows()
    accounts.sign_in(client, "superuser")
    pk = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True)[0]
    status = 200 if "a" in MODELS[label]["superuser"] else 403
    for page in (address(label, "add"), address(label, "change", pk)):
        assert client.post(page, {"_saveasnew": "1"}).status_code == status


def test_the_front_page_leads_to_the_plans_that_the_reader_may_move_along(client, action):
    accounts.sign_in(client, "editor")
    page = client.get(reverse("admin:index"))
    assert {plan.slug: plan.open_count for plan in page.context["plans"]} == {
        "gloucestershire-rapid-improvement-plan": 1,
        "gloucestershire-reported-steps": 2,
    }
    assert f"{address('findings.plan', 'change', action.plan.pk)}#actions" in {a.attributes.get("href") for a in elements(page, "a")}


def test_the_front_page_says_what_is_overdue_and_when_progress_was_last_recorded(client, action):
    user = accounts.sign_in(client, "editor")
    record_progress(action, action.status, "Nothing new.", user, timezone.now())
    Action.objects.filter(pk=action.pk).update(due_on=date(2025, 7, 1), first_due_on=date(2025, 7, 1), due_set_by="body")
    page = text(client.get(reverse("admin:index")))
    assert "Gloucestershire: 2 open, 1 overdue. Last progress recorded on" in page
    assert "Gloucestershire: 1 open. No progress recorded here yet." in page


def test_the_front_page_of_those_who_may_not_record_has_no_such_list(client):
    accounts.sign_in(client, "nobody")
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    assert "Plans with open actions" not in text(page)


def test_recording_progress_appends_an_update_and_moves_the_action(client, action):
    user = accounts.sign_in(client, "editor")
    response = client.post(progress_address(action), typed(action, status="embedding"), follow=True)
    assert response.redirect_chain == [(address("findings.action", "change", action.pk), 302)]
    action.refresh_from_db()
    update = action.updates.get()
    assert (action.status, action.version) == ("embedding", 2)
    assert (update.moved_from, update.status, update.note, update.by) == ("in_progress", "embedding", "Ten posts are filled.", user)
    page = text(response)
    assert f"Progress recorded. {action}: moved from in progress to delivered and embedding." in page
    assert "Moved from in progress to The body says: delivered and embedding Ten posts are filled. Recorded by editor" in page
    assert LogEntry.objects.get().get_change_message() == "Recorded progress: moved from in progress to delivered and embedding."


def test_progress_without_a_move_says_so(client, action):
    accounts.sign_in(client, "editor")
    page = text(client.post(progress_address(action), typed(action), follow=True))
    assert f"Progress recorded. {action}: still in progress." in page


def test_an_actions_history_has_its_newest_update_first(client, action):
    user = accounts.sign_in(client, "editor")
    for note in ("The first.", "The second."):
        record_progress(action, action.status, note, user, timezone.now())
    page = text(client.get(address("findings.action", "change", action.pk)))
    assert page.index("The second.") < page.index("The first.")


def test_an_action_says_what_it_answers_and_what_the_inspectorate_says_of_it(client, action):
    accounts.sign_in(client, "editor")
    finding = action.findings.get()
    page = client.get(address("findings.action", "change", action.pk))
    assert f"{finding.reference} (weakness): {finding.summary} Inspectorate: no confirmation recorded" in text(page)
    assert address("findings.finding", "change", finding.pk) in {a.attributes.get("href") for a in elements(page, "a")}
    factories.confirmation.make(finding=finding, view="being_progressed")
    page = client.get(address("findings.action", "change", action.pk))
    assert "Inspectorate: being progressed on" in text(page).replace("Inspectorate: Inspectorate:", "Inspectorate:")


def test_evidence_goes_with_the_update(client, action):
    accounts.sign_in(client, "editor")
    evidence = {
        "evidence-title": "Board minutes",
        "evidence-url": "example.org/minutes",
        "evidence-shows": "That ten posts are filled.",
        "evidence-dated_on": "2025-09-01",
    }
    page = text(client.post(progress_address(action), typed(action) | evidence, follow=True))
    piece = Evidence.objects.get(update=action.updates.get())
    assert (piece.url, piece.is_public) == ("https://example.org/minutes", False)
    assert "Evidence: Board minutes, 1 September 2025, restricted. That ten posts are filled." in page


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
        ({"status": "superseded", "superseded_by": "abc"}, "That choice is not one of the available choices"),
        ({"status": "superseded", "superseded_by": "9" * 30}, "That choice is not one of the available choices"),
        ({"evidence-title": "Board minutes"}, "This field is required."),
        ({"evidence-title": "Board minutes", "evidence-url": "javascript:alert(1)"}, "Enter a valid URL."),
        (
            {"evidence-title": "a", "evidence-url": "ftp://example.org", "evidence-shows": "b", "evidence-dated_on": "2025-09-01"},
            "An address begins with http:// or https://.",
        ),
        ({"evidence-dated_on": "31 February"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_recorded_is_named_and_nothing_is_saved(client, action, changes, message):
    accounts.sign_in(client, "editor")
    response = client.post(progress_address(action), typed(action, **changes))
    assert response.status_code == 200
    assert message in text(response)
    assert "Nothing was saved." in text(response)
    assert not ProgressUpdate.objects.exists()
    assert not Evidence.objects.exists()


def test_a_superseded_action_names_its_successor_among_those_of_the_same_body(client, action, others_action):
    accounts.sign_in(client, "editor")
    page = client.get(progress_address(action))
    offered = set(page.context["form"].fields["superseded_by"].queryset)
    assert offered == set(Action.objects.filter(plan__organisation=action.plan.organisation)) - {action}
    refused = client.post(progress_address(action), typed(action, status="superseded", superseded_by=others_action.pk))
    assert "not one of the available choices" in text(refused)
    successor = Action.objects.get(plan__slug="gloucestershire-rapid-improvement-plan")
    client.post(progress_address(action), typed(action, status="superseded", superseded_by=successor.pk))
    action.refresh_from_db()
    assert (action.status, action.superseded_by) == ("superseded", successor)
    assert f"This action is superseded by {successor}: record its progress there." in text(client.get(progress_address(action)))
    assert progress_address(action) not in client.get(address("findings.action", "change", action.pk)).content.decode()


def test_a_successor_left_over_from_another_choice_is_dropped(client, action):
    accounts.sign_in(client, "editor")
    client.post(
        progress_address(action), typed(action, superseded_by=Action.objects.get(plan__slug="gloucestershire-rapid-improvement-plan").pk)
    )
    action.refresh_from_db()
    assert (action.updates.count(), action.superseded_by) == (1, None)


def test_update_and_evidence_are_saved_together_or_not_at_all(client, action, monkeypatch):
    accounts.sign_in(client, "editor")

    def fail(self):
        raise RuntimeError("The machine broke.")

    monkeypatch.setattr(EvidenceForm, "save", fail)
    evidence = {
        "evidence-title": "Board minutes",
        "evidence-url": "https://example.org",
        "evidence-shows": "All.",
        "evidence-dated_on": "2025-09-01",
    }
    with pytest.raises(RuntimeError):
        client.post(progress_address(action), typed(action, status="embedding") | evidence)
    action.refresh_from_db()
    assert (action.status, action.version, action.updates.count()) == ("in_progress", 1, 0)


def test_the_second_of_two_writers_is_told_and_keeps_what_they_typed(client, action):
    accounts.sign_in(client, "editor")
    mine = typed(action, status="embedding", note="My own words.")
    record_progress(action, "pending_sign_off", "Somebody else’s words.", factories.staff.make(), timezone.now())
    response = client.post(progress_address(action), mine)
    assert response.status_code == 409
    page = text(response)
    assert "Nothing was saved: somebody recorded progress on this action while you were writing." in page
    assert "Somebody else’s words." in page
    assert "My own words." in page
    assert action.updates.count() == 1
    # “Embedding” may no longer follow: the form falls back to the status as it now is, and may be sent as it stands.
    form = response.context["form"]
    assert (form["status"].value(), int(form["version"].value())) == ("pending_sign_off", 2)
    again = {"version": form["version"].value(), "status": form["status"].value(), "note": form["note"].value()}
    assert client.post(progress_address(action), again).status_code == 302
    assert [update.note for update in action.updates.all()] == ["My own words.", "Somebody else’s words."]


def test_a_writer_overtaken_in_the_same_moment_is_told_too(client, action, monkeypatch):
    accounts.sign_in(client, "editor")
    other = factories.staff.make()

    def overtaken(form, *args):
        record_progress(action, "embedding", "Quicker words.", other, timezone.now())
        monkeypatch.undo()
        return save_progress(form, *args)

    monkeypatch.setattr("findings.admin.save_progress", overtaken)
    response = client.post(progress_address(action), typed(action, note="My own words."))
    assert response.status_code == 409
    assert "Quicker words." in text(response)
    assert "My own words." in text(response)
    assert action.updates.count() == 1


def test_a_note_survives_an_action_that_was_superseded_meanwhile(client, action):
    accounts.sign_in(client, "editor")
    mine = typed(action, note="My own words.")
    successor = Action.objects.get(plan__slug="gloucestershire-rapid-improvement-plan")
    record_progress(action, "superseded", "Taken over.", factories.staff.make(), timezone.now(), superseded_by=successor)
    response = client.post(progress_address(action), mine)
    assert response.status_code == 409
    assert "My own words." in text(response)
    assert f"superseded by {successor}" in text(response)


@pytest.mark.parametrize("version", ["", "abc", "0", "-1", "99", "9" * 30, "9" * 5000])
def test_a_version_that_was_never_shown_saves_nothing(client, action, version):
    accounts.sign_in(client, "editor")
    assert client.post(progress_address(action), typed(action, version=version)).status_code == 409
    assert not ProgressUpdate.objects.exists()


def test_there_is_no_progress_to_record_on_what_does_not_exist(client):
    accounts.sign_in(client, "steward")
    for pk in ("0", "9" * 30):
        assert client.get(f"/admin/findings/action/{pk}/progress/").status_code == 404


def test_what_was_recorded_is_escaped(client, action):
    accounts.sign_in(client, "editor")
    note = '<script>alert("x")</script>'
    page = client.post(progress_address(action), typed(action, note=note), follow=True).content.decode()
    assert note not in page
    assert escape(note) in page


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
        "citations-0-voice": citation.voice,
        "evidence-TOTAL_FORMS": 0,
        "evidence-INITIAL_FORMS": 0,
    } | changes


def test_a_steward_corrects_an_actions_facts_but_not_its_status(client, action):
    accounts.sign_in(client, "steward")
    facts = action_facts(action, summary="Move still more officers.", status="complete", owner_role="head of crime")
    assert client.post(address("findings.action", "change", action.pk), facts).status_code == 302
    action.refresh_from_db()
    assert (action.summary, action.owner_role, action.status, action.version) == (
        "Move still more officers.",
        "head of crime",
        "in_progress",
        1,
    )
    assert action.findings.count() == 1


def test_an_editor_changes_no_fact_by_forging_the_stewards_form(client, action):
    accounts.sign_in(client, "editor")
    page = client.get(address("findings.action", "change", action.pk))
    assert not {field.attributes.get("name") for tag in ("input", "select", "textarea") for field in elements(page, tag)} & {
        "summary",
        "owner_role",
        "due_on",
        "_save",
    }
    assert client.post(address("findings.action", "change", action.pk), action_facts(action, summary="Nothing.")).status_code == 403
    action.refresh_from_db()
    assert action.summary != "Nothing."


def test_a_steward_who_saves_facts_does_not_undo_progress_made_meanwhile(client, action, monkeypatch):
    accounts.sign_in(client, "steward")
    save = ActionAdmin.save_model

    def overtaken(*args, **kwargs):
        record_progress(action, "embedding", "Meanwhile.", factories.staff.make(), timezone.now())
        save(*args, **kwargs)

    monkeypatch.setattr(ActionAdmin, "save_model", overtaken)
    assert client.post(address("findings.action", "change", action.pk), action_facts(action, summary="New words.")).status_code == 302
    action.refresh_from_db()
    assert (action.summary, action.status, action.version) == ("New words.", "embedding", 2)


def test_a_moved_due_date_says_why_and_keeps_the_first(client, action):
    accounts.sign_in(client, "steward")
    page = address("findings.action", "change", action.pk)
    dated = action_facts(action, due_on="2025-12-01", due_set_by="body")
    assert client.post(page, dated).status_code == 302
    assert "Give a due date and who set it, or neither." in text(client.post(page, dated | {"due_set_by": ""}))
    assert "Say why the due date moved." in text(client.post(page, dated | {"due_on": "2026-03-01"}))
    moved = dated | {"due_on": "2026-03-01", "due_moved_because": "Recruitment took longer."}
    assert client.post(page, moved).status_code == 302
    action.refresh_from_db()
    assert (action.first_due_on, action.due_on) == (date(2025, 12, 1), date(2026, 3, 1))


def test_a_new_action_starts_with_the_status_that_its_source_gives_it(client, action):
    accounts.sign_in(client, "steward")
    page = address("findings.action", "add")
    assert dict(client.get(page).context["adminform"].form.fields["status"].choices).keys() == set(ActionStatus) - {"superseded"}
    facts = action_facts(
        action, number=9, status="complete", **{"citations-INITIAL_FORMS": 0, "citations-0-id": "", "citations-0-action": ""}
    )
    assert client.post(page, facts).status_code == 302
    assert Action.objects.get(plan=action.plan, number=9).status == "complete"


@pytest.mark.parametrize("changes", [{"citations-0-DELETE": "on"}, {"citations-TOTAL_FORMS": 0, "citations-INITIAL_FORMS": 0}])
def test_no_fact_stands_without_its_source(client, action, changes):
    accounts.sign_in(client, "steward")
    response = client.post(address("findings.action", "change", action.pk), action_facts(action, **changes))
    assert "Say where this was read: cite at least one source." in text(response)


def test_a_place_in_a_source_is_cited_once(client, action):
    accounts.sign_in(client, "steward")
    facts = action_facts(action, **{"citations-TOTAL_FORMS": 2})
    facts |= {key.replace("-0-", "-1-"): value for key, value in facts.items() if key.startswith("citations-0-")} | {"citations-1-id": ""}
    response = client.post(address("findings.action", "change", action.pk), facts)
    assert response.status_code == 200
    assert "Please correct the duplicate" in text(response)


def finding_facts(finding, **changes):
    return {
        "inspection": finding.inspection_id,
        "reference": finding.reference,
        "kind": finding.kind,
        "summary": finding.summary,
        "citations-TOTAL_FORMS": 0,
        "citations-INITIAL_FORMS": 0,
    } | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "recommendation", "cause": "F2"}, "A recommendation belongs to a cause of concern."),
        ({"kind": "strength", "cause": "cause"}, "Only a recommendation belongs to a cause of concern."),
        ({"repeats": "F1"}, "A finding cannot belong to or repeat itself."),
        ({"reference": "f2"}, "Another finding has this reference."),
        ({"reference": "no spaces"}, "Enter a valid “slug”"),
        ({"inspection": ""}, "This field is required."),
        ({"inspection": "99999"}, "That choice is not one of the available choices"),
        ({"summary": "x" * 20_001}, "at most 20000 characters"),
        ({"summary": "\0"}, "Null characters are not allowed."),
    ],
)
def test_a_finding_that_cannot_be_is_refused_with_a_sentence(client, changes, message):
    accounts.sign_in(client, "steward")
    factories.finding.make(reference="cause", kind="cause_of_concern")
    finding = Finding.objects.get(reference="F1")
    changes = {name: Finding.objects.get(reference=value).pk if name in ("cause", "repeats") else value for name, value in changes.items()}
    response = client.post(address("findings.finding", "change", finding.pk), finding_facts(finding, **changes))
    assert response.status_code == 200
    assert message in text(response)


def test_a_response_answers_one_thing(client):
    accounts.sign_in(client, "steward")
    response = Response.objects.first()
    facts = {
        "organisation": response.organisation_id,
        "inspection": response.inspection_id,
        "finding": Finding.objects.get(reference="F1").pk,
        "stance": "accepted",
        "role": "head of crime",
        "summary": "Both.",
        "citations-TOTAL_FORMS": 0,
        "citations-INITIAL_FORMS": 0,
    }
    for changes in ({}, {"inspection": "", "finding": ""}):
        page = client.post(address("findings.response", "change", response.pk), facts | changes)
        assert "A response answers an inspection or a finding: exactly one of the two." in text(page)
    page = client.post(address("findings.response", "add"), facts | {"finding": ""})
    assert "This body's response to this inspection is already recorded." in text(page)


def test_a_steward_writes_down_what_the_inspectorate_confirmed_with_its_source(client):
    accounts.sign_in(client, "steward")
    finding, source = Finding.objects.get(reference="F15"), Source.objects.first()
    facts = {
        "finding": finding.pk,
        "view": "being_progressed",
        "confirmed_on": "2025-11-03",
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
    }
    assert "cite at least one source" in text(client.post(address("findings.confirmation", "add"), facts))
    cited = facts | {"citations-0-source": source.pk, "citations-0-voice": "inspectorate", "citations-0-locator": "¶2"}
    assert client.post(address("findings.confirmation", "add"), cited).status_code == 302
    confirmation = Confirmation.objects.get(finding=finding)
    assert confirmation.citations.get().source == source
    page = client.get(address("findings.confirmation", "change", confirmation.pk))
    assert not [field for field in elements(page, "input") if field.attributes.get("type") == "submit"]


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: Plan.objects.get(slug="gloucestershire-rapid-improvement-plan"), "findings.plan"),
        (lambda: factories.confirmation.make().finding, "findings.finding"),
        (lambda: factories.update.make().action, "findings.action"),
        (
            lambda: Theme.objects.get(pk=factories.theme.make().replaces.create(name="Old", slug="old", definition="Old.").replaced_by_id),
            "findings.theme",
        ),
        (lambda: Organisation.objects.get(slug="dorset"), "forces.organisation"),
        (lambda: factories.update.make().by, "auth.user"),
    ],
)
def test_what_others_rest_on_cannot_be_deleted_and_the_page_says_why(client, make, label):
    accounts.sign_in(client, "superuser")
    row = make()
    page = address(label, "delete", row.pk)
    assert "This cannot be deleted while the following rest on it." in text(client.get(page))
    assert client.post(page, {"post": "yes"}).status_code == 200
    bulk = {"action": "delete_selected", "_selected_action": [row.pk]}
    assert "This cannot be deleted while the following rest on it." in text(client.post(address(label, "changelist"), bulk))
    assert client.post(address(label, "changelist"), bulk | {"post": "yes"}).status_code == 200
    assert type(row).objects.filter(pk=row.pk).exists()


def test_what_is_kept_for_good_is_not_offered_for_deletion_in_bulk(client):
    accounts.rows()
    accounts.sign_in(client, "superuser")
    for label in ("findings.progressupdate", "findings.confirmation"):
        rows = apps.get_model(label).objects
        pk = rows.first().pk
        assert "delete_selected" not in client.get(address(label, "changelist")).content.decode()
        client.post(address(label, "changelist"), {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
        assert rows.filter(pk=pk).exists()


def test_a_list_asks_the_database_as_often_for_thirty_rows_as_for_one(client):
    accounts.rows(30)
    accounts.sign_in(client, "superuser")
    for label in MODELS:
        ids = [str(pk) for pk in apps.get_model(label).objects.order_by("-pk").values_list("pk", flat=True)[:30]]
        asked = []
        for chosen in (ids[:1], ids):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address(label, "changelist"), {"id__in": ",".join(chosen)})
            assert page.context["cl"].result_count == len(chosen)
            asked.append(len(queries))
        assert asked[0] == asked[1] <= 16, label


@pytest.mark.parametrize("label", ["findings.plan", "findings.action"])
def test_a_plan_and_an_action_ask_the_database_as_often_however_much_they_hold(label, client, action):
    user = accounts.sign_in(client, "steward")
    row = action if label == "findings.action" else action.plan

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(label, "change", row.pk)).status_code == 200
        return len(queries)

    record_progress(action, action.status, "First.", user, timezone.now())
    count()
    before = count()
    for n in range(10):
        factories.action.make(plan=action.plan, number=100 + n)
        update = record_progress(action, action.status, "More.", user, timezone.now())
        factories.evidence.make(action=None, update=update)
    # Evidence is asked for once; before there was an update with some, not at all.
    assert count() <= before + 1


@pytest.mark.parametrize("attention", ["overdue", "undated", "unowned", "unconfirmed"])
def test_the_list_of_actions_picks_out_what_needs_attention(attention, client):
    accounts.sign_in(client, "steward")
    page = client.get(address("findings.action", "changelist"), {"attention": attention})
    today = timezone.localdate()
    expected = {
        "overdue": Action.objects.overdue(today),
        "undated": Action.objects.undated(),
        "unowned": Action.objects.unowned(),
        "unconfirmed": Action.objects.unconfirmed(),
    }
    assert set(page.context["cl"].queryset) == set(expected[attention])


def test_the_list_of_findings_counts_as_people_do(client):
    accounts.sign_in(client, "steward")
    page = client.get(address("findings.finding", "changelist"))
    assert [finding.reference for finding in page.context["cl"].result_list] == [f"F{n}" for n in range(1, 26)]


@pytest.mark.parametrize("label", MODELS)
def test_hostile_addresses_are_answered(label, client):
    accounts.sign_in(client, "superuser")
    page, add = address(label, "changelist"), address(label, "add")
    fields = admin.site._registry[apps.get_model(label)].opts.get_fields()
    prefilled = [f"{field.name}={value}" for field in fields for value in ("abc", "9" * 30)]
    asked = [f"{page}?{query}" for query in HOSTILE] + [
        f"{page}{pk}/{rest}/" for pk in NUMBERS[:4] for rest in ("change", "delete", "history")
    ]
    if label != "findings.progressupdate":
        asked += [f"{add}?{query}" for query in prefilled]
    answers = {asked_for: client.get(asked_for).status_code for asked_for in asked}
    assert {asked_for: status for asked_for, status in answers.items() if status not in (200, 302, 400, 403, 404)} == {}


@pytest.mark.parametrize("label", [label for label in MODELS if label != "findings.progressupdate"])
def test_hostile_forms_are_answered(label, client):
    accounts.sign_in(client, "superuser")
    page = address(label, "add")
    form = client.get(page).context["adminform"].form
    counts = {
        f"{formset.formset.prefix}-{name}": value
        for formset in client.get(page).context["inline_admin_formsets"]
        for name, value in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 0))
    }
    for value in ("", "\0", "abc", "-1", "9" * 30, "x" * 30_000, "<b>"):
        answer = client.post(page, dict.fromkeys(form.fields, value) | counts)
        assert answer.status_code in (200, 302, 400), value
    assert client.post(page, counts | dict.fromkeys(counts, "abc")).status_code in (200, 400)


def test_a_search_box_offers_choices_to_stewards_and_nothing_to_nobody(client):
    asked = {"term": "glouc", "app_label": "findings", "model_name": "plan", "field_name": "organisation"}
    accounts.sign_in(client, "steward")
    assert [choice["text"] for choice in client.get(reverse("admin:autocomplete"), asked).json()["results"]] == ["Gloucestershire"]
    accounts.sign_in(client, "nobody")
    assert client.get(reverse("admin:autocomplete"), asked).status_code == 403


def test_made_up_names_of_accounts_stay_inside(client, action):
    """A staff account's name is for staff alone."""
    user = get_user_model().objects.create_user("someone-by-name")
    record_progress(action, action.status, "Nothing new.", user, timezone.now())
    assert "someone-by-name" not in client.get(action.plan.get_absolute_url()).content.decode()
