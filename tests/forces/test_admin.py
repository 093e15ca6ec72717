import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, Event, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from findings.models import Finding, Theme
from forces.admin import RoleScopedAdmin
from forces.models import Alias, Membership, Organisation, Region
from inspections.models import Inspection
from tests import accounts, factories
from tests.pages import elements, text, version_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward(client):
    return accounts.sign_in(client, "steward")


@pytest.fixture
def superuser(client):
    return accounts.sign_in(client, "superuser")


def organisation_facts(organisation, **changes):
    return {
        "region": organisation.region_id,
        "kind": organisation.kind,
        "name": organisation.name,
        "short_name": organisation.short_name,
        "slug": organisation.slug,
        "aliases-TOTAL_FORMS": 0,
        "aliases-INITIAL_FORMS": 0,
    } | changes


def listed(client, model, **query):
    return set(
        client.get(reverse(f"admin:forces_{model}_changelist"), query).context["cl"].queryset
    )


@pytest.mark.parametrize("words", ["Gloucestershire Police", "gloucestershire", "E23000037"])
def test_an_organisation_is_found_by_any_name_or_code(client, steward, words):
    assert Organisation.objects.get(slug="gloucestershire") in listed(
        client, "organisation", q=words
    )


def test_a_region_counts_its_units_and_forces(client, steward):
    page = client.get(reverse("admin:forces_region_changelist"), {"q": "South West"})
    region = page.context["cl"].queryset.get()
    assert (region.unit_count, region.force_count) == (1, 5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "unit"}, "This region already has a current regional unit."),
        ({"successor": "itself", "valid_to": "2026-01-01"}, "A body cannot succeed itself."),
        ({"successor": "dorset"}, "Only a body that has ended has a successor."),
        (
            {"valid_from": "2026-01-01", "valid_to": "2025-01-01"},
            "A body's last day must come after its first.",
        ),
        ({"valid_from": "31 February"}, "Enter a valid date."),
        ({"region": ""}, "This field is required."),
        ({"region": "99999"}, "That choice is not one of the available choices"),
        ({"name": "\0"}, "Null characters are not allowed."),
        ({"name": "Dorset Police"}, "Organisation with this Name already exists."),
        ({"kind": "army"}, "army is not one of the available choices"),
    ],
)
def test_an_organisation_that_cannot_be_is_refused_with_a_sentence(
    client, steward, changes, message
):
    organisation = Organisation.objects.get(slug="wiltshire")
    if "successor" in changes:
        slug = "wiltshire" if changes["successor"] == "itself" else changes["successor"]
        changes = changes | {"successor": Organisation.objects.get(slug=slug).pk}
    response = client.post(
        reverse("admin:forces_organisation_change", args=[organisation.pk]),
        organisation_facts(organisation, **changes),
    )
    assert response.status_code == 200
    assert message in text(response)


def test_an_alias_is_added_on_its_organisations_page_and_names_one_organisation(client, steward):
    organisation = Organisation.objects.get(slug="wiltshire")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    facts = organisation_facts(
        organisation, **{"aliases-TOTAL_FORMS": 1, "aliases-0-name": "Wilts"}
    )
    assert client.post(page, facts).status_code == 302
    assert Alias.objects.get(name="Wilts").organisation == organisation
    taken = client.post(page, facts | {"aliases-0-name": "GLOUCESTERSHIRE police"})
    assert "This alias already names a body." in text(taken)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"role": "editor"},
            "A viewer, editor or approver belongs to one body; a steward or auditor to none.",
        ),
        (
            {"role": "data_steward", "organisation": "dorset"},
            "A viewer, editor or approver belongs to one body",
        ),
        (
            {"role": "auditor", "ends_on": "2024-12-31"},
            "A membership must end after it starts. One that was never meant is deleted",
        ),
        ({"role": "king"}, "king is not one of the available choices"),
    ],
)
def test_a_membership_that_cannot_be_is_refused_with_a_sentence(
    client, superuser, changes, message
):
    if "organisation" in changes:
        changes = changes | {
            "organisation": Organisation.objects.get(slug=changes["organisation"]).pk
        }
    facts = {"user": factories.staff.make().pk, "starts_on": "2025-01-01"} | changes
    response = client.post(reverse("admin:forces_membership_add"), facts)
    assert response.status_code == 200
    assert message in text(response)


