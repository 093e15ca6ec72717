from datetime import date, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.urls import reverse
from django.utils import timezone

from findings.models import Action, Evidence, Plan, ProgressUpdate, Theme
from forces import access
from forces.choices import Role
from forces.models import Membership, Organisation
from tests import accounts, factories

pytestmark = pytest.mark.django_db
OWN, OTHER = accounts.OWN, accounts.OTHER


@pytest.fixture
def today():
    return timezone.localdate()


def organisations_of(actions):
    return set(actions.values_list("plan__organisation__slug", flat=True))


def test_every_permission_that_a_role_grants_is_one_of_djangos():
    granted = set().union(*access.PERMISSIONS.values())
    known = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert granted <= known
    assert set(access.PERMISSIONS) == set(Role)


def test_only_what_belongs_to_an_organisation_is_open_to_a_role_in_one():
    """And it says by which paths it belongs there."""
    for role in (Role.VIEWER, Role.EDITOR, Role.APPROVER):
        for permission in access.PERMISSIONS[role]:
            app, _, codename = permission.partition(".")
            name = codename.rpartition("_")[2]
            for model in apps.get_app_config(app).get_models():
                is_meant = [model._meta.model_name, model.__base__.__name__.lower()]
                assert name not in is_meant or {
                    model.objects.filter(**{f"{path}__slug": OWN}).model
                    for path in model.ORGANISATION_PATHS
                } == {model}


def test_an_editor_may_all_that_a_viewer_may_and_an_approver_all_that_an_editor_may():
    viewer, editor, approver = (
        access.PERMISSIONS[role] for role in (Role.VIEWER, Role.EDITOR, Role.APPROVER)
    )
    assert viewer < editor < approver


def test_no_role_touches_accounts_or_memberships():
    granted = set().union(*access.PERMISSIONS.values())
    assert {
        permission
        for permission in granted
        if not permission.startswith(("inspections.", "findings."))
    } <= {
        "forces.view_membership",
        "observability.view_system",
        *("imports.view_importrun", "imports.add_importrun", "imports.undo_importrun"),
        *access.permission_names(
            ["view", "add", "change", "delete"], {"forces": ("region", "organisation", "alias")}
        ),
    }


def test_an_auditor_may_only_look():
    assert all(".view_" in permission for permission in access.PERMISSIONS[Role.AUDITOR])


@pytest.mark.parametrize(
    ("who", "organisations"),
    [
        ("nobody", set()),
        ("viewer", {OWN}),
        ("editor", {OWN}),
        ("other editor", {OTHER}),
        ("past editor", set()),
        ("future editor", set()),
        ("past steward", set()),
    ],
)
def test_a_role_opens_the_rows_of_its_organisation_while_it_lasts(who, organisations, today):
    user = accounts.make(who)
    assert (
        organisations_of(access.rows(user, "findings.view_action", Action.objects.all(), today))
        == organisations
    )
    assert access.is_member(user, today) == bool(organisations)
    assert not access.rows(user, "findings.view_theme", Theme.objects.all(), today).exists()


@pytest.mark.parametrize("who", ["steward", "auditor", "superuser"])
def test_some_see_the_rows_of_every_organisation(who, today):
    user = accounts.make(who)
    for model in (Plan, Action, Theme):
        permission = access.permission_to("view", model)
        assert (
            access.rows(user, permission, model.objects.all(), today).count()
            == model.objects.count()
        )


def test_a_membership_holds_from_its_first_day_to_the_day_before_it_ends(today):
    user = accounts.make("nobody")
    organisation = Organisation.objects.get(slug=OWN)
    Membership.objects.create(
        user=user,
        role=Role.VIEWER,
        organisation=organisation,
        starts_on=date(2025, 3, 1),
        ends_on=date(2025, 4, 1),
    )
    held = {
        on: access.is_member(user, on)
        for on in (date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 31), date(2025, 4, 1))
    }
    assert list(held.values()) == [False, True, True, False]


def test_a_person_may_hold_different_roles_in_several_organisations(today):
    user = accounts.make("editor")
    accounts.give(user, Role.VIEWER, OTHER)
    accounts.give(user, Role.APPROVER, "dorset")
    theirs, own = (
        factories.action.make(plan__organisation__slug=slug)
        for slug in ("made-up-one", "made-up-two")
    )
    assert organisations_of(
        access.rows(user, "findings.view_action", Action.objects.all(), today)
    ) >= {
        OWN,
        OTHER,
    }
    assert organisations_of(
        access.rows(user, "findings.add_progressupdate", Action.objects.all(), today)
    ) & {OWN, OTHER} == {OWN}
    assert not access.may(user, "findings.view_action", theirs, today)
    accounts.give(user, Role.VIEWER, "made-up-two")
    user = get_user_model().objects.get(pk=user.pk)
    assert access.may(user, "findings.view_action", own, today)
    assert not access.may(user, "findings.add_progressupdate", own, today)


