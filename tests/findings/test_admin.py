from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings.admin.plans import ActionAdmin
from findings.choices import ActionStatus
from findings.models import Action, Confirmation, Finding, Plan, Response, Theme
from forces.models import Digest, Organisation
from inspections.models import Source
from lib.audit.models import Change
from tests import accounts, factories
from tests.pages import elements, text, version_in
from tests.test_matrix import MODELS

pytestmark = pytest.mark.django_db

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
    "_to_field=",
    "summary__regex=(",
    "owner_role__regex=(",
    "summary__unaccent=x",
    "id__range=1",
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


def test_every_model_has_its_page_or_stands_on_that_of_another():
    inlines = {
        inline.model
        for model_admin in admin.site._registry.values()
        for inline in model_admin.inlines
    }
    ours = {
        model
        for app in ("forces", "inspections", "findings")
        for model in apps.get_app_config(app).get_models()
    }
    # Whether they want a weekly mail is each person's own matter; the trace is read on the page of each row.
    assert ours - {Digest, Change} <= set(admin.site._registry) | inlines


@pytest.mark.parametrize("label", MODELS)
def test_a_form_sent_as_a_copy_is_shown_again_as_a_new_one(label, client):
    accounts.rows()
    accounts.sign_in(client, "superuser")
    pk = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True)[0]
    status = 200 if "a" in MODELS[label]["superuser"] else 403
    for page in (address(label, "add"), address(label, "change", pk)):
        assert client.post(page, {"_saveasnew": "1"}).status_code == status


def test_an_action_says_what_it_answers_and_what_the_inspectorate_says_of_it(client, action):
    accounts.sign_in(client, "editor")
    finding = action.findings.get()
    page = client.get(address("findings.action", "change", action.pk))
    assert (
        f"{finding.reference} (weakness): {finding.summary} Inspectorate: no confirmation recorded"
        in text(page)
    )
    # An editor may not open the finding among the staff's pages, and is led to the public's.
    assert finding.get_absolute_url() in {a.attributes.get("href") for a in elements(page, "a")}
    factories.confirmation.make(finding=finding, closure_status="being_progressed")
    page = client.get(address("findings.action", "change", action.pk))
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
    assert client.post(address("findings.action", "change", action.pk), facts).status_code == 302
    held = Action.objects.get(pk=action.pk)
    assert (held.summary, held.findings.count()) == ("Move still more officers.", 1)
    for name in ("status", "owner_role", "due_on", "due_set_by"):
        assert getattr(held, name) == getattr(action, name)


def test_an_editor_changes_no_fact_by_forging_the_stewards_form(client, action):
    accounts.sign_in(client, "editor")
    page = client.get(address("findings.action", "change", action.pk))
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
            address("findings.action", "change", action.pk),
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
            address("findings.action", "change", action.pk),
            action_facts(action, summary="New words."),
        ).status_code
        == 302
    )
    action.refresh_from_db()
    assert (action.summary, action.status) == ("New words.", "embedding")


@pytest.mark.parametrize(
    "path", ["updates__by__password", "plan__organisation__memberships__user__email"]
)
def test_no_list_is_narrowed_by_what_its_reader_may_not_see(path, client, action):
    accounts.sign_in(client, "editor")
    assert (
        client.get(address("findings.action", "changelist"), {f"{path}__gte": "a"}).status_code
        == 400
    )


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
    page = address("findings.action", "change", action.pk)
    facts = action_facts(action, summary="New words.", version=version_in(client.get(page)))
    theirs(action)
    answer = client.post(page, facts)
    assert (answer.status_code, told in text(answer)) == (409, True)
    assert client.post(page, facts | {"version": version_in(answer)}).status_code == 302


def test_a_steward_is_not_kept_from_saving_by_progress_that_the_page_does_not_show(client, action):
    accounts.sign_in(client, "steward")
    page = address("findings.action", "change", action.pk)
    facts = action_facts(action, summary="New words.", version=version_in(client.get(page)))
    factories.reported(action, "embedding", "Meanwhile.", factories.staff.make(), timezone.now())
    assert client.post(page, facts).status_code == 302
    action.refresh_from_db()
    assert (action.summary, action.status) == ("New words.", "embedding")


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "\0", "9" * 30, "9" * 5000])
def test_hostile_words_on_what_was_seen_are_answered(version, client, action):
    accounts.sign_in(client, "steward")
    assert client.post(
        address("findings.action", "change", action.pk), action_facts(action, version=version)
    ).status_code in (302, 400, 409)


