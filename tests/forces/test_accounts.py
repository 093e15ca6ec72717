"""Accounts in the admin: who gives them and their roles, and what stays of them."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from forces.models import Organisation
from tests import accounts, factories
from tests.admin_forms import account_facts
from tests.pages import elements, text, version_now

pytestmark = pytest.mark.django_db


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
    opened = account_facts(editor, version=version_now(), first_name="Ann")
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
    assert "You cannot delete this because the following depend on it." in text(client.get(page))


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


def test_whoever_gives_roles_finds_people_by_name_and_address(client, superuser):
    """Nobody else does: tests/test_matrix.py."""
    wanted = factories.staff.make(
        username="jdoe", first_name="Jo", last_name="Doe", email="jo@force.example"
    )
    box = {"app_label": "forces", "model_name": "membership", "field_name": "user"}
    for term in ("jdoe", "doe", "jo@force"):
        answer = client.get(reverse("admin:autocomplete"), box | {"term": term})
        assert [choice["id"] for choice in answer.json()["results"]] == [str(wanted.pk)]
