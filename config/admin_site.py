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
    """The view with its page made at once, so that whatever goes wrong there goes wrong here."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if not getattr(response, "is_rendered", True):
            response.render()
        return response

    return answer


def bad_request_on_invalid_value(view):
    """The view, with a 400 for an address or a form with a number or a field that is none, where Django's own search boxes break."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except (ValueError, OverflowError, FieldDoesNotExist) as error:
            raise BadRequest(f"It holds a value that cannot be meant: {error}") from error

    return answer


class AutocompleteChoices(AutocompleteJsonView):
    """What a search box offers: what the form will take from this person."""

    def get_queryset(self):
        rows = access.choosable(
            self.request.user, self.source_field, super().get_queryset(), timezone.localdate()
        )
        # Where the admin counts what belongs to a row, the model's own order is lost.
        return rows.order_by(
            *(self.model_admin.get_ordering(self.request) or rows.model._meta.ordering)
        )


class StaffSite(AdminSite):
    """Django's admin for those who hold a role, opening on what waits for them."""

    site_header = site_title = "Inspection findings, staff"
    index_title, index_template = "Your desk", "admin/worklist.html"
    enable_nav_sidebar = False

    def has_permission(self, request):
        # A role alone opens the door: Django's own switch for staff would be a second thing to remember.
        return access.is_member(request.user, timezone.localdate())

    def record_refusal(self, request, reason):
        """Writes down that somebody asked for what is not theirs, where the answer does not say so: it is as if there were none."""
        events.record("refused", request, request.user, reason=reason)

    def get_urls(self):
        # Django's redirect to a row's public page asks nobody's leave, and its address tells of the row.
        addresses = [
            address
            for address in super().get_urls()
            if getattr(address, "name", None) != "view_on_site"
        ]
        return [path("deleted/", self.admin_view(self.deleted), name="deleted"), *addresses]

    def deleted(self, request):
        """What is gone, for those who would see it in every organisation."""
        user, today = request.user, timezone.localdate()
        if not access.reads_all(user, today):
            raise PermissionDenied
        seen = [
            model
            for model in self._registry
            if access.organisations(user, access.permission_to("view", model), today) is None
        ]
        changes = Change.objects.deletions().filter(
            table__in=[model._meta.db_table for model in seen]
        )
        page = Paginator(changes, DELETIONS_A_PAGE).get_page(request.GET.get("p"))
        shown = {
            "title": "What was deleted",
            "page": page,
            "deletions": history.deletions(list(page), None),
        }
        return TemplateResponse(request, "admin/deleted.html", self.each_context(request) | shown)

    def autocomplete_view(self, request):
        return AutocompleteChoices.as_view(admin_site=self)(request)

    def admin_view(self, view, cacheable=False):
        return super().admin_view(bad_request_on_invalid_value(render_eagerly(view)), cacheable)

    def index(self, request, extra_context=None):
        user, today = request.user, timezone.localdate()
        shown = {"worklist": worklist(user, today), "sees_gone": access.reads_all(user, today)}
        return super().index(request, shown | (extra_context or {}))
