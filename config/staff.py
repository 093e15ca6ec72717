from functools import wraps

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import BadRequest
from django.utils import timezone

from findings.desk import desk
from forces import access


class Choices(AutocompleteJsonView):
    """What a search box offers: what the form will take from this person."""

    def get_queryset(self):
        rows = access.choosable(self.request.user, self.source_field, super().get_queryset(), timezone.localdate())
        # Where the admin counts what belongs to a row, the model's own order is lost.
        return rows.order_by(*(self.model_admin.get_ordering(self.request) or rows.model._meta.ordering))


class StaffSite(AdminSite):
    """Django's admin for those who hold a role, opening on what waits for them."""

    site_header = site_title = "Inspection findings, staff"
    index_title, index_template = "Your desk", "admin/desk.html"
    enable_nav_sidebar = False

    def has_permission(self, request):
        return super().has_permission(request) and access.is_member(request.user, timezone.localdate())

    def get_urls(self):
        # Django's redirect to a row's public page asks nobody's leave, and its address tells of the row.
        return [address for address in super().get_urls() if getattr(address, "name", None) != "view_on_site"]

    def autocomplete_view(self, request):
        return Choices.as_view(admin_site=self)(request)

    def admin_view(self, view, cacheable=False):
        """Also answers 400 to an address or a form with a number that is none, where Django's own search boxes break."""

        @wraps(view)
        def careful(request, *args, **kwargs):
            try:
                response = view(request, *args, **kwargs)
                if not getattr(response, "is_rendered", True):
                    response.render()
            except (ValueError, OverflowError) as error:
                raise BadRequest(f"It holds a value that cannot be meant: {error}") from error
            return response

        return super().admin_view(careful, cacheable)

    def index(self, request, extra_context=None):
        return super().index(request, {"desk": desk(request.user, timezone.localdate())} | (extra_context or {}))
