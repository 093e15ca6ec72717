from functools import partial

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import (
    NotRelationField,
    flatten_fieldsets,
    get_fields_from_path,
    unquote,
)
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Exists, GeneratedField, OuterRef, Q
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from lib.audit import history
from lib.audit.conflicts import CHANGED, DELETED, parse_version, refusing, retyping
from lib.audit.context import change_reason
from lib.audit.models import Change

from . import access, attention
from .choices import OrganisationKind
from .models import Alias, Membership, Organisation, Region

CHANGES_A_PAGE = 50
LONGEST_REASON = 1_000
# How the admin's own filters ask, and dates by year, month and day.
LOOKUPS = ("exact", "in", "isnull", "isempty", "gte", "lt", "lte", "year", "month", "day")


def why(request):
    """The reason that somebody gives on a page for what they change or delete there; empty where none."""
    return request.POST.get("why", "").strip()[:LONGEST_REASON]


def without_links(told):
    """What Django tells would be deleted, row within row, without the links between rows."""
    linking = [
        model._meta.verbose_name
        for model in apps.get_models(include_auto_created=True)
        if model._meta.auto_created
    ]
    links = tuple(f"{capfirst(name)}: " for name in linking)
    rows = (without_links(row) if isinstance(row, list) else row for row in told)
    return [row for row in rows if row and (isinstance(row, list) or not row.startswith(links))]


def as_text(field, user):
    """A row that another refers to, by name alone; of several, those that somebody may read."""

    @admin.display(description=field.verbose_name)
    def text(row):
        if field.many_to_many:
            held = ", ".join(
                map(str, access.readable(user, getattr(row, field.name).all(), timezone.now()))
            )
        else:
            held = getattr(row, field.name)
        return held or admin.site.empty_value_display

    text.__name__ = field.name
    return text


class NeedsAttention(admin.SimpleListFilter):
    """The rows that one of some matters concerns: the same that the desk counts."""

    title = "what needs attention"
    parameter_name = attention.PARAMETER
    matters: list[attention.AttentionRule]

    @classmethod
    def among(cls, chosen):
        return type("NeedsAttention", (cls,), {"matters": chosen})

    def lookups(self, request, model_admin):
        self.user, self.on = request.user, timezone.localdate()
        self.known = {rule.name: rule for rule in self.matters if rule.model is model_admin.model}
        return [
            (name, rule.words)
            for name, rule in self.known.items()
            if rule.concerns(self.user, self.on)
        ]

    def queryset(self, request, queryset):
        rule = self.known.get(self.value())
        return rule.rows(queryset, self.user, self.on) if rule else queryset