def test_evidence_belongs_to_the_organisation_of_its_action_or_of_its_updates_action(today):
    user, own = accounts.make("viewer"), Action.objects.filter(plan__organisation__slug=OWN).first()
    shown = {
        factories.evidence.make(action=own),
        factories.evidence.make(action=None, update=factories.update.make(action=own)),
    }
    factories.evidence.make()
    factories.evidence.make(action=None, update=factories.update.make())
    assert set(access.rows(user, "findings.view_evidence", Evidence.objects.all(), today)) == shown


def test_a_permission_on_a_part_may_be_asked_of_the_row_that_it_stands_on(today):
    user = accounts.make("editor")
    own = factories.update.make(action=Action.objects.filter(plan__organisation__slug=OWN).first())
    for row, may in (
        (own, True),
        (own.action, True),
        (own.action.plan, True),
        (factories.update.make(), False),
    ):
        assert access.may(user, "findings.add_progressupdate", row, today) == may


def test_what_was_never_saved_is_nobodys(today):
    assert not access.may(accounts.make("editor"), "findings.add_progressupdate", Action(), today)


@pytest.mark.parametrize("who", ["editor", "steward", "superuser"])
def test_a_deactivated_account_may_nothing(who, today):
    user = accounts.make(who)
    user.is_active = False
    assert not access.is_member(user, today)
    assert not access.may(user, "findings.view_action", None, today)
    assert not access.rows(user, "findings.view_action", Action.objects.all(), today).exists()
    assert not user.has_perm("findings.view_action")


def test_a_stranger_may_nothing(today):
    assert not access.is_member(AnonymousUser(), today)
    assert not access.may(AnonymousUser(), "findings.view_action", None, today)


def test_has_perm_asks_the_same_table():
    user = accounts.make("editor")
    own, theirs = (
        Action.objects.filter(plan__organisation__slug=slug).first() for slug in (OWN, OTHER)
    )
    assert user.has_perm("findings.view_action")
    assert (
        user.has_perm("findings.view_action", own),
        user.has_perm("findings.view_action", theirs),
    ) == (True, False)
    assert not user.has_perm("findings.change_action", own)
    assert (user.has_module_perms("findings"), user.has_module_perms("forces")) == (True, False)


def test_a_group_of_djangos_opens_no_page(client):
    group = Group.objects.create(name="Left over")
    group.permissions.set(Permission.objects.all())
    user = accounts.sign_in(client, "viewer")
    user.groups.add(group)
    for page in (
        "forces_region_changelist",
        "auth_user_changelist",
        "findings_plan_add",
        "forces_membership_add",
    ):
        assert client.get(reverse(f"admin:{page}")).status_code == 403


def test_roles_are_asked_of_the_database_once(django_assert_num_queries, today):
    user = accounts.make("editor")
    with django_assert_num_queries(1):
        for permission in access.PERMISSIONS[Role.APPROVER]:
            access.may(user, permission, None, today)
            access.is_member(user, today)
            access.rows(user, permission, ProgressUpdate.objects.all(), today)


def test_a_membership_that_ends_shuts_the_next_page(client, today):
    user = accounts.sign_in(client, "editor")
    page = reverse("admin:findings_plan_changelist")
    assert client.get(page).status_code == 200
    Membership.objects.filter(user=user).update(ends_on=today)
    assert client.get(page).status_code == 302
    Membership.objects.filter(user=user).update(ends_on=today + timedelta(days=1))
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("who", "status", "is_staff"), [("steward", 200, False), ("nobody", 302, True)]
)
def test_a_role_opens_the_door_and_djangos_switch_for_staff_does_not(client, who, status, is_staff):
    user = accounts.sign_in(client, who)
    get_user_model().objects.filter(pk=user.pk).update(is_staff=is_staff)
    assert client.get(reverse("admin:index")).status_code == status


def test_leftover_groups_and_permissions_count_for_nothing(client):
    user = factories.staff.make(is_staff=True)
    everything = Permission.objects.all()
    user.user_permissions.set(everything)
    group = Group.objects.create(name="Left over")
    group.permissions.set(everything)
    user.groups.add(group)
    user = get_user_model().objects.get(pk=user.pk)
    assert not user.has_perm("findings.view_plan")
    assert not user.has_perm("auth.change_user")
    assert not user.has_module_perms("findings")
    assert user.get_all_permissions() == set()
    client.force_login(user)
    assert client.get(reverse("admin:findings_plan_changelist")).status_code == 302
    accounts.give(user, "viewer", accounts.OWN)
    user = get_user_model().objects.get(pk=user.pk)
    assert user.has_perm("findings.view_plan")
    assert not user.has_perm("findings.change_plan")
    assert client.get(reverse("admin:findings_theme_changelist")).status_code == 403
    assert Plan.objects.exists()


def test_a_superuser_may_do_everything_while_active():
    user = accounts.make("superuser")
    assert user.has_perm("auth.change_user")
    user.is_active = False
    assert not user.has_perm("auth.change_user")
    assert not Membership.objects.filter(user=user).exists()


def test_the_roles_are_the_only_source_of_permissions():
    assert settings.AUTHENTICATION_BACKENDS == [
        "axes.backends.AxesStandaloneBackend",
        "forces.access.RoleBackend",
    ]
