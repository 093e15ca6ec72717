"""A changelist of findings as Django's admin makes it, open to everybody."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from findings.models import Finding


class OpenSite(AdminSite):
    def has_permission(self, request):
        return True


class FindingAdmin(ModelAdmin):
    list_display = ["reference", "inspection", "kind", "is_region_wide", "summary"]
    list_filter = [
        "kind",
        "is_region_wide",
        "themes",
        "organisations",
        "inspection__region",
        "inspection__programme",
        "inspection",
    ]
    list_per_page = 25
    list_select_related = ["inspection"]
    search_fields = ["summary", "detail"]

    def has_module_permission(self, request):
        return True

    def has_view_permission(self, request, finding=None):
        return True

    def has_change_permission(self, request, finding=None):
        return False

    has_add_permission = has_delete_permission = has_module_permission


site = OpenSite()
site.register(Finding, FindingAdmin)
urlpatterns = [path("", site.urls)]