def test_a_membership_says_whether_it_is_active_today(client):
    auditor, today = accounts.sign_in(client, "auditor"), timezone.localdate()
    factories.membership.make(starts_on=date(2025, 1, 1), ends_on=today)
    factories.membership.make(starts_on=today + timedelta(days=1))
    page = client.get(reverse("admin:forces_membership_changelist"))
    assert {row: row.active for row in page.context["cl"].queryset} == {
        row: row.user == auditor for row in Membership.objects.select_related("user")
    }


def test_a_region_with_organisations_cannot_be_deleted(client, steward):
    region = Region.objects.get(slug="south-west")
    page = reverse("admin:forces_region_delete", args=[region.pk])
    assert "This cannot be deleted while the following rest on it." in text(client.get(page))


@pytest.fixture
def body_opened_twice(client, steward):
    """A body's page as two stewards have it before them: who saves it, and what they send who change nothing."""
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
    client, body_opened_twice, theirs
):
    organisation, colleague, save, seen = body_opened_twice
    assert save(colleague, version=seen, **theirs, why="Renamed.").status_code == 302
    called = str(Organisation.objects.get(pk=organisation.pk))
    told = save(client, version=seen, ons_code="E23000099", short_name="Not saved")
    assert told.status_code == 409
    (heading,) = (heading.text for heading in elements(told, "h1"))
    assert (heading, "Please correct" in text(told)) == (called, False)
    assert "Nothing was saved: this was changed since you opened it, as told below." in text(told)
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


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_one_row_at_once_the_second_is_told(client, body_opened_twice, monkeypatch):
    organisation, colleague, save, seen = body_opened_twice
    answers, waiting, save_model = [], [], RoleScopedAdmin.save_model

    def save_theirs():
        answers.append(save(colleague, version=seen, name="Theirs").status_code)
        connection.close()

    def meanwhile(*args, **kwargs):
        if not waiting:
            waiting.append(Thread(target=save_theirs))
            waiting[0].start()
            waiting[0].join(timeout=1)
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


def sent_parts(name, parent, *typed):
    """What a page sends of the parts of a row as it had them before it: pairs of a part and what was typed."""
    sent = {f"{name}-TOTAL_FORMS": len(typed), f"{name}-INITIAL_FORMS": len(typed)}
    for n, (pk, values) in enumerate(typed):
        facts = {"id": pk, parent._meta.model_name: parent.pk} | values
        sent |= {f"{name}-{n}-{field}": value for field, value in facts.items()}
    return sent


def boxes(page):
    """What stands in the boxes of a page."""
    return {
        box.attributes.get("name"): box.attributes.get("value", "")
        for box in elements(page, "input")
    }


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
    lost = meanwhile.text.partition("What you typed of what is gone")[2]
    assert ("Typed for an hour" in lost, "Bbb" in lost) == (True, False)
    as_shown = {
        name: value for name, value in boxes(told).items() if name == "version" or "aliases" in name
    }
    assert client.post(page, organisation_facts(organisation, **as_shown)).status_code == 302
    assert organisation.aliases.get().name == "Ccc, too"


