"""The admin of regions, organisations, roles and accounts, and base classes for other admins."""

from functools import partial

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count, Exists, GeneratedField, OuterRef, Q
from django.utils import timezone

from lib.audit import history
from lib.audit.admin import AuditedAdmin
from lib.audit.models import Change
from lib.imports.admin import ImportRunMixin
from lib.imports.models import ImportRun

from . import access, attention
from .choices import OrganisationKind
from .models import Alias, Membership, Organisation, Region

# The lookups of the admin's own filters and date hierarchies.
LOOKUPS = ("exact", "in", "isnull", "isempty", "gte", "lt", "lte", "year", "month", "day")


def as_text(field, user):
    """A column with the names of the rows that a field refers to, if the user may read them."""

    @admin.display(description=field.verbose_name)
    def text(row):
        value = getattr(row, field.name)
        if field.many_to_many:
            value = ", ".join(map(str, access.readable(user, value.all(), timezone.now())))
        return value or admin.site.empty_value_display

    text.__name__ = field.name
    return text


class NeedsAttention(admin.SimpleListFilter):
    """A filter by attention rules; it finds the rows that the first page of staff counts."""

    title = "what needs attention"
    parameter_name = attention.PARAMETER
    rules: list[attention.AttentionRule]

    @classmethod
    def among(cls, rules):
        """The filter for these rules."""
        return type("NeedsAttention", (cls,), {"rules": rules})

    def lookups(self, request, model_admin):
        self.user, self.on = request.user, timezone.localdate()
        self.by_name = {rule.name: rule for rule in self.rules if rule.model is model_admin.model}
        return [
            (name, rule.words)
            for name, rule in self.by_name.items()
            if rule.concerns(self.user, self.on)
        ]

    def queryset(self, request, queryset):
        rule = self.by_name.get(self.value())
        return rule.rows(queryset, self.user, self.on) if rule else queryset


class RoleScopedAdmin(AuditedAdmin):
    """An admin page or inline with only the rows, choices and buttons that a user's roles allow.

    For an inline, the row of its page decides.
    """

    def may(self, request, verb, row=None):
        return access.may(
            request.user, access.permission_to(verb, self.model), row, timezone.localdate()
        )

    def has_view_permission(self, request, obj=None):
        return self.may(request, "view", obj)

    def has_add_permission(self, request, obj=None):
        return self.may(request, "add", obj)

    def has_change_permission(self, request, obj=None):
        return self.may(request, "change", obj)

    def has_delete_permission(self, request, obj=None):
        return self.may(request, "delete", obj)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_queryset(self, request):
        return access.rows(
            request.user,
            access.permission_to("view", self.model),
            super().get_queryset(request),
            timezone.localdate(),
        )

    def get_field_queryset(self, db, db_field, request):
        rows = super().get_field_queryset(db, db_field, request)
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        return access.choosable(request.user, db_field, rows, timezone.localdate())

    def lookup_allowed(self, lookup, value, request):
        """Whether a lookup is one that our lists use: Django would allow regular expressions too.

        Rows that a person may not read cannot be used to find others: that would reveal the link.
        """
        field, _, how = lookup.rpartition("__")
        try:
            *_, last = get_fields_from_path(self.model, field if how in LOOKUPS else lookup)
        except (FieldDoesNotExist, NotRelationField):
            # A single word may be the name of one of our filters.
            return not field and super().lookup_allowed(lookup, value, request)
        # A search vector has its own query language, in which most values are errors.
        is_open = not isinstance(last, GeneratedField) and not lookup.startswith(
            self.closed_links(request)
        )
        return is_open and super().lookup_allowed(lookup, value, request)

    def get_search_fields(self, request):
        return [
            field
            for field in super().get_search_fields(request)
            if not field.startswith(self.closed_links(request))
        ]

    def closed_links(self, request):
        """The names of many-to-many fields to rows that the reader may not open."""
        return tuple(
            field.name for field in self.opts.many_to_many if not self.opens(request, field)
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Django's field, without the button that deletes the chosen row."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if hasattr(field, "widget") and hasattr(field.widget, "can_delete_related"):
            field.widget.can_delete_related = False
        return field

    def get_fieldsets(self, request, obj=None):
        """Django's; on a read-only page, without links to rows that the reader may not open."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        referring = [
            field for field in (*self.opts.fields, *self.opts.many_to_many) if field.is_relation
        ]
        closed = {
            field.name: as_text(field, request.user)
            for field in referring
            if not self.opens(request, field)
        }

        def without_link(field):
            return (
                closed.get(field, field)
                if isinstance(field, str)
                else [without_link(name) for name in field]
            )

        return [
            (title, options | {"fields": [without_link(field) for field in options["fields"]]})
            for title, options in fieldsets
        ]

    def opens(self, request, field):
        """Whether the reader may open the rows that a field refers to."""
        return access.may(
            request.user,
            access.permission_to("view", field.remote_field.model),
            None,
            timezone.localdate(),
        )

    def history_reader(self, request):
        user, now = request.user, timezone.now()
        nameable = access.nameable_accounts(user, timezone.localdate(now))
        return history.Reader(nameable, partial(access.unreadable, user, now), access.is_scoped)

    def sees_deletions(self, request):
        view = access.permission_to("view", self.model)
        return access.organisations(request.user, view, timezone.localdate()) is None

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        if not self.sees_deletions(request):
            self.admin_site.record_refusal(request, "no such row, or none of theirs")
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)

    def get_view_on_site_url(self, obj=None):
        """The address of a row's public page; None if it is not public now."""
        if obj is None or not hasattr(obj, "get_absolute_url"):
            return None
        rows = type(obj).objects.filter(pk=obj.pk)
        is_public = not hasattr(rows, "published") or rows.published(timezone.now()).exists()
        return obj.get_absolute_url() if is_public else None


class AppendOnlyAdmin(RoleScopedAdmin):
    """An admin page or inline of rows that nobody changes or deletes."""

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Region)
class RegionAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of regions, with how many units and forces each has."""

    list_display = ["name", "units", "forces", "is_synthetic"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request):
        of_kind = {
            kind: Count("organisations", Q(organisations__kind=kind)) for kind in OrganisationKind
        }
        return (
            super()
            .get_queryset(request)
            .annotate(
                unit_count=of_kind[OrganisationKind.UNIT],
                force_count=of_kind[OrganisationKind.FORCE],
            )
        )

    @admin.display(description="regional units", ordering="unit_count")
    def units(self, region):
        return region.unit_count

    @admin.display(ordering="force_count")
    def forces(self, region):
        return region.force_count


class AliasInline(RoleScopedAdmin, admin.StackedInline):
    """An organisation's other names, on its page."""

    model = Alias
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of forces and regional units."""

    list_display = ["short_name", "name", "kind", "region", "ons_code", "valid_from", "valid_to"]
    list_filter = ["kind", "region", ("valid_to", admin.EmptyFieldListFilter)]
    list_select_related = ["region"]
    search_fields = ["name", "short_name", "slug", "ons_code", "police_uk_id", "aliases__name"]
    autocomplete_fields = ["region", "successor", "split_from"]
    prepopulated_fields = {"slug": ["short_name"]}
    inlines = [AliasInline]
    fieldsets = [
        (None, {"fields": ["kind", "region", "name", "short_name", "slug"]}),
        ("Codes", {"fields": ["ons_code", "police_uk_id"]}),
        ("Dates", {"fields": ["valid_from", "valid_to", "successor", "split_from"]}),
    ]


@admin.register(Alias)
class AliasAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of other names of organisations."""

    list_display = ["name", "organisation", "valid_to"]
    list_filter = ["organisation__region"]
    list_select_related = ["organisation"]
    search_fields = ["name", "organisation__name"]
    autocomplete_fields = ["organisation"]


