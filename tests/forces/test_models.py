from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from forces.choices import Role
from forces.models import Membership, Organisation, Region
from tests import factories
from tests.refusals import assert_refused

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 12)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


# Regions


def test_a_region_is_real_unless_it_says_that_it_is_made_up():
    assert Region.objects.create(name="Somewhere", slug="somewhere").is_synthetic is False


@pytest.mark.parametrize("field", ["name", "slug"])
def test_two_regions_share_no_name_and_no_slug(field):
    first = factories.region.make()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.region.make(**{field: getattr(first, field)})


def test_a_region_with_organisations_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.force.make().region.delete()


# Organisations


def test_a_region_has_only_one_current_unit():
    first = factories.unit.make()
    assert_refused(factories.unit.prepare(region=first.region), "one_current_unit_per_region")


def test_a_region_may_have_a_unit_after_its_last_one_ended():
    first = factories.unit.make(valid_to=DAY)
    factories.unit.make(region=first.region).full_clean()


def test_a_region_has_many_forces():
    first = factories.force.make()
    factories.force.make(region=first.region).full_clean()


def test_an_organisation_ends_after_it_begins():
    factories.force.prepare(
        region=factories.region.make(), valid_from=BEFORE, valid_to=DAY
    ).full_clean()
    assert_refused(
        factories.force.prepare(region=factories.region.make(), valid_from=DAY, valid_to=DAY),
        "organisation_ends_after_it_begins",
    )


def test_only_an_organisation_with_a_first_day_was_split_off():
    whole = factories.force.make()
    factories.force.make(region=whole.region, valid_from=DAY, split_from=whole).full_clean()
    assert_refused(
        factories.force.prepare(region=whole.region, split_from=whole),
        "only_an_organisation_with_a_first_day_was_split_off",
    )


def test_only_an_organisation_that_ended_has_a_successor():
    heir = factories.force.make()
    factories.force.make(region=heir.region, valid_to=DAY, successor=heir).full_clean()
    assert_refused(
        factories.force.prepare(region=heir.region, successor=heir),
        "only_an_ended_organisation_has_a_successor",
    )


def test_an_organisation_does_not_succeed_itself():
    organisation = factories.force.make(valid_from=BEFORE, valid_to=DAY)
    organisation.split_from = organisation
    assert_refused(organisation, "organisation_is_not_split_from_itself")
    organisation.split_from, organisation.successor = None, organisation
    assert_refused(organisation, "organisation_does_not_succeed_itself")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Aldermere Police"),
        ("short_name", "Aldermere"),
        ("slug", "aldermere"),
        ("ons_code", "E23999999"),
        ("police_uk_id", "aldermere"),
    ],
)
def test_two_organisations_share_no_name_and_no_code(field, value):
    factories.force.make(**{field: value})
    with pytest.raises(ValidationError):
        factories.force.prepare(region=factories.region.make(), **{field: value}).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.force.make(**{field: value})


def test_organisations_without_a_code_do_not_clash():
    factories.force.make(ons_code=None, police_uk_id=None)
    factories.force.make(ons_code=None, police_uk_id=None).full_clean()


def test_units_and_forces_are_told_apart():
    unit = factories.unit.make()
    force = factories.force.make(region=unit.region)
    assert list(unit.region.organisations.units()) == [unit]
    assert list(unit.region.organisations.forces()) == [force]
    assert (unit.is_unit, force.is_unit) == (True, False)


def test_the_unit_stands_before_its_forces_each_kind_by_name():
    region = factories.region.make()
    for short_name in ("Wold", "Holt", "Beck"):
        factories.force.make(region=region, short_name=short_name)
    factories.unit.make(region=region, short_name="ZUNIT")
    assert [organisation.short_name for organisation in region.organisations.unit_first()] == [
        "ZUNIT",
        "Beck",
        "Holt",
        "Wold",
    ]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_current"),
    [
        (None, None, True),
        (DAY, None, True),
        (AFTER, None, False),
        (None, AFTER, True),
        (None, DAY, False),
        (BEFORE, AFTER, True),
    ],
)
def test_an_organisation_is_current_from_its_first_day_to_the_day_before_its_end(
    valid_from, valid_to, is_current
):
    organisation = factories.force.make(valid_from=valid_from, valid_to=valid_to)
    assert (organisation in Organisation.objects.current(DAY)) is is_current