@pytest.mark.parametrize(
    ("mine", "theirs", "stays"),
    [
        ("left", "changed", "Aaa"),
        ("left", "deleted", None),
        ("typed in", "changed", "Mine"),
        ("typed in", "deleted", None),
        ("deleted", "changed", None),
        ("deleted", "deleted", None),
    ],
)
def test_a_part_is_saved_again_as_the_page_showed_it_whatever_two_did_to_it(
    client, steward, mine, theirs, stays
):
    organisation = factories.force.make()
    part, other = (
        factories.alias.make(organisation=organisation, name=name) for name in ("Aaa", "Bbb")
    )
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    typed = {
        "left": {"name": "Aaa"},
        "typed in": {"name": "Mine"},
        "deleted": {"name": "Aaa", "DELETE": "on"},
    }[mine]
    parts = sent_parts("aliases", organisation, (part.pk, typed), (other.pk, {"name": "Bbb"}))
    sent = organisation_facts(organisation, version=version_in(client.get(page)), **parts)
    if theirs == "deleted":
        part.delete()
    else:
        organisation.aliases.filter(pk=part.pk).update(name="Theirs")
    told = client.post(page, sent)
    assert told.status_code == 409
    ticked = [
        box.attributes["name"] for box in elements(told, "input") if "checked" in box.attributes
    ]
    as_shown = {
        name: value
        for name, value in boxes(told).items()
        if name == "version" or ("aliases" in name and "DELETE" not in name)
    }
    assert (
        client.post(
            page, organisation_facts(organisation, **as_shown, **dict.fromkeys(ticked, "on"))
        ).status_code
        == 302
    )
    assert sorted(organisation.aliases.values_list("name", flat=True)) == sorted(
        filter(None, [stays, "Bbb"])
    )


def test_a_part_that_was_added_meanwhile_does_not_lend_its_name_to_another(client, steward):
    organisation = factories.force.make()
    mine = factories.alias.make(organisation=organisation, name="Mmm")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    seen = version_in(client.get(page))
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
    client, steward, counts
):
    organisation = factories.force.make()
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    seen = version_in(client.get(page))
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
    opened = account_facts(editor, version=version_in(client.get(page)), first_name="Ann")
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


def test_a_role_that_was_given_to_another_account_meanwhile_is_not_given_again_by_saving_the_account(
    client, superuser
):
    editor = accounts.make("editor")
    page = reverse("admin:auth_user_change", args=[editor.pk])
    opened = account_facts(editor, version=version_in(client.get(page)), first_name="Ann")
    editor.memberships.update(user=factories.staff.make())
    told = client.post(page, opened)
    assert (told.status_code, boxes(told)["memberships-TOTAL_FORMS"]) == (409, "0")


