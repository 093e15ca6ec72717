"""The admin of progress updates, due dates and owners, which are written on pages of actions."""

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from forces import access
from forces.admin import AppendOnlyAdmin
from forces.attention import PARAMETER

from .. import admin_views, proposal_views
from ..addresses import writing_page
from ..models import DueDateChange, OwnerChange, ProgressUpdate
from .findings import brief

# Rules of attention that were once about updates, and are now about their actions.
ONCE_CALLED = {"for_sign_off": "for_approval", "waiting": "awaiting"}


class ProposalAdmin(AppendOnlyAdmin, admin.ModelAdmin):
    """An admin of proposals, with the pages to approve, withdraw and take over one."""

    list_filter = ["state", ("action__plan__organisation", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["action__plan", "by"]
    date_hierarchy = "at"
    change_form_template = "admin/findings/proposal/change_form.html"

    def get_urls(self):
        name, view = f"findings_{self.opts.model_name}", self.admin_site.admin_view
        pages = {"model": self.model}
        return [
            path(
                "<int:pk>/approve/",
                view(proposal_views.Approve.as_view(**pages)),
                name=f"{name}_approve",
            ),
            path(
                "<int:pk>/left-behind/",
                view(proposal_views.FinishLeftBehind.as_view(**pages)),
                name=f"{name}_left_behind",
            ),
            path(
                "<int:pk>/withdraw/",
                view(proposal_views.withdraw),
                pages,
                name=f"{name}_withdraw",
            ),
            path(
                "<int:pk>/discard/",
                view(proposal_views.discard_draft),
                pages,
                name=f"{name}_discard",
            ),
            *super().get_urls(),
        ]

    def has_add_permission(self, request, obj=None):
        return False

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        user, today = request.user, timezone.localdate()
        is_own = obj.by == user and access.may(
            user, access.permission_to("add", self.model), obj, today
        )
        left = admin_views.left_behind_by_others(user, self.model.objects.filter(pk=obj.pk))
        context |= {
            "may_approve": obj.is_awaiting_approval and admin_views.may_approve(user, obj),
            "may_withdraw": obj.is_awaiting_approval and is_own,
            "may_finish": left.exists(),
            "continue_at": reverse(writing_page(self.model), args=[obj.action_id])
            if obj.is_open and is_own
            else "",
            "address": f"admin:findings_{self.opts.model_name}",
            **admin_views.evidence_context(request, obj),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(ProgressUpdate)
class ProgressUpdateAdmin(ProposalAdmin):
    """The admin of progress updates."""

    list_display = ["at", "action", "state", "status", "text", "by"]
    list_filter = [
        "state",
        "status",
        ("action__plan__organisation", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["note", "action__summary", "action__plan__name"]

    def get_urls(self):
        view = self.admin_site.admin_view(
            lambda request, pk: redirect("admin:findings_progressupdate_approve", pk)
        )
        # The old address of the page to approve, which a mail or a bookmark may hold.
        return [path("<int:pk>/sign-off/", view), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        rule = request.GET.get(PARAMETER)
        if rule is None:
            return super().changelist_view(request, extra_context)
        # The old address of a list that a mail or a bookmark may hold: it is now one of actions.
        others = {
            name.removeprefix("action__"): value
            for name, value in request.GET.items()
            if name == "action__plan__organisation__id__exact"
        }
        query = urlencode({PARAMETER: ONCE_CALLED.get(rule, rule)} | others)
        return redirect(f"{reverse('admin:findings_action_changelist')}?{query}")

    @admin.display(description="what happened")
    def text(self, update):
        return brief(update.note)


class ChangeAdmin(ProposalAdmin):
    """An admin of due dates or owners, each with its reason."""

    search_fields = ["reason", "action__summary", "action__plan__name"]

    @admin.display(description="why")
    def text(self, change):
        return brief(change.reason)


@admin.register(DueDateChange)
class DueDateChangeAdmin(ChangeAdmin):
    """The admin of due dates."""

    list_display = ["at", "action", "state", "was_on", "due_on", "set_by", "text", "by"]
    list_filter = ["set_by", *ChangeAdmin.list_filter]


@admin.register(OwnerChange)
class OwnerChangeAdmin(ChangeAdmin):
    """The admin of owners."""

    list_display = ["at", "action", "state", "was_role", "owner_role", "text", "by"]