def test_a_new_action_starts_with_the_status_that_its_source_gives_it(client, action):
    accounts.sign_in(client, "steward")
    page = address("findings.action", "add")
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
                address("findings.action", "add"),
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
    page = text(client.get(address("findings.action", "change", entered.pk)))
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
        address("findings.action", "change", action.pk), action_facts(action, **changes)
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
        (
            {"kind": "recommendation", "cause": "F2"},
            "A recommendation belongs to a cause of concern.",
        ),
        (
            {"kind": "strength", "cause": "cause"},
            "Only a recommendation belongs to a cause of concern.",
        ),
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
    changes = {
        name: Finding.objects.get(reference=value).pk if name in ("cause", "repeats") else value
        for name, value in changes.items()
    }
    response = client.post(
        address("findings.finding", "change", finding.pk), finding_facts(finding, **changes)
    )
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
        assert "A response answers an inspection or a finding: exactly one of the two." in text(
            page
        )
    page = client.post(address("findings.response", "add"), facts | {"finding": ""})
    assert "This body's response to this inspection is already recorded." in text(page)


def test_a_steward_writes_down_what_the_inspectorate_confirmed_with_its_source(client):
    accounts.sign_in(client, "steward")
    finding, source = Finding.objects.get(reference="F15"), Source.objects.first()
    facts = {
        "finding": finding.pk,
        "closure_status": "being_progressed",
        "confirmed_on": "2025-11-03",
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
    }
    assert "cite at least one source" in text(
        client.post(address("findings.confirmation", "add"), facts)
    )
    cited = facts | {
        "citations-0-source": source.pk,
        "citations-0-attribution": "inspectorate",
        "citations-0-locator": "¶2",
    }
    assert "Say why it is entered." in text(
        client.post(address("findings.confirmation", "add"), cited)
    )
    tomorrow = cited | {
        "why": "Their letter came.",
        "confirmed_on": timezone.localdate() + timedelta(days=1),
    }
    assert "This day is still to come." in text(
        client.post(address("findings.confirmation", "add"), tomorrow)
    )
    assert (
        client.post(
            address("findings.confirmation", "add"), cited | {"why": "Their letter came."}
        ).status_code
        == 302
    )
    assert set(
        Change.objects.of("findings_confirmation", finding.confirmations.first().pk).values_list(
            "reason", flat=True
        )
    ) == {"Their letter came."}
    confirmation = Confirmation.objects.get(finding=finding)
    assert confirmation.citations.get().source == source
    page = client.get(address("findings.confirmation", "change", confirmation.pk))
    assert not [
        field for field in elements(page, "input") if field.attributes.get("type") == "submit"
    ]


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: Plan.objects.get(slug="gloucestershire-rapid-improvement-plan"), "findings.plan"),
        (lambda: factories.confirmation.make().finding, "findings.finding"),
        (lambda: factories.update.make().action, "findings.action"),
        (
            lambda: Theme.objects.get(
                pk=factories.theme.make()
                .replaces.create(name="Old", slug="old", definition="Old.")
                .replaced_by_id
            ),
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
    assert "This cannot be deleted while the following rest on it." in text(
        client.post(address(label, "changelist"), bulk)
    )
    assert client.post(address(label, "changelist"), bulk | {"post": "yes"}).status_code == 200
    assert type(row).objects.filter(pk=row.pk).exists()


def test_what_is_kept_for_good_is_not_offered_for_deletion_in_bulk(client):
    accounts.rows()
    accounts.sign_in(client, "superuser")
    for label in ("findings.progressupdate", "findings.confirmation"):
        rows = apps.get_model(label).objects
        pk = rows.first().pk
        assert "delete_selected" not in client.get(address(label, "changelist")).content.decode()
        client.post(
            address(label, "changelist"),
            {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
        )
        assert rows.filter(pk=pk).exists()


def test_a_list_asks_the_database_as_often_for_thirty_rows_as_for_one(client):
    accounts.rows(30)
    accounts.sign_in(client, "superuser")
    client.get(reverse("admin:index"))
    for label in MODELS:
        ids = [
            str(pk)
            for pk in apps.get_model(label)
            .objects.order_by("-pk")
            .values_list("pk", flat=True)[:30]
        ]
        asked = []
        for chosen in (ids[:1], ids):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address(label, "changelist"), {"id__in": ",".join(chosen)})
            assert page.context["cl"].result_count == len(chosen)
            asked.append(len(queries))
        assert asked[0] == asked[1] <= 16, label


@pytest.mark.parametrize("label", ["findings.plan", "findings.action"])
def test_a_plan_and_an_action_ask_the_database_as_often_however_much_they_hold(
    label, client, action
):
    user = accounts.sign_in(client, "steward")
    row = action if label == "findings.action" else action.plan

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(label, "change", row.pk)).status_code == 200
        return len(queries)

    factories.reported(action, action.status, "First.", user, timezone.now())
    count()
    before = count()
    for n in range(10):
        factories.action.make(plan=action.plan, number=100 + n)
        update = factories.reported(action, action.status, "More.", user, timezone.now())
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


