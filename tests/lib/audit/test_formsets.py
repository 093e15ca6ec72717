"""Parts of a row that two change at once on its page."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Event

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import accounts, factories
from tests.admin_forms import account_facts, boxes, organisation_facts, sent_parts
from tests.pages import elements, version_in, version_now

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_part_that_was_deleted_meanwhile_is_named_with_what_was_typed_in_it(client, steward):
    organisation = factories.force.make()
    typed_in, untouched, kept = (
        factories.alias.make(organisation=organisation, name=name) for name in ("Aaa", "Bbb", "Ccc")
    )
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    parts = [
        (typed_in.pk, {"name": "Typed for an hour"}),
        (untouched.pk, {"name": "Bbb"}),
        (kept.pk, {"name": "Ccc, too"}),
    ]
    sent = organisation_facts(
        organisation,
        version=version_in(client.get(page)),
        **sent_parts("aliases", organisation, *parts),
    )
    typed_in.delete()
    untouched.delete()
    told = client.post(page, sent)
    assert told.status_code == 409
    (first,) = (part for part in elements(told, "div") if part.attributes.get("id") == "aliases-0")
    assert "Ccc" in first.text  # whose “Delete” deletes it
    (meanwhile,) = (part for part in elements(told, "section") if "theirs" in part.classes)
    lost = meanwhile.text.partition("What you typed in parts that have been deleted")[2]
    assert ("Typed for an hour" in lost, "Bbb" in lost) == (True, False)
    as_shown = {
        name: value for name, value in boxes(told).items() if name == "version" or "aliases" in name
    }
    assert client.post(page, organisation_facts(organisation, **as_shown)).status_code == 302
    assert organisation.aliases.get().name == "Ccc, too"


def test_a_part_is_saved_again_as_the_page_showed_it_whatever_two_did_to_it(client, steward):
    organisation = factories.force.make()
    done = list(product(("left", "typed in", "deleted"), ("changed", "deleted")))
    parts = {
        (mine, theirs): factories.alias.make(organisation=organisation, name=f"{mine}, {theirs}")
        for mine, theirs in done
    }
    other = factories.alias.make(organisation=organisation, name="Untouched")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    sent = []
    for (mine, theirs), part in parts.items():
        typed = {
            "left": {"name": part.name},
            "typed in": {"name": f"Mine, {theirs}"},
            "deleted": {"name": part.name, "DELETE": "on"},
        }
        sent.append((part.pk, typed[mine]))
    facts = organisation_facts(
        organisation,
        version=version_now(),
        **sent_parts("aliases", organisation, *sent, (other.pk, {"name": other.name})),
    )
    for (mine, theirs), part in parts.items():
        if theirs == "deleted":
            part.delete()
        else:
            organisation.aliases.filter(pk=part.pk).update(name=f"Theirs, {mine}")
    told = client.post(page, facts)
    assert told.status_code == 409
    ticked = [
        box.attributes["name"] for box in elements(told, "input") if "checked" in box.attributes
    ]
    as_shown = {
        name: value
        for name, value in boxes(told).items()
        if name == "version" or ("aliases" in name and "DELETE" not in name)
    }
    again = organisation_facts(organisation, **as_shown, **dict.fromkeys(ticked, "on"))
    assert client.post(page, again).status_code == 302
    assert set(organisation.aliases.values_list("name", flat=True)) == {
        "left, changed",
        "Mine, changed",
        "Untouched",
    }


def test_a_part_that_was_added_meanwhile_does_not_lend_its_name_to_another(client, steward):
    organisation = factories.force.make()
    mine = factories.alias.make(organisation=organisation, name="Mmm")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    seen = version_now()
    factories.alias.make(organisation=organisation, name="Aaa, theirs")
    told = client.post(
        page,
        organisation_facts(
            organisation,
            version=seen,
            **sent_parts("aliases", organisation, (mine.pk, {"name": "Mmm"})),
        ),
    )
    (first,) = (part for part in elements(told, "div") if part.attributes.get("id") == "aliases-0")
    assert boxes(told)["aliases-0-name"] == "Aaa, theirs"
    assert boxes(told)["aliases-1-name"] == "Mmm"
    assert "Mmm" not in first.text  # whose “Delete” deletes theirs


@pytest.mark.parametrize(
    "counts",
    [{"TOTAL_FORMS": "x"}, {"INITIAL_FORMS": ""}, {"INITIAL_FORMS": 99}, {"TOTAL_FORMS": 10**9}],
)
def test_parts_whose_numbers_cannot_be_meant_are_refused_in_a_form_that_was_overtaken_too(
    client, steward, monkeypatch, counts
):
    monkeypatch.setattr("django.forms.formsets.DEFAULT_MAX_NUM", 20)  # or the last shows a thousand
    organisation = factories.force.make()
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    seen = version_now()
    alias = factories.alias.make(organisation=organisation, name="Theirs")
    sent = sent_parts("aliases", organisation, (alias.pk, {"name": "Mine"})) | {
        f"aliases-{name}": value for name, value in counts.items()
    }
    assert (
        client.post(page, organisation_facts(organisation, version=seen, **sent)).status_code == 409
    )
    assert organisation.aliases.get().name == "Theirs"


def test_a_role_that_was_taken_away_meanwhile_is_not_given_again_by_saving_the_account(
    client, superuser
):
    editor = accounts.make("editor")
    page = reverse("admin:auth_user_change", args=[editor.pk])
    opened = account_facts(editor, version=version_now(), first_name="Ann")
    editor.memberships.get().delete()
    told = client.post(page, opened)
    assert (told.status_code, boxes(told)["memberships-TOTAL_FORMS"]) == (409, "0")
    again = {name: value for name, value in opened.items() if "memberships" not in name}
    counts = {
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
        "version": version_in(told),
    }
    assert client.post(page, again | counts).status_code == 302
    assert not editor.memberships.exists()


def test_a_role_that_was_given_to_another_account_meanwhile_is_not_given_again(client, superuser):
    editor = accounts.make("editor")
    page = reverse("admin:auth_user_change", args=[editor.pk])
    opened = account_facts(editor, version=version_now(), first_name="Ann")
    editor.memberships.update(user=factories.staff.make())
    told = client.post(page, opened)
    assert (told.status_code, boxes(told)["memberships-TOTAL_FORMS"]) == (409, "0")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_a_part_at_once_on_its_own_page_and_on_its_wholes_the_second_is_told(
    steward, monkeypatch
):
    organisation = factories.force.make()
    alias, meet, get_formset_kwargs = (
        factories.alias.make(organisation=organisation, name="Aaa"),
        Event(),
        admin.ModelAdmin.get_formset_kwargs,
    )
    pages = {
        row: reverse(f"admin:forces_{row._meta.model_name}_change", args=[row.pk])
        for row in (organisation, alias)
    }
    mine, theirs = (Client(raise_request_exception=False) for _ in range(2))
    for client in (mine, theirs):
        client.force_login(steward)
    seen = {row: version_in(mine.get(page)) for row, page in pages.items()}

    def slow(*args):
        meet.set()
        time.sleep(0.2)
        return get_formset_kwargs(*args)

    monkeypatch.setattr(admin.ModelAdmin, "get_formset_kwargs", slow)

    def save_part():
        meet.wait(timeout=10)
        try:
            return theirs.post(
                pages[alias],
                {"organisation": organisation.pk, "name": "Theirs", "version": seen[alias]},
            ).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        answer = other.submit(save_part)
        sent = organisation_facts(
            organisation,
            version=seen[organisation],
            **sent_parts("aliases", organisation, (alias.pk, {"name": "Mine"})),
        )
        assert (mine.post(pages[organisation], sent).status_code, answer.result(timeout=20)) == (
            302,
            409,
        )
    assert organisation.aliases.get().name == "Mine"
