"""Regions, organisations, and the roles of staff there."""

import pgtrigger
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from lib.audit.triggers import (
    APPEND_ONLY,
    AUTHORS_STAY,
    NO_TRUNCATE,
    AuditTrigger,
    audited,
    on_table_of,
)
from lib.embargo import shown_by_use

from .addresses import page_address
from .choices import EVERY_ORGANISATION_ROLES, OrganisationKind, Role
from .constraints import FormConstraintsMixin, of_our_time, refuse_circle, slug_fits_addresses
from .names import Named, meant_by


class RegionQuerySet(models.QuerySet):
    """Regions: public ones."""

    def published(self, at):
        return self.filter(shown_by_use(Region, at))


@audited()
class Region(models.Model):
    """An area whose forces the inspectorate inspects together; it has findings but no grade."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    is_synthetic = models.BooleanField(
        "made up",
        default=False,
        help_text="Made-up places that do not exist: labelled so on every page.",
    )

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [slug_fits_addresses("region")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return page_address("forces:region_detail", self.slug)


def exists_on(on):
    """The condition that an organisation exists on a day, which may be a field of its own row."""
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=on)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    )


class OrganisationQuerySet(models.QuerySet):
    """Organisations: by kind, on a day, in order or by name."""

    def published(self, at):
        """Without those that only facts under embargo speak of; police areas are no secret."""
        return self.filter(Q(ons_code__isnull=False) | shown_by_use(Organisation, at))

    def units(self):
        return self.filter(kind=OrganisationKind.UNIT)

    def forces(self):
        return self.filter(kind=OrganisationKind.FORCE)

    def current(self, on):
        """Organisations that exist on a day; if the first day is not known, it was long ago."""
        return self.filter(exists_on(on))

    def unit_first(self):
        """Regional units before forces, each by name: the order of every comparison."""
        return self.order_by(F("kind").desc(), "short_name")

    def named(self):
        """Each organisation with its names and codes."""
        return [one.as_named() for one in self.prefetch_related("aliases")]

    def lookup(self, text):
        """The organisation that goes by a name, a code or initials that no other has.

        “&” is “and”, and “Police” or “Constabulary” may be left out.
        """
        return self.filter(pk__in=meant_by(text, self.named()).sure)

    def candidates(self, text):
        """The organisations that a name or initials may mean, where that is more than one."""
        return self.filter(pk__in=meant_by(text, self.named()).candidates)


@audited()
class Organisation(FormConstraintsMixin, models.Model):
    """An organisation that is inspected: a regional unit or a police force."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="organisations")
    kind = models.CharField(max_length=10, choices=OrganisationKind)
    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    ons_code = models.CharField("ONS code", max_length=9, unique=True, null=True, blank=True)
    police_uk_id = models.SlugField(
        "police.uk id", max_length=100, unique=True, null=True, blank=True
    )
    valid_from = models.DateField(
        null=True, blank=True, help_text="First day; empty where not known."
    )
    valid_to = models.DateField(
        null=True,
        blank=True,
        help_text="The day after its last; empty while it exists.",
    )
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        help_text="What it became, by a merger or a new name. Give that one its first day.",
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="split_into",
        help_text="What it was part of before a split.",
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["short_name"]
        verbose_name, verbose_name_plural = "force or unit", "forces and units"
        constraints = [
            slug_fits_addresses("organisation"),
            *of_our_time("organisation", "valid_from", "valid_to", since=1829),
            models.UniqueConstraint(
                fields=["region"],
                condition=Q(kind=OrganisationKind.UNIT, valid_to__isnull=True),
                name="one_current_unit_per_region",
                violation_error_message="This region already has a current regional unit.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
                name="organisation_ends_after_it_begins",
                violation_error_message="The last day must come after the first.",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | Q(valid_to__isnull=False),
                name="only_an_ended_organisation_has_a_successor",
                violation_error_message="Only a force or unit that has ended has a successor.",
            ),
            models.CheckConstraint(
                condition=~Q(successor=F("id")),
                name="organisation_does_not_succeed_itself",
                violation_error_message="A force or unit cannot succeed itself.",
            ),
            models.CheckConstraint(
                condition=Q(split_from__isnull=True) | Q(valid_from__isnull=False),
                name="only_an_organisation_with_a_first_day_was_split_off",
                violation_error_message="Give the first day of a force or unit that was split off.",
            ),
            models.CheckConstraint(
                condition=~Q(split_from=F("id")),
                name="organisation_is_not_split_from_itself",
                violation_error_message="A force or unit cannot be split from itself.",
            ),
        ]

    def __str__(self):
        return self.short_name

    def get_absolute_url(self):
        return page_address("forces:organisation_detail", self.slug)

    def as_named(self):
        """This one with its names and codes; `aliases` may be prefetched."""
        names = [self.name, self.short_name, *(alias.name for alias in self.aliases.all())]
        return Named(self.pk, names, list(filter(None, self.codes)))

    @property
    def codes(self):
        return [self.slug, self.ons_code, self.police_uk_id]

    def clean(self):
        for field in ("successor", "split_from"):
            refuse_circle(self, field, "Forces and units cannot follow one another in a circle.")

    @property
    def is_unit(self):
        return self.kind == OrganisationKind.UNIT

    def has_ended(self, on):
        """Whether it is history on a day."""
        return self.valid_to is not None and self.valid_to <= on


