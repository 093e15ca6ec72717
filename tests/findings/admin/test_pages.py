"""What holds of every page of the admin, whatever is sent to it."""

from itertools import cycle

import pytest
from django.apps import apps
from django.contrib import admin

from findings.models import Action
from forces.models import Digest
from lib.audit.models import Change
from tests import accounts, factories
from tests.addresses import admin_address
from tests.pages import elements
from tests.test_matrix import MODELS

pytestmark = pytest.mark.django_db

NUMBERS = ["abc", "1.5", "-1", "9" * 30, "9" * 5000]
# What depends on a model's own fields is asked of each list; what all read alike, of one.
OF_EACH = "q=x%27%22%3C"
OF_ONE = [
    "id=abc",
    f"id={'9' * 30}",
    "p=-1",
    "p=abc",
    f"p={'9' * 30}",
    "o=99.-4.x",
    "all=x",
    "e=1",
    "nope=1",
    "id__in=a,b",
    "pk__isnull=x",
    "_popup=x&_to_field=nope",
    "_to_field=",
    "summary__regex=(",
    "owner_role__regex=(",
    "summary__unaccent=x",
    "id__range=1",
    "status__exact=nope",
    "attention=nope",
    f"plan__organisation__id__exact={'9' * 30}",
    "due_on__year=99999999999",
    "by__password__startswith=x",
]
OF_OTHERS = {
    "findings.action": OF_ONE,
    "findings.finding": ["kind__exact=nope", "attention=nope"],
    "findings.confirmation": ["confirmed_on__year=99999999999"],
    "findings.progressupdate": ["by__password__startswith=x", "at__year=abc"],
    "findings.plan": ["organisation__id__exact=abc"],
    "forces.organisation": ["region__id__exact=abc"],
    "inspections.inspection": [
        "published_on__year=2025&published_on__month=2&published_on__day=31"
    ],
    "auth.user": ["p=abc", "nope=1", "_popup=x&_to_field=nope"],
}
# The pages of all models read these forms alike; those of the last cannot be added to.
COPIED = ["findings.action", "findings.finding", "auth.user", "findings.progressupdate"]


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
    # Whether they want a weekly mail is each person's own matter; the trace is read on the page of
    # each row.
    assert ours - {Digest, Change} <= set(admin.site._registry) | inlines


@pytest.mark.slow
def test_a_form_sent_as_a_copy_is_shown_again_as_a_new_one(client, subtests):
    factories.update.make()
    accounts.sign_in(client, "superuser")
    for label in COPIED:
        with subtests.test(label):
            pk = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True)[0]
            status = 200 if "a" in MODELS[label]["superuser"] else 403
            pages = [admin_address(label, "change", pk)]
            if status == 200:
                pages.append(admin_address(label, "add"))
            for page in pages:
                assert client.post(page, {"_saveasnew": "1"}).status_code == status


def test_a_page_that_is_refused_is_no_page_of_the_public(client):
    accounts.sign_in(client, "viewer")
    action = Action.objects.filter(plan__organisation__slug=accounts.OWN).first()
    refused = client.get(admin_address("findings.action", "record_progress", action.pk))
    assert refused.status_code == 403
    assert [link.text for link in elements(refused, "a") if "aria-current" in link.attributes] == []
    assert [
        link.text
        for link in elements(client.get("/actions/"), "a")
        if "aria-current" in link.attributes
    ] == ["Actions"]


def test_a_form_with_search_boxes_says_what_they_need(client):
    accounts.sign_in(client, "steward")
    assert elements(client.get(admin_address("findings.confirmation", "add")), "noscript")
    accounts.sign_in(client, "editor")
    action = Action.objects.filter(plan__organisation__slug=accounts.OWN).first()
    assert not elements(
        client.get(admin_address("findings.action", "change", action.pk)), "noscript"
    )


@pytest.mark.slow
@pytest.mark.parametrize("label", MODELS)
def test_hostile_addresses_are_answered(label, client):
    accounts.sign_in(client, "superuser")
    page = admin_address(label, "changelist")
    asked = [f"{page}?{query}" for query in [OF_EACH, *OF_OTHERS.get(label, [])]]
    if label == "findings.action":
        asked += [
            f"{page}{pk}/{rest}/"
            for pk, rest in zip(NUMBERS[:4], ("change", "delete", "history", "change"), strict=True)
        ]
    answers = {asked_for: client.get(asked_for).status_code for asked_for in asked}
    assert {
        asked_for: status
        for asked_for, status in answers.items()
        if status not in (200, 302, 400, 403, 404)
    } == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "label",
    # The page that takes files has tests of its own.
    [
        label
        for label, may in MODELS.items()
        if "a" in may["superuser"] and label != "imports.importrun"
    ],
)
def test_hostile_forms_are_answered(label, client):
    accounts.sign_in(client, "superuser")
    page = admin_address(label, "add")
    fields = admin.site._registry[apps.get_model(label)].opts.get_fields()
    prefilled = {field.name: value for field, value in zip(fields, cycle(("abc", "9" * 30)))}
    shown = client.get(page, prefilled).context
    form = shown["adminform"].form
    counts = {
        f"{formset.formset.prefix}-{name}": value
        for formset in shown["inline_admin_formsets"]
        for name, value in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 0))
    }
    sent = [dict.fromkeys(form.fields, value) for value in ("", "\0", "-1", "9" * 30, "x" * 30_000)]
    # What its form finds valid is sent, to be saved; of what it refuses, the last two: numbers are
    # shown again, and words where a number should stand are refused outright.
    valid = [each for each in sent if type(form)(each).is_valid()]
    refused = [each for each in sent if each not in valid]
    for each in [*valid, *refused[-2:]]:
        assert client.post(page, each | counts).status_code in (200, 302, 400), each


@pytest.mark.slow
def test_hostile_counts_of_the_parts_of_a_form_are_answered(client):
    accounts.sign_in(client, "superuser")
    counts = {f"citations-{name}": "abc" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = client.post(admin_address("findings.finding", "add"), counts)
    assert answer.status_code in (200, 400)