@pytest.mark.parametrize(
    ("who", "may_ask"),
    [("viewer", False), ("approver", False), ("steward", True), ("auditor", True)],
)
def test_no_list_tells_which_action_answers_a_finding_that_its_reader_may_not_read(
    who, may_ask, client, action
):
    finding = factories.finding.make(reference="under-embargo-1", inspection__public_at=None)
    action.findings.add(finding)
    accounts.sign_in(client, who)
    actions = address("findings.action", "changelist")
    found = client.get(actions, {"q": "under-embargo"})
    assert list(found.context["cl"].queryset) == [action] * may_ask
    for lookup in ("findings", "findings__id__exact", "findings__in", "findings__gte"):
        assert client.get(actions, {lookup: finding.pk}).status_code == (200 if may_ask else 400), (
            lookup
        )


def test_filters_of_a_list_are_called_by_their_names(client):
    accounts.sign_in(client, "steward")
    summaries = elements(client.get(address("findings.duedatechange", "changelist")), "summary")
    assert [summary.text for summary in summaries] == ["Set by"]


def test_a_page_that_is_refused_is_no_page_of_the_public(client):
    accounts.sign_in(client, "viewer")
    action = Action.objects.filter(plan__organisation__slug=accounts.OWN).first()
    refused = client.get(address("findings.action", "record_progress", action.pk))
    assert refused.status_code == 403
    assert [link.text for link in elements(refused, "a") if "aria-current" in link.attributes] == []
    assert [
        link.text
        for link in elements(client.get("/actions/"), "a")
        if "aria-current" in link.attributes
    ] == ["Actions"]


def test_the_list_of_evidence_says_in_words_what_is_public(client):
    accounts.sign_in(client, "steward")
    factories.evidence.make(is_public=True)
    factories.evidence.make(is_public=False)
    page = client.get(address("findings.evidence", "changelist"))
    assert {cell.text for cell in elements(page, "td") if "field-who_sees" in cell.classes} == {
        "public",
        "restricted",
    }


def test_a_form_with_search_boxes_says_what_they_need(client):
    accounts.sign_in(client, "steward")
    assert elements(client.get(address("findings.confirmation", "add")), "noscript")
    accounts.sign_in(client, "editor")
    action = Action.objects.filter(plan__organisation__slug=accounts.OWN).first()
    assert not elements(client.get(address("findings.action", "change", action.pk)), "noscript")


def test_the_list_of_findings_counts_as_people_do(client):
    accounts.sign_in(client, "steward")
    page = client.get(address("findings.finding", "changelist"))
    assert [finding.reference for finding in page.context["cl"].result_list] == [
        f"F{n}" for n in range(1, 26)
    ]


@pytest.mark.parametrize("label", MODELS)
def test_hostile_addresses_are_answered(label, client):
    accounts.sign_in(client, "superuser")
    page, add = address(label, "changelist"), address(label, "add")
    fields = admin.site._registry[apps.get_model(label)].opts.get_fields()
    prefilled = [f"{field.name}={value}" for field in fields for value in ("abc", "9" * 30)]
    asked = [f"{page}?{query}" for query in HOSTILE] + [
        f"{page}{pk}/{rest}/" for pk in NUMBERS[:4] for rest in ("change", "delete", "history")
    ]
    if "a" in MODELS[label]["superuser"]:
        asked += [f"{add}?{query}" for query in prefilled]
    answers = {asked_for: client.get(asked_for).status_code for asked_for in asked}
    assert {
        asked_for: status
        for asked_for, status in answers.items()
        if status not in (200, 302, 400, 403, 404)
    } == {}


@pytest.mark.parametrize(
    "label", [label for label, may in MODELS.items() if "a" in may["superuser"]]
)
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


def test_a_search_box_offers_choices_to_stewards_and_nothing_to_editors(client):
    asked = {
        "term": "glouc",
        "app_label": "findings",
        "model_name": "plan",
        "field_name": "organisation",
    }
    accounts.sign_in(client, "steward")
    assert [
        choice["text"]
        for choice in client.get(reverse("admin:autocomplete"), asked).json()["results"]
    ] == ["Gloucestershire"]
    accounts.sign_in(client, "editor")
    assert client.get(reverse("admin:autocomplete"), asked).status_code == 403


@pytest.mark.parametrize("lookup", ["search", "search__in", "search__gte", "search__isnull"])
@pytest.mark.parametrize("model", ["finding", "response"])
def test_what_is_kept_for_the_search_is_no_way_to_ask_a_list(client, model, lookup):
    accounts.sign_in(client, "auditor")
    assert client.get(address(f"findings.{model}", "changelist"), {lookup: "'"}).status_code == 400
