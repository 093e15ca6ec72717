"""The admin of plans, actions and evidence."""

from django.contrib import admin
from django.db.models import Count, Q
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html

from forces import access
from forces.admin import RoleScopedAdmin
from inspections.admin import CitationInline
from lib.audit.conflicts import form_with_error
from lib.forms.files import put_back_files
from lib.forms.unsaved import restore

from .. import admin_views, bulk_actions, proposal_views
from ..choices import ActionStatus
from ..coverage import NO_DATE
from ..forms import ActionEvidenceForm
from ..models import (
    Action,
    ActionCitation,
    DueDateChange,
    Evidence,
    Plan,
)
from ..progress import with_last_update
from ..storage import NotStoredError, file_with_row
from .findings import FIELDS, Attention, brief
from .plan_copies import copy_plan_view


@admin.register(Plan)
class PlanAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of plans, each with its actions."""

    list_display = [
        "name",
        "organisation",
        "in_all",
        "open",
        "overdue",
        "inspection",
        "starts_on",
        "ends_on",
        "is_draft",
    ]
    list_filter = [
        "is_draft",
        ("organisation__region", admin.RelatedOnlyFieldListFilter),
        ("organisation", admin.RelatedOnlyFieldListFilter),
        ("inspection", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["organisation", "inspection"]
    search_fields = ["name", "organisation__name", "organisation__short_name"]
    date_hierarchy = "starts_on"
    autocomplete_fields = ["organisation", "inspection"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = FIELDS
    fieldsets = [
        (
            "The plan",
            {"fields": [*("organisation", "inspection", "name", "slug"), "note", "is_draft"]},
        ),
        ("Period", {"fields": ["starts_on", "ends_on", "period_note"]}),
    ]

    def get_urls(self):
        copy = self.admin_site.admin_view(copy_plan_view)
        return [path("<int:pk>/copy/", copy, name="findings_plan_copy"), *super().get_urls()]

    def get_queryset(self, request):
        undated = Count("actions", Q(actions__in=Action.objects.undated()))
        plans = super().get_queryset(request).with_action_counts(timezone.localdate())
        return plans.annotate(undated_count=undated)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            today, permission = timezone.localdate(), "findings.add_progressupdate"
            movable = access.rows(request.user, permission, obj.actions.movable(), today)
            context |= {
                "actions": with_last_update(obj.actions.with_overdue(today)),
                "open_to_progress": set(movable.values_list("pk", flat=True)),
                "may_add_action": request.user.has_perm("findings.add_action"),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="actions", ordering="action_count")
    def in_all(self, plan):
        return plan.action_count

    @admin.display(ordering="open_count")
    def open(self, plan):
        return plan.open_count

    @admin.display(ordering="overdue_count")
    def overdue(self, plan):
        is_known = plan.undated_count < plan.open_count or not plan.open_count
        return plan.overdue_count if is_known else NO_DATE


class ActionCitationInline(CitationInline):
    """The sources of an action."""

    model = ActionCitation


@admin.register(Action)
class ActionAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of actions. Progress, due date and owner have pages of their own."""

    list_display = ["text", "of_plan", "status", "owner_role", "due", "last_progress"]
    list_filter = [
        Attention,
        "status",
        ("plan__organisation", admin.RelatedOnlyFieldListFilter),
        ("plan", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = [
        "summary",
        "owner_role",
        "plan__name",
        "plan__organisation__name",
        "findings__reference",
    ]
    date_hierarchy = "due_on"
    autocomplete_fields = ["plan", "findings"]
    formfield_overrides = FIELDS
    inlines = [ActionCitationInline]
    actions = [bulk_actions.submit_drafts, bulk_actions.set_due_dates, bulk_actions.set_owners]
    fieldsets = [
        # Once an action is entered, its status, owner and due date are changed on other pages,
        # which ask for a reason.
        ("What the source says", {"fields": ["plan", "number", "summary", "findings"]}),
    ]
    add_fieldsets = [
        ("What the source says", {"fields": ["plan", "number", "summary", "findings", "status"]}),
        ("Who owns it, and when it is due", {"fields": ["owner_role", "due_on", "due_set_by"]}),
    ]

    def get_fieldsets(self, request, obj=None):
        # Those who may not change these fields see them in the section above, and not twice.
        may_change = self.has_change_permission(request, obj)
        return (self.fieldsets if may_change else []) if obj else self.add_fieldsets

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        action = form.instance
        if not change and action.due_on:
            DueDateChange.objects.create_first(action, request.user, timezone.now())

    def get_queryset(self, request):
        actions = super().get_queryset(request).select_related("plan__organisation")
        return with_last_update(actions)

    def get_urls(self):
        return [
            path(
                f"<int:pk>/{address}/",
                self.admin_site.admin_view(view),
                name=f"findings_action_{name}",
            )
            for address, name, view in (
                ("progress", "record_progress", admin_views.RecordProgress.as_view()),
                ("due-date", "due_date", proposal_views.SetDueDate.as_view()),
                ("owner", "owner", proposal_views.SetOwner.as_view()),
            )
        ] + super().get_urls()

    def changelist_view(self, request, extra_context=None):
        # The page of a bulk action has the address of the list.
        unsaved = restore(request)
        if unsaved and "version" in unsaved.data:
            name = unsaved.data.get("action")
            action = self.get_actions(request).get(name)
            if action and (page := action[0](self, request, self.model.objects.none())):
                return page
        request.unsaved = None
        return super().changelist_view(request, extra_context)

    def has_report_permission(self, request):
        return request.user.has_perm("findings.add_progressupdate")

    def has_date_permission(self, request):
        return request.user.has_perm("findings.add_duedatechange")

    def has_allocate_permission(self, request):
        return request.user.has_perm("findings.add_ownerchange")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "findings":
            kwargs["label"] = "Responds to"
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "status":
            kwargs["choices"] = [
                choice for choice in ActionStatus.choices if choice[0] != ActionStatus.SUPERSEDED
            ]
            kwargs["help_text"] = (
                "As the source gives it. After that, record progress to change it."
            )
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= admin_views.action_context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="action", ordering="summary")
    def text(self, action):
        return f"{action.number}. {brief(action.summary)}"

    @admin.display(description="plan", ordering="plan__organisation__short_name")
    def of_plan(self, action):
        return action.plan.full_name

    @admin.display(ordering="due_on")
    def due(self, action):
        late = action.is_overdue(timezone.localdate())
        return (
            format_html("{}, <strong>overdue</strong>", localize(action.due_on))
            if late
            else action.due_on
        )

    @admin.display(ordering="last_update_at")
    def last_progress(self, action):
        return action.last_update_at and timezone.localdate(action.last_update_at)


@admin.register(Evidence)
class EvidenceAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of evidence. It only adds evidence for actions: an update has a form of its own."""

    list_display = ["title", "about", "dated_on", "review_on", "who_sees"]
    list_filter = ["is_public"]
    list_select_related = ["action__plan", "update__action__plan"]
    search_fields = ["title", "shows", "url", "filename", "sha256"]
    date_hierarchy = "dated_on"
    autocomplete_fields = ["action"]
    formfield_overrides = FIELDS
    add_fieldsets = [
        ("Belongs to an action as a whole", {"fields": ["action"]}),
        (None, {"fields": ["title", "url", "file", "shows", "dated_on", "review_on", "is_public"]}),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "belongs_to",
                    "address_or_file",
                    "title",
                    "shows",
                    "dated_on",
                    "review_on",
                    "is_public",
                ]
            },
        ),
    ]

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = ActionEvidenceForm
        elif "is_public" in obj.changeable_fields and obj.update_id:
            kwargs["help_texts"] = {
                "is_public": (
                    "If you clear this box, it is no longer public. Only a later update can "
                    "publish it again."
                )
            }
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return form_with_error(form, refusal) if refusal else form

    def get_readonly_fields(self, request, obj=None):
        # What it is stays: a wrong one is taken out and the right one added.
        fields = ["title", "shows", "dated_on", "review_on", "is_public"]
        if obj is None:
            return []
        final = [name for name in fields if name not in obj.changeable_fields]
        return ["belongs_to", "address_or_file", *final]

    def has_change_permission(self, request, obj=None):
        if obj is None or obj.action_id:
            return super().has_change_permission(request, obj)
        return bool(obj.changeable_fields) and self.may(request, "withdraw", obj)

    def has_delete_permission(self, request, obj=None):
        # Evidence of an update is deleted with its draft.
        return super().has_delete_permission(request, obj) and (
            obj is None or obj.update_id is None
        )

    def add_view(self, request, form_url="", extra_context=None):
        try:
            return super().add_view(request, form_url, extra_context)
        except NotStoredError as error:
            request.refusal = error.messages[0]
            put_back_files(request)
            return super().add_view(request, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        with file_with_row(obj):
            super().save_model(request, obj, form, change)
        if not change:
            admin_views.tell_of_same_file(request, obj)

    def response_post_save_change(self, request, obj):
        # Back to the page of its action, which lists it.
        return redirect("admin:findings_action_change", obj.about.pk)

    @admin.display(description="access", ordering="is_public")
    def who_sees(self, evidence):
        return evidence.access

    @admin.display
    def belongs_to(self, evidence):
        return render_to_string(
            "admin/findings/evidence/_belongs_to.html",
            {"action": evidence.about, "update": evidence.update},
        )

    @admin.display(description="address or file")
    def address_or_file(self, evidence):
        return render_to_string("findings/_piece.html", {"piece": evidence})