def test_what_was_typed_of_an_account_stays_where_it_was_deleted_meanwhile(client, superuser):
    someone = factories.staff.make()
    page = reverse("admin:auth_user_change", args=[someone.pk])
    typed = {"first_name": "Ann", "last_name": "Other", "email": "ann@force.example"}
    sent = account_facts(someone, version=version_in(client.get(page)), **typed)
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
    sent = organisation_facts(organisation, version=version_in(client.get(page)), **parts)
    sent |= {"name": "Typed for an hour", "why": "Renamed."}
    organisation.aliases.all().delete()
    Organisation.objects.get(pk=organisation.pk).delete()
    told = client.post(page, sent)
    assert (
        told.status_code,
        "Nothing was saved: this was deleted since you opened it" in text(told),
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
    assert "This cannot be deleted while the following rest on it." in text(told)
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
        time.sleep(0.5)
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


def account_facts(user, **changes):
    """What a superuser sends who saves an account's page as it stands."""
    memberships = list(user.memberships.all())
    counts = {
        "memberships-TOTAL_FORMS": len(memberships),
        "memberships-INITIAL_FORMS": len(memberships),
    }
    held = {
        f"memberships-{n}-{name}": value
        for n, membership in enumerate(memberships)
        for name, value in {
            "id": membership.pk,
            "user": user.pk,
            "role": membership.role,
            "organisation": membership.organisation_id or "",
            "starts_on": membership.starts_on,
        }.items()
    }
    switches = {name: "on" for name in ("is_active", "is_superuser") if getattr(user, name)}
    return {"username": user.username} | switches | counts | held | changes


def test_a_superuser_makes_an_account_and_gives_it_a_role(client, superuser):
    page = reverse("admin:auth_user_add")
    secret = "four unlikely words here"
    facts = {
        "username": "newcomer",
        "usable_password": "true",
        "password1": secret,
        "password2": secret,
    }
    counts = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0}
    role = {
        "memberships-0-role": "viewer",
        "memberships-0-organisation": Organisation.objects.get(slug="dorset").pk,
    }
    assert (
        client.post(
            page, facts | counts | role | {"memberships-0-starts_on": "2025-01-01"}
        ).status_code
        == 302
    )
    newcomer = get_user_model().objects.get(username="newcomer")
    assert newcomer.memberships.get().organisation.slug == "dorset"
    assert newcomer.check_password(secret)
    client.force_login(newcomer)
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_password_that_a_superuser_sets_for_somebody_stands_in_the_accounts_history(
    client, superuser
):
    editor, secret = accounts.make("editor"), "four unlikely words here"
    sent = {"password1": secret, "password2": secret, "usable_password": "true"}
    assert (
        client.post(reverse("admin:auth_user_password_change", args=[editor.pk]), sent).status_code
        == 302
    )
    told = text(client.get(reverse("admin:auth_user_history", args=[editor.pk])))
    assert "By superuser Password: the one before → is now another" in told
    assert editor.password not in told


def test_a_role_that_was_ended_meanwhile_is_not_opened_again_by_saving_the_account(
    client, superuser
):
    editor = accounts.make("editor")
    page = reverse("admin:auth_user_change", args=[editor.pk])
    opened = account_facts(editor, version=version_in(client.get(page)), first_name="Ann")
    editor.memberships.update(ends_on=timezone.localdate())
    told = client.post(page, opened)
    assert (told.status_code, "Ends on: nothing → is now" in text(told)) == (409, True)
    assert editor.memberships.get().ends_on == timezone.localdate()


def test_what_is_other_peoples_is_called_in_our_words(client, superuser):
    headings = {heading.text for heading in elements(client.get(reverse("admin:index")), "h2")}
    assert {"Accounts", "Second factors", "Organisations’ own sign-in"} <= headings


def test_no_page_of_an_account_speaks_of_groups_or_permissions(client, superuser):
    user = accounts.make("editor")
    page = client.get(reverse("admin:auth_user_change", args=[user.pk]))
    assert not {"groups", "user_permissions"} & set(page.context["adminform"].form.fields)


def test_whoever_has_a_membership_cannot_be_deleted(client, superuser):
    page = reverse("admin:auth_user_delete", args=[accounts.make("editor").pk])
    assert "This cannot be deleted while the following rest on it." in text(client.get(page))


def test_whoever_has_written_anything_cannot_be_deleted(client, superuser):
    writer, stranger = accounts.make("nobody"), factories.staff.make()
    LogEntry.objects.create(
        user=writer, action_flag=CHANGE, object_repr="A plan", change_message="Changed Note."
    )
    for action in ("", "delete_selected"):
        for user, stays in ((writer, True), (stranger, False)):
            if action:
                page, chosen = (
                    reverse("admin:auth_user_changelist"),
                    {"action": action, "_selected_action": user.pk},
                )
            else:
                page, chosen = reverse("admin:auth_user_delete", args=[user.pk]), {}
            told = client.post(page, chosen | {"post": "yes"})
            assert get_user_model().objects.filter(pk=user.pk).exists() == stays
            assert ("nobody: Changed “A plan” — Changed Note." in text(told)) == stays
        stranger = factories.staff.make()


