from functools import wraps

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.db.models import Count, Max, Q
from django.utils import timezone

from findings.access import open_to_progress
from findings.models import Plan


class StaffSite(AdminSite):
    """Django's admin, opening on the main task: the plans on whose actions the reader may record progress."""

    site_header = site_title = "Inspection findings, staff"
    index_title = "Staff"
    enable_nav_sidebar = False

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
        today = timezone.localdate()
        actions = open_to_progress(request.user, today).open()
        plans = (
            Plan.objects.filter(actions__in=actions)
            .annotate(
                open_count=Count("actions", distinct=True),
                overdue_count=Count("actions", Q(actions__in=actions.overdue(today)), distinct=True),
                last_update_at=Max("actions__updates__at"),
            )
            .select_related("organisation")
        )
        return super().index(request, {"plans": plans} | (extra_context or {}))