@pytest.fixture
def organisation():
    organisation = factories.force.make(
        name="Alder and Fern Constabulary",
        short_name="Alder and Fern",
        slug="alder-and-fern",
        ons_code="E23999999",
        police_uk_id="alder-fern",
    )
    factories.alias.make(organisation=organisation, name="Alder & Fern")
    factories.alias.make(organisation=organisation, name="AFC")
    factories.alias.make(name="Somebody else")
    return organisation


@pytest.mark.parametrize(
    "text",
    [
        "Alder and Fern Constabulary",
        "alder AND fern constabulary",
        "Alder and Fern",
        "Alder & Fern",
        "afc",
        "AFC",
        "alder-and-fern",
        "ALDER-FERN",
        "e23999999",
        "  Alder and Fern\n",
    ],
)
def test_a_lookup_finds_an_organisation_by_any_of_its_names_and_codes_whatever_their_case(
    organisation, text
):
    assert list(Organisation.objects.lookup(text)) == [organisation]


@pytest.mark.parametrize(
    "text", ["Alder", "", " ", "Alder and Fern Constabulary Police", "%", "E2399999_"]
)
def test_a_lookup_finds_whole_names_only(organisation, text):
    assert not Organisation.objects.lookup(text).exists()


def test_a_lookup_gives_an_organisation_once_however_many_aliases_it_has(organisation):
    factories.alias.make(organisation=organisation, name="alder-and-fern")
    assert list(Organisation.objects.lookup("Alder-and-Fern")) == [organisation]


# Aliases


def test_an_alias_is_unique_whatever_its_case():
    organisation = factories.alias.make(name="The Fern").organisation
    assert_refused(
        factories.alias.prepare(organisation=organisation, name="THE FERN"),
        "alias_is_unique_whatever_its_case",
    )


# Memberships


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.APPROVER])
def test_a_viewer_editor_or_approver_belongs_to_an_organisation(role):
    user, organisation = factories.staff.make(), factories.force.make()
    factories.membership.make(user=user, organisation=organisation, role=role).full_clean()
    assert_refused(
        Membership(user=user, organisation=None, role=role, starts_on=DAY),
        "membership_names_an_organisation_unless_it_holds_for_all",
    )


@pytest.mark.parametrize("role", [Role.DATA_STEWARD, Role.AUDITOR])
def test_a_steward_or_auditor_belongs_to_no_organisation(role):
    user, organisation = factories.staff.make(), factories.force.make()
    Membership.objects.create(user=user, organisation=None, role=role, starts_on=DAY).full_clean()
    assert_refused(
        Membership(user=user, organisation=organisation, role=role, starts_on=DAY),
        "membership_names_an_organisation_unless_it_holds_for_all",
    )


def test_a_membership_ends_after_it_begins():
    user, organisation = factories.staff.make(), factories.force.make()
    assert_refused(
        factories.membership.prepare(
            user=user, organisation=organisation, starts_on=DAY, ends_on=DAY
        ),
        "membership_ends_after_it_begins",
    )


def test_a_role_is_held_once_at_a_time():
    held = factories.membership.make()
    again = factories.membership.prepare(
        user=held.user, organisation=held.organisation, role=held.role
    )
    assert_refused(again, "one_open_membership_per_role")


def test_a_role_for_every_organisation_is_held_once_at_a_time():
    user = factories.staff.make()
    steward = {"user": user, "organisation": None, "role": Role.DATA_STEWARD, "starts_on": DAY}
    Membership.objects.create(**steward)
    assert_refused(Membership(**steward), "one_open_membership_per_role")


def test_a_role_may_be_held_again_after_it_ended():
    held = factories.membership.make(starts_on=BEFORE, ends_on=DAY)
    factories.membership.make(
        user=held.user, organisation=held.organisation, role=held.role, starts_on=DAY
    ).full_clean()


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_active"),
    [(DAY, None, True), (AFTER, None, False), (BEFORE, DAY, False), (BEFORE, AFTER, True)],
)
def test_a_membership_is_active_from_its_first_day_to_the_day_before_its_end(
    starts_on, ends_on, is_active
):
    membership = factories.membership.make(starts_on=starts_on, ends_on=ends_on)
    assert (membership in Membership.objects.active(DAY)) is is_active


def test_a_member_of_staff_with_a_role_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.membership.make().user.delete()
