from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from .choices import OrganisationKind
from .models import Alias, Membership, Organisation, Region


@admin.register(Region)
class RegionAdmin(admin.ModelAdmin):
    list_display = ["name", "units", "forces", "is_made_up"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request):
        of_kind = {kind: Count("organisations", Q(organisations__kind=kind)) for kind in OrganisationKind}
        return (
            super().get_queryset(request).annotate(unit_count=of_kind[OrganisationKind.UNIT], force_count=of_kind[OrganisationKind.FORCE])
        )

    @admin.display(description="regional units", ordering="unit_count")
    def units(self, region):
        return region.unit_count

    @admin.display(ordering="force_count")
    def forces(self, region):
        return region.force_count


class AliasInline(admin.StackedInline):
    model = Alias
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
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
class AliasAdmin(admin.ModelAdmin):
    list_display = ["name", "organisation"]
    list_filter = ["organisation__region"]
    list_select_related = ["organisation"]
    search_fields = ["name", "organisation__name"]
    autocomplete_fields = ["organisation"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "role", "body", "starts_on", "ends_on", "is_active"]
    list_filter = ["role", ("organisation", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__username", "organisation__name"]
    autocomplete_fields = ["user", "organisation"]
    date_hierarchy = "starts_on"

    def get_queryset(self, request):
        active = Membership.objects.active(timezone.localdate()).filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(active=Exists(active))

    @admin.display(ordering="organisation__short_name")
    def body(self, membership):
        return membership.organisation or "every body"

    @admin.display(description="active today", boolean=True, ordering="active")
    def is_active(self, membership):
        return membership.active
