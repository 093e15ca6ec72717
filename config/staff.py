from django.contrib.admin import AdminSite
from django.db.models import Count, Max, Q
from django.utils import timezone

from findings.access import open_to_progress
from findings.models import Plan


class StaffSite(AdminSite):
    """Django's admin, opening on the main task: the plans on whose actions the reader may record progress."""

    site_header = site_title = "Inspection findings, staff"
    index_title = "Staff"
    enable_nav_sidebar = False

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
