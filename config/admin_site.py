"""The admin as the site of staff: who may open it, its first page, and the list of deletions."""

from functools import wraps

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from findings.worklist import worklist
from forces import access
from lib.audit import history
from lib.audit.models import Change
from lib.forms import views as forms

from .observability import system
from .sign_in import events
from .sign_in.password import OwnPasswordForm

DELETIONS_A_PAGE = 50


def render_eagerly(view):
    """Wrap a view so that its template is rendered at once, and its errors can be caught."""

    @wraps(view)
    def run(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if not getattr(response, "is_rendered", True):
            response.render()
        return response

    return run


def bad_request_on_invalid_value(view):
    """Wrap a view so that a value that breaks Django's admin gets a 400, not a 500."""

    @wraps(view)
    def run(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except (ValueError, OverflowError, FieldDoesNotExist) as error:
            raise BadRequest(f"It contains a value that cannot be right: {error}") from error

    return run


class AutocompleteChoices(AutocompleteJsonView):
    """What a search box offers: only rows that this person may choose in the form."""

    def get_queryset(self):
        rows = access.choosable(
            self.request.user, self.source_field, super().get_queryset(), timezone.localdate()
        )
        # Counts in an admin's queryset drop the model's own order.
        return rows.order_by(
            *(self.model_admin.get_ordering(self.request) or rows.model._meta.ordering)
        )


class StaffSite(AdminSite):
    """Django's admin for those who have a role; its first page is their worklist."""

    site_header = site_title = "Inspection findings, staff"
    index_title, index_template = "Your worklist", "admin/worklist.html"
    enable_nav_sidebar = False

    def has_permission(self, request):
        # A role is enough: Django's `is_staff` would be a second thing to remember.
        return access.is_member(request.user, timezone.localdate())

    def record_refusal(self, request, reason):
        """Log that somebody asked for a row that they may not open; the response only says 404."""
        events.record("refused", request, request.user, reason=reason)

    def get_urls(self):
        # Django redirects to a row's public page without checking permission: that reveals the row.
        addresses = [
            address
            for address in super().get_urls()
            if getattr(address, "name", None) != "view_on_site"
        ]
        return [
            path("system/", self.admin_view(self.system), name="system"),
            path("deleted/", self.admin_view(self.deletions), name="deleted"),
            # For a session that has ended too: the form's token says whose it is.
            path("unsaved/", forms.keep, name="keep_unsaved"),
            path("unsaved/forget/", self.admin_view(forms.forget), name="forget_unsaved"),
            *addresses,
        ]

    def system(self, request):
        """The page that says how the system is, for those who look after it."""
        if not access.sees_system(request.user, timezone.localdate()):
            raise PermissionDenied
        context = {"title": "The system", "parts": system.parts(timezone.now())}
        return TemplateResponse(request, "admin/system.html", self.each_context(request) | context)

    def deletions(self, request):
        """The page of deleted rows, for those who may read every organisation's rows."""
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
            "title": "Deleted records",
            "page": page,
            "deletions": history.deletions(list(page), None),
        }
        return TemplateResponse(request, "admin/deleted.html", self.each_context(request) | context)

    def password_change(self, request, extra_context=None):
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        return view(request)

    def autocomplete_view(self, request):
        return AutocompleteChoices.as_view(admin_site=self)(request)

    def admin_view(self, view, cacheable=False):
        return super().admin_view(bad_request_on_invalid_value(render_eagerly(view)), cacheable)

    def index(self, request, extra_context=None):
        user, today = request.user, timezone.localdate()
        context = {
            "worklist": worklist(user, today, request.GET.get("p")),
            "reads_all": access.reads_all(user, today),
            "sees_system": access.sees_system(user, today),
        }
        return super().index(request, context | (extra_context or {}))
