"""Pages of the admin on which two write at once: the second is told, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, Thread

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse

from findings.models import Finding, Theme
from forces.admin import RoleScopedAdmin
from forces.models import Organisation, Region
from tests import accounts, factories
from tests.admin_forms import account_facts, boxes, organisation_facts, sent_parts
from tests.pages import elements, text, version_in, version_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened_twice(client, steward):
    """A body's page as two stewards have it before them: who saves it, and what they send who
    change nothing."""
    organisation = Organisation.objects.get(slug="wiltshire")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    factories.staff.make(username="colleague")
    colleague = Client()
    colleague.force_login(get_user_model().objects.get(username="colleague"))
    accounts.give(get_user_model().objects.get(username="colleague"), "data_steward", None)
    kept = organisation_facts(
        organisation, ons_code=organisation.ons_code, police_uk_id=organisation.police_uk_id
    )

    def save(by, **changes):
        return by.post(page, kept | changes)

    return organisation, colleague, save, version_in(client.get(page))


@pytest.mark.parametrize(
    "theirs", [{"name": "Theirs"}, {"aliases-TOTAL_FORMS": 1, "aliases-0-name": "Theirs"}]
)
def test_of_two_who_change_one_row_the_second_is_told_and_nothing_is_lost(
    client, opened_twice, theirs
):
    organisation, colleague, save, seen = opened_twice
    assert save(colleague, version=seen, **theirs, why="Renamed.").status_code == 302
    called = str(Organisation.objects.get(pk=organisation.pk))
    told = save(client, version=seen, ons_code="E23000099", short_name="Not saved")
    assert told.status_code == 409
    (heading,) = (heading.text for heading in elements(told, "h1"))
    assert (heading, "Please correct" in text(told)) == (called, False)
    assert "Nothing was saved because someone else changed this after you opened it." in text(told)
    (meanwhile,) = (
        section.text for section in elements(told, "section") if "theirs" in section.classes
    )
    for words in ("By colleague", "Theirs", "Why: Renamed."):
        assert words in meanwhile
    assert told.context["adminform"].form["ons_code"].value() == "E23000099"
    organisation.refresh_from_db()
    assert organisation.ons_code != "E23000099"
    assert (organisation.name == "Theirs") is ("name" in theirs)
    assert (
        save(
            client, version=version_in(told), name=organisation.name, ons_code="E23000099"
        ).status_code
        == 302
    )
    organisation.refresh_from_db()
    assert (organisation.name == "Theirs", organisation.ons_code) == ("name" in theirs, "E23000099")
    assert organisation.aliases.filter(name="Theirs").exists() is ("name" not in theirs)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_one_row_at_once_the_second_is_told(client, opened_twice, monkeypatch):
    organisation, colleague, save, seen = opened_twice
    answers, waiting, save_model = [], [], RoleScopedAdmin.save_model

    def save_theirs():
        answers.append(save(colleague, version=seen, name="Theirs").status_code)
        connection.close()

    def meanwhile(*args, **kwargs):
        if not waiting:
            waiting.append(Thread(target=save_theirs))
            waiting[0].start()
            waiting[0].join(timeout=0.3)
        save_model(*args, **kwargs)

    monkeypatch.setattr(RoleScopedAdmin, "save_model", meanwhile)
    assert save(client, version=seen, ons_code="E23000099").status_code == 302
    waiting[0].join()
    organisation.refresh_from_db()
    assert (answers, organisation.name != "Theirs", organisation.ons_code) == (
        [409],
        True,
        "E23000099",
    )


def test_what_was_typed_of_an_account_stays_where_it_was_deleted_meanwhile(client, superuser):
    someone = factories.staff.make()
    page = reverse("admin:auth_user_change", args=[someone.pk])
    typed = {"first_name": "Ann", "last_name": "Other", "email": "ann@force.example"}
    sent = account_facts(someone, version=version_now(), **typed)
    type(someone).objects.get(pk=someone.pk).delete()
    told = client.post(page, sent)
    assert told.status_code == 409
    assert typed.items() <= boxes(told).items()


def test_what_was_typed_of_a_row_stays_where_it_was_deleted_meanwhile_and_can_be_added_anew(
    client, steward
):
    organisation = factories.force.make()
    alias, ticked = (
        factories.alias.make(organisation=organisation, name=name) for name in ("Aaa", "Bbb")
    )
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    parts = sent_parts(
        "aliases",
        organisation,
        (alias.pk, {"name": "Aaa"}),
        (ticked.pk, {"name": "Bbb", "DELETE": "on"}),
    )
    sent = organisation_facts(organisation, version=version_now(), **parts)
    sent |= {"name": "Typed for an hour", "why": "Renamed."}
    organisation.aliases.all().delete()
    Organisation.objects.get(pk=organisation.pk).delete()
    told = client.post(page, sent)
    assert (
        told.status_code,
        "Nothing was saved because someone else deleted this after you opened it" in text(told),
    ) == (409, True)
    assert {
        "name": "Typed for an hour",
        "aliases-0-name": "Aaa",
        "aliases-0-id": "",
        "why": "Renamed.",
    }.items() <= boxes(told).items()
    assert "Outside the site" in text(told)  # who deleted it
    (form,) = (
        form for form in elements(told, "form") if form.attributes.get("id") == "organisation_form"
    )
    assert form.attributes["action"] == reverse("admin:forces_organisation_add")
    anew = sent | {name: value for name, value in boxes(told).items() if "aliases" in name}
    assert client.post(form.attributes["action"], anew).status_code == 302
    assert Organisation.objects.get(name="Typed for an hour").aliases.get().name == "Aaa"


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_of_a_row_stays_where_it_is_deleted_in_the_same_moment(
    client, steward, elsewhere, monkeypatch
):
    theme = factories.theme.make(name="Gone", slug="gone")
    page = reverse("admin:findings_theme_change", args=[theme.pk])
    get_object = admin.ModelAdmin.get_object

    def overtaken(*args):
        row = get_object(*args)
        monkeypatch.undo()
        elsewhere(Theme.objects.filter(pk=theme.pk).delete)
        return row

    monkeypatch.setattr(admin.ModelAdmin, "get_object", overtaken)
    told = client.post(page, {"name": "Gone", "slug": "gone", "definition": "Typed for an hour"})
    assert (told.status_code, "Typed for an hour" in text(told)) == (409, True)


def test_a_row_that_never_was_is_not_there_to_be_added_anew(client, steward):
    page = reverse("admin:findings_theme_change", args=[99_999])
    assert (
        client.post(
            page, {"name": "New", "slug": "new", "definition": "Typed for an hour"}
        ).status_code
        == 302
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_the_same_row_at_once_the_second_is_told(client, steward, come_between):
    come_between(lambda: factories.theme.make(name="Twin", slug="twin"))
    told = client.post(
        reverse("admin:findings_theme_add"),
        {"name": "Twin", "slug": "twin", "definition": "Typed for an hour"},
    )
    assert (
        told.status_code,
        "Theme with this Name already exists." in text(told),
        "Typed for an hour" in text(told),
    ) == (409, True, True)


@pytest.mark.django_db(transaction=True)
def test_whoever_ties_a_row_to_one_that_goes_in_the_same_moment_is_told(
    client, steward, come_between
):
    region, organisation = factories.region.make(), factories.force.make()
    come_between(Region.objects.filter(pk=region.pk).delete)
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    told = client.post(
        page, organisation_facts(organisation, region=region.pk, ons_code="E23000099")
    )
    assert (told.status_code, "That choice is not one of the available choices" in text(told)) == (
        409,
        True,
    )
    assert "was changed successfully" not in text(told)
    assert told.context["adminform"].form["ons_code"].value() == "E23000099"


@pytest.mark.django_db(transaction=True)
def test_whoever_deletes_a_row_to_which_another_is_tied_in_the_same_moment_is_told(
    client, steward, come_between
):
    region = factories.region.make()
    come_between(lambda: factories.force.make(region=region), "delete_model")
    told = client.post(reverse("admin:forces_region_delete", args=[region.pk]), {"post": "yes"})
    assert "You cannot delete this because the following depend on it." in text(told)
    assert "was deleted successfully" not in text(told)


@pytest.mark.django_db(transaction=True)
def test_two_who_tie_two_rows_to_one_another_at_once_need_not_wait(steward, monkeypatch):
    region, meet, save_model = (
        factories.region.make(),
        Barrier(2, timeout=10),
        RoleScopedAdmin.save_model,
    )
    a, b = (factories.force.make(region=region, valid_to=date(2026, 1, 1)) for _ in range(2))

    def together(*args):
        meet.wait()
        save_model(*args)

    monkeypatch.setattr(RoleScopedAdmin, "save_model", together)

    def save(row, other):
        client = Client(raise_request_exception=False)
        client.force_login(steward)
        facts = organisation_facts(row, valid_to="2026-01-01", successor=other.pk)
        try:
            return client.post(
                reverse("admin:forces_organisation_change", args=[row.pk]), facts
            ).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as stewards:
        assert list(stewards.map(save, [a, b], [b, a])) == [302, 302]


def test_what_would_be_deleted_is_told_without_the_links_between_rows(client):
    accounts.sign_in(client, "steward")
    finding = Finding.objects.filter(themes__isnull=False, citations__isnull=False).first()
    page = text(client.get(reverse("admin:findings_finding_delete", args=[finding.pk])))
    assert f"Finding citation: {finding.citations.first()}" in page
    assert "Finding-theme relationships: 1" in page
    assert "object (" not in page