class RoleScopedAdmin:
    """An admin page, or a part of one, with the rows, choices and buttons that the reader's roles open and no other.

    A part asks of the row that it stands on.
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
        """Only such as our own lists lead to: Django would hand on to the database a regular expression too, or half a range.

        By the rows that it is tied to a row is found by such as may read them, for whoever else would learn of the tie.
        """
        field, _, how = lookup.rpartition("__")
        try:
            *_, last = get_fields_from_path(self.model, field if how in LOOKUPS else lookup)
        except (FieldDoesNotExist, NotRelationField):
            # One word may be the name of a filter of ours.
            return not field and super().lookup_allowed(lookup, value, request)
        # What the database makes of a text for the search is asked for in a language of its own, in which most values are mistakes.
        is_open = not isinstance(last, GeneratedField) and not lookup.startswith(
            self.closed_ties(request)
        )
        return is_open and super().lookup_allowed(lookup, value, request)

    def get_search_fields(self, request):
        return [
            field
            for field in super().get_search_fields(request)
            if not field.startswith(self.closed_ties(request))
        ]

    def closed_ties(self, request):
        """The names of what ties rows to others that the reader may not open."""
        return tuple(
            field.name for field in self.opts.many_to_many if not self.opens(request, field)
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A field; where it chooses a row, without Django's button that deletes what is chosen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if hasattr(field, "widget") and hasattr(field.widget, "can_delete_related"):
            field.widget.can_delete_related = False
        return field

    def get_fieldsets(self, request, obj=None):
        """Where all is only read, a row that the reader may not open is named; Django would lead to a refusal."""
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

        def shown(field):
            return (
                closed.get(field, field)
                if isinstance(field, str)
                else [shown(name) for name in field]
            )

        return [
            (title, options | {"fields": [shown(field) for field in options["fields"]]})
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

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return refusing(form, request.overtaken[0]) if hasattr(request, "overtaken") else form

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        return retyping(formset, request.overtaken[1]) if hasattr(request, "overtaken") else formset

    def save_model(self, request, obj, form, change):
        # Only what its writer changed: what they could not see stays as it is.
        changed = [
            field.name for field in self.opts.concrete_fields if field.name in form.changed_data
        ]
        obj.save(update_fields=changed if change else None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Whoever saves a row of which anything was changed that its page shows is told what, and loses nothing they typed."""
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            if row and request.method == "POST":
                row = row if self.held(row) else None
            if row is None:
                return self.gone_view(request, object_id) or super().change_view(
                    request, object_id, form_url, extra_context
                )
            changes, meanwhile = Change.objects.of_itself(self.opts.db_table, row.pk), []
            if "seen" in request.POST:
                meanwhile = list(
                    self.shown(
                        request, row, changes.filter(pk__gt=parse_version(request.POST["seen"]))
                    )
                )
            # Asked before the row is read for the page: a change between the two is told rather than missed.
            last = changes.order_by("-pk").values_list("pk", flat=True).first() or 0
            shown = {
                "seen": last,
                "meanwhile": self.told(request, meanwhile, row.pk) if meanwhile else [],
            }
            if meanwhile:
                request.overtaken = CHANGED, meanwhile
                # What is saved is called by what it is, not by what was typed.
                shown |= {"original": row, "subtitle": str(row), "errors": None}
            response = super().change_view(
                request, object_id, form_url, shown | (extra_context or {})
            )
        if meanwhile:
            response.status_code = 409
        return response

    def held(self, row):
        """The row, held with those on whose pages it is a part, so that of two who save at once the second sees what the first did."""
        site, foreign = (
            self.admin_site,
            [field for field in self.opts.concrete_fields if field.is_relation],
        )
        wholes = [field for field in foreign if site.is_registered(field.remote_field.model)]
        wholes = [
            (field.remote_field.model, getattr(row, field.attname))
            for field in wholes
            if any(
                part.model is self.model
                for part in site.get_model_admin(field.remote_field.model).inlines
            )
        ]
        for model, pk in [*wholes, (self.model, row.pk)]:
            # Alone, without the rows that it would be sorted by; who ties a row to it needs not wait.
            held = (
                model._base_manager.select_for_update(no_key=True).order_by().filter(pk=pk).first()
            )
        return held

    def gone_view(self, request, object_id):
        """What was typed of a row that somebody deleted since it was opened, as a form that adds it; None where nothing was or may be."""
        if request.method != "POST" or not (
            self.sees_deletions(request) and self.has_add_permission(request)
        ):
            return None
        pk = parse_version(unquote(object_id))
        deletion = (
            Change.objects.of_itself(self.opts.db_table, pk)
            .deletions()
            .filter(table=self.opts.db_table)
            .first()
        )
        if deletion is None:
            return None
        request.overtaken = DELETED, []
        add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        response = self.add_view(
            request, add, {"meanwhile": self.told(request, [deletion], pk), "errors": None}
        )
        response.status_code = 409
        return response

    def shown(self, request, row, changes):
        """Those changes of a row that its page shows: of its fields, of what it is tied to, of its parts."""
        names = flatten_fieldsets(self.get_fieldsets(request, row))
        columns = [field.column for field in self.opts.concrete_fields if field.name in names]
        ties = [field.m2m_db_table() for field in self.opts.many_to_many if field.name in names]
        parts = [inline.model._meta.db_table for inline in self.inlines]
        return changes.filter(
            Q(table__in=[*ties, *parts]) | Q(table=self.opts.db_table, after__has_any_keys=columns)
        )

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        with change_reason(why(request)):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        with change_reason(why(request)), transaction.atomic():
            if request.method == "POST" and (row := self.get_object(request, unquote(object_id))):
                self.held(row)
            return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs, request):
        """Without a line for each link between two rows, which has no name: they are counted."""
        deleted, *told = super().get_deleted_objects(objs, request)
        return without_links(deleted), *told

    def history_view(self, request, object_id, extra_context=None):
        """What the trace tells of a row and of its parts; of one that is gone, to those who read every body's."""
        row = self.get_object(request, unquote(object_id))
        pk = row.pk if row else unquote(object_id)
        changes = Change.objects.of(self.opts.db_table, pk)
        if row is None and not (self.sees_deletions(request) and changes.exists()):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if row is not None and not self.has_view_permission(request, row):
            raise PermissionDenied
        page = Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("p"))
        told, sees_gone = (
            self.told(request, list(page), int(pk)),
            access.nameable_accounts(request.user, timezone.localdate()) is None,
        )
        shown = {
            "title": "History",
            "object": row,
            "opts": self.opts,
            "page": page,
            "entries": told,
            "sees_gone": sees_gone,
        }
        return TemplateResponse(
            request, "admin/object_history.html", self.admin_site.each_context(request) | shown
        )

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        if not self.sees_deletions(request):
            self.admin_site.record_refusal(request, "no such row, or none of theirs")
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)

    def told(self, request, changes, pk):
        """Changes of a row and of its parts as entries, with what their reader may know of them."""
        known = access.nameable_accounts(request.user, timezone.localdate())
        return history.entries(
            changes,
            self.opts.db_table,
            pk,
            known,
            partial(access.closed, request.user, timezone.now()),
        )

    def sees_deletions(self, request):
        today = timezone.localdate()
        return (
            access.organisations(request.user, access.permission_to("view", self.model), today)
            is None
        )

    def get_view_on_site_url(self, obj=None):
        """Its public page, where the public has one of it now."""
        if obj is None or not hasattr(obj, "get_absolute_url"):
            return None
        rows = type(obj).objects.filter(pk=obj.pk)
        is_public = not hasattr(rows, "published") or rows.published(timezone.now()).exists()
        return obj.get_absolute_url() if is_public else None


