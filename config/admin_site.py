"""The admin as the staff's site: who may enter, its first page, and what was deleted."""

from functools import wraps

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from findings.worklist import worklist
from forces import access
from lib.audit import history
from lib.audit.models import Change

from . import events

DELETIONS_A_PAGE = 50


def render_eagerly(view):
    """The view with its template rendered at once, so that its errors are caught here."""

    @wraps(view)
    def run(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if not getattr(response, "is_rendered", True):
            response.render()
        return response

    return run


def bad_request_on_invalid_value(view):
    """The view with a 400 for values that break Django's own admin, such as a field it lacks."""

    @wraps(view)
    def run(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except (ValueError, OverflowError, FieldDoesNotExist) as error:
            raise BadRequest(f"It holds a value that cannot be meant: {error}") from error

    return run


class AutocompleteChoices(AutocompleteJsonView):
    """What a search box offers: the rows that the form accepts from this person."""

    def get_queryset(self):
        rows = access.choosable(
            self.request.user, self.source_field, super().get_queryset(), timezone.localdate()
        )
        # Where the admin counts what belongs to a row, the model's own order is lost.
        return rows.order_by(
            *(self.model_admin.get_ordering(self.request) or rows.model._meta.ordering)
        )


class StaffSite(AdminSite):
    """Django's admin for those who have a role; its first page is their worklist."""

    site_header = site_title = "Inspection findings, staff"
    index_title, index_template = "Your desk", "admin/worklist.html"
    enable_nav_sidebar = False

    def has_permission(self, request):
        # A role is enough: Django's `is_staff` would be a second thing to remember.
        return access.is_member(request.user, timezone.localdate())

    def record_refusal(self, request, reason):
        """Log that somebody asked for a row that is not theirs; the response only says 404."""
        events.record("refused", request, request.user, reason=reason)

    def get_urls(self):
        # Django's redirect to a row's public page checks no permission, and reveals the row.
        addresses = [
            address
            for address in super().get_urls()
            if getattr(address, "name", None) != "view_on_site"
        ]
        return [path("deleted/", self.admin_view(self.deletions), name="deleted"), *addresses]

    def deletions(self, request):
        """The page of deleted rows, for those who read the rows of every organisation."""
        user, today = request.user, timezone.localdate()
        if not access.reads_all(user, today):
            raise PermissionDenied
        models = [
            model
            for model in self._registry
            if access.organisations(user, access.permission_to("view", model), today) is None
        ]
        changes = Change.objects.deletions().filter(
            table__in=[model._meta.db_table for model in models]
        )
        page = Paginator(changes, DELETIONS_A_PAGE).get_page(request.GET.get("p"))
        context = {
            "title": "What was deleted",
            "page": page,
            "deletions": history.deletions(list(page), None),
        }
        return TemplateResponse(request, "admin/deleted.html", self.each_context(request) | context)

    def autocomplete_view(self, request):
        return AutocompleteChoices.as_view(admin_site=self)(request)

    def admin_view(self, view, cacheable=False):
        return super().admin_view(bad_request_on_invalid_value(render_eagerly(view)), cacheable)

    def index(self, request, extra_context=None):
        user, today = request.user, timezone.localdate()
        context = {"worklist": worklist(user, today), "reads_all": access.reads_all(user, today)}
        return super().index(request, context | (extra_context or {}))