def test_a_deactivated_account_keeps_its_words_and_opens_nothing(client, superuser):
    editor = accounts.make("editor")
    update = factories.update.make(by=editor)
    facts = account_facts(editor)
    del facts["is_active"]
    assert (
        client.post(reverse("admin:auth_user_change", args=[editor.pk]), facts).status_code == 302
    )
    editor.refresh_from_db()
    assert not editor.is_active
    client.force_login(editor)
    assert client.get(reverse("admin:index")).status_code == 302
    client.force_login(superuser)
    assert "editor" in text(
        client.get(reverse("admin:findings_progressupdate_change", args=[update.pk]))
    )


def test_a_second_factor_is_taken_away_without_being_shown(client, superuser):
    factor = Authenticator.objects.create(
        user=accounts.make("editor"), type="totp", data={"secret": "nobody’s business"}
    )
    page = reverse("admin:mfa_authenticator_change", args=[factor.pk])
    assert "nobody’s business" not in client.get(page).content.decode()
    assert (
        client.post(
            reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"}
        ).status_code
        == 302
    )
    assert not Authenticator.objects.exists()


def test_a_row_has_a_way_to_its_public_page_only_where_the_public_has_one(client, steward):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    page = reverse("admin:inspections_inspection_change", args=[inspection.pk])
    assert client.get(page).context["absolute_url"] == inspection.get_absolute_url()
    Inspection.objects.filter(pk=inspection.pk).update(public_at=None)
    assert not client.get(page).context["has_absolute_url"]


def search_boxes(page):
    """What the search boxes of a page ask, one by one."""
    for box in elements(page, "select"):
        if "data-ajax--url" in box.attributes:
            asked = {
                name: box.attributes[f"data-{name.replace('_', '-')}"]
                for name in ("app_label", "model_name", "field_name")
            }
            yield box.attributes["data-ajax--url"], asked


@pytest.mark.parametrize("who", ["viewer", "editor", "approver", "steward", "auditor", "superuser"])
def test_every_search_box_that_is_shown_answers(client, who):
    user = accounts.sign_in(client, who)
    accounts.rows()
    asked = set()
    for model in admin.site._registry:
        name, row = (
            f"admin:{model._meta.app_label}_{model._meta.model_name}",
            model._default_manager.order_by("pk").first(),
        )
        for address in (reverse(f"{name}_add"), reverse(f"{name}_change", args=[row.pk])):
            shown = client.get(address)
            if shown.status_code == 200:
                asked |= {(url, tuple(box.items())) for url, box in search_boxes(shown)}
    assert {
        box: client.get(url, dict(box)).status_code
        for url, box in asked
        if client.get(url, dict(box)).status_code != 200
    } == {}
    assert bool(asked) == (who in ("steward", "superuser"))
    assert user.is_superuser == (
        ("forces", "membership", "user") in {tuple(dict(box).values()) for _, box in asked}
    )


def test_whoever_gives_roles_finds_people_by_name_and_address_and_nobody_else_does(client):
    wanted = factories.staff.make(
        username="jdoe", first_name="Jo", last_name="Doe", email="jo@force.example"
    )
    box = {"app_label": "forces", "model_name": "membership", "field_name": "user"}
    for who in ("steward", "auditor", "editor", "superuser"):
        accounts.sign_in(client, who)
        for term in ("jdoe", "doe", "jo@force"):
            answer = client.get(reverse("admin:autocomplete"), box | {"term": term})
            if who == "superuser":
                assert [choice["id"] for choice in answer.json()["results"]] == [str(wanted.pk)]
            else:
                assert answer.status_code == 403


def test_what_would_be_deleted_is_told_without_the_links_between_rows(client):
    accounts.sign_in(client, "steward")
    finding = Finding.objects.filter(themes__isnull=False, citations__isnull=False).first()
    page = text(client.get(reverse("admin:findings_finding_delete", args=[finding.pk])))
    assert f"Finding citation: {finding.citations.first()}" in page
    assert "Finding-theme relationships: 1" in page
    assert "object (" not in page