class AppendOnlyAdmin(RoleScopedAdmin):
    """The same for rows that nobody changes or deletes."""

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Region)
class RegionAdmin(RoleScopedAdmin, admin.ModelAdmin):
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
    model = Alias
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(RoleScopedAdmin, admin.ModelAdmin):
    list_display = ["short_name", "name", "kind", "region", "ons_code", "valid_from", "valid_to"]
    list_filter = ["kind", "region", ("valid_to", admin.EmptyFieldListFilter)]
    list_select_related = ["region"]
    search_fields = ["name", "short_name", "slug", "ons_code", "police_uk_id", "aliases__name"]
    autocomplete_fields = ["region", "successor"]
    prepopulated_fields = {"slug": ["short_name"]}
    inlines = [AliasInline]
    fieldsets = [
        (None, {"fields": ["kind", "region", "name", "short_name", "slug"]}),
        ("Codes", {"fields": ["ons_code", "police_uk_id"]}),
        ("While it exists", {"fields": ["valid_from", "valid_to", "successor"]}),
    ]


@admin.register(Alias)
class AliasAdmin(RoleScopedAdmin, admin.ModelAdmin):
    list_display = ["name", "organisation"]
    list_filter = ["organisation__region"]
    list_select_related = ["organisation"]
    search_fields = ["name", "organisation__name"]
    autocomplete_fields = ["organisation"]


@admin.register(Membership)
class MembershipAdmin(RoleScopedAdmin, admin.ModelAdmin):
    list_display = ["user", "role", "organisation_or_all", "starts_on", "ends_on", "is_active"]
    list_filter = ["role", ("organisation", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__username", "organisation__name"]
    autocomplete_fields = ["user", "organisation"]
    date_hierarchy = "starts_on"

    def get_queryset(self, request):
        active = Membership.objects.active(timezone.localdate()).filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(active=Exists(active))

    @admin.display(description="body", ordering="organisation__short_name")
    def organisation_or_all(self, membership):
        return membership.organisation or "every body"

    @admin.display(description="active today", boolean=True, ordering="active")
    def is_active(self, membership):
        return membership.active


class MembershipInline(RoleScopedAdmin, admin.StackedInline):
    model = Membership
    extra = 0
    fields = [("role", "organisation"), ("starts_on", "ends_on")]
    autocomplete_fields = ["organisation"]


# Roles are memberships: Django's groups and permissions are given to nobody.
admin.site.unregister([Group, get_user_model(), Authenticator, SocialAccount])


@admin.register(get_user_model())
class AccountAdmin(RoleScopedAdmin, UserAdmin):
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
        ("Who it is", {"fields": ["first_name", "last_name", "email"]}),
        ("What it opens", {"fields": ["is_active", "is_superuser"]}),
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
        ("Who it is", {"fields": ["first_name", "last_name", "email"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_deleted_objects(self, objs, request):
        """With what each has written in the admin among what cannot go; deactivated, an account keeps its words."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        written = LogEntry.objects.filter(user__in=objs).select_related("user")
        audited = (
            Change.objects.filter(user__in=[user.pk for user in objs])
            .order_by("name")
            .values("name")
            .annotate(count=Count("pk"))
        )
        told = [
            *(f"{entry.user}: {entry}" for entry in written),
            *(f"{by['name']}: {by['count']} in the trace" for by in audited),
        ]
        return deleted, counts, perms_needed, [*protected, *told]


class CredentialAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """What somebody signs in with: seen, taken away where it is lost, and never made or changed by another."""

    list_select_related = ["user"]
    search_fields = ["user__username"]

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(CredentialAdmin):
    list_display = fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]


@admin.register(SocialAccount)
class SocialAccountAdmin(CredentialAdmin):
    list_display = fields = ["user", "provider", "uid", "date_joined", "last_login"]
    list_filter = ["provider"]