@audited("organisation")
class Alias(models.Model):
    """A name that people also use for an organisation, or that it once had."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="aliases", verbose_name="force or unit"
    )
    name = models.CharField(max_length=200)
    valid_to = models.DateField(
        "used until",
        null=True,
        blank=True,
        help_text="For an old name: the first day without it. Empty while people use it.",
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "aliases"
        constraints = [
            *of_our_time("alias", "valid_to", since=1829),
            models.UniqueConstraint(
                Lower("name"),
                name="alias_is_unique_whatever_its_case",
                violation_error_message="This alias already names a force or unit.",
            ),
        ]

    def __str__(self):
        return self.name


class MembershipQuerySet(models.QuerySet):
    """Roles of staff: those active on a day."""

    def active(self, on):
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on), starts_on__lte=on)


@audited("user")
class Membership(models.Model):
    """The role of a member of staff in one organisation, or of stewards and auditors in all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="force or unit",
    )
    role = models.CharField(max_length=20, choices=Role)
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True,
        blank=True,
        help_text="The first day without access; empty while it lasts.",
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["user", "organisation", "role"]
        constraints = [
            *of_our_time("membership", "starts_on", "ends_on"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True, role__in=EVERY_ORGANISATION_ROLES)
                | Q(organisation__isnull=False) & ~Q(role__in=EVERY_ORGANISATION_ROLES),
                name="membership_names_an_organisation_unless_it_holds_for_all",
                violation_error_message=(
                    "A viewer, editor or approver belongs to one force or unit; a steward or "
                    "auditor to none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="membership_ends_after_it_begins",
                violation_error_message=(
                    "A membership must end after it starts. "
                    "To remove one added by mistake, delete it: its history is kept."
                ),
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=Q(ends_on__isnull=True),
                nulls_distinct=False,
                name="one_open_membership_per_role",
                violation_error_message="This person already has this role there.",
            ),
        ]

    def __str__(self):
        return (
            f"{self.user}: {self.get_role_display()}, {self.organisation or 'every force and unit'}"
        )


class Digest(models.Model):
    """The weekly mail to a member of staff: whether they want it, and when it was last sent."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digest")
    wanted = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user"]

    def __str__(self):
        return f"{self.user}: {'weekly mail' if self.wanted else 'no mail'}"


# Django's own tables: accounts are audited, and cannot be deleted once they have changed anything.
pgtrigger.register(
    on_table_of(get_user_model(), "audit_accounts", AuditTrigger()),
    on_table_of(get_user_model(), "authors_stay", AUTHORS_STAY),
    on_table_of(get_user_model(), "accounts_no_truncate", NO_TRUNCATE),
    on_table_of(LogEntry, "log_no_truncate", NO_TRUNCATE),
    on_table_of(LogEntry, "log_is_append_only", APPEND_ONLY),
)(Membership)