@admin.register(Membership)
class MembershipAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of the roles that staff hold."""

    list_display = ["user", "role", "organisation_or_all", "starts_on", "ends_on", "is_active"]
    list_filter = ["role", ("organisation", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__username", "organisation__name"]
    autocomplete_fields = ["user", "organisation"]
    date_hierarchy = "starts_on"

    def get_queryset(self, request):
        active = Membership.objects.active(timezone.localdate()).filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(active=Exists(active))

    @admin.display(description="force or unit", ordering="organisation__short_name")
    def organisation_or_all(self, membership):
        return membership.organisation or "every force and unit"

    @admin.display(description="active today", boolean=True, ordering="active")
    def is_active(self, membership):
        return membership.active


class MembershipInline(RoleScopedAdmin, admin.StackedInline):
    """The roles of one account, on its page."""

    model = Membership
    extra = 0
    fields = [("role", "organisation"), ("starts_on", "ends_on")]
    autocomplete_fields = ["organisation"]


# Roles are memberships. Nobody has Django's groups and permissions.
admin.site.unregister([Group, get_user_model(), Authenticator, SocialAccount])


@admin.register(get_user_model())
class AccountAdmin(RoleScopedAdmin, UserAdmin):
    """The admin of staff accounts."""

    list_display = [
        "username",
        "first_name",
        "last_name",
        "is_active",
        "is_superuser",
        "last_login",
    ]
    list_filter = ["is_active", "is_superuser", "memberships__role"]
    filter_horizontal = []
    inlines = [MembershipInline]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Access", {"fields": ["is_active", "is_superuser"]}),
        ("Since", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "usable_password", "password1", "password2"],
            },
        ),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_deleted_objects(self, objs, request):
        """Django's; what an account has changed is among the objects that protect it."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        written = LogEntry.objects.filter(user__in=objs).select_related("user")
        audited = (
            Change.objects.filter(user__in=[user.pk for user in objs])
            .order_by("name")
            .values("name")
            .annotate(count=Count("pk"))
        )
        changes = [
            *(f"{entry.user}: {entry}" for entry in written),
            *(f"{by['name']}: {by['count']} in the history" for by in audited),
        ]
        return deleted, counts, perms_needed, [*protected, *changes]


class CredentialAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of something that people sign in with: it can be deleted, not added or changed."""

    list_select_related = ["user"]
    search_fields = ["user__username"]

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(CredentialAdmin):
    """The admin of second factors."""

    list_display = fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]


@admin.register(SocialAccount)
class SocialAccountAdmin(CredentialAdmin):
    """The admin of links to organisations' own sign-in."""

    list_display = fields = ["user", "provider", "uid", "date_joined", "last_login"]
    list_filter = ["provider"]


@admin.register(ImportRun)
class ImportRunAdmin(ImportRunMixin, RoleScopedAdmin, admin.ModelAdmin):
    """The admin of imports."""
