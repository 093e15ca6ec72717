"""The admin of inspections: sources, programmes, fieldwork and gradings."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, OuterRef
from django.forms import DateTimeField, DateTimeInput
from django.urls import path
from django.utils import timezone

from forces.admin import NeedsAttention, RoleScopedAdmin
from lib.audit.formsets import AuditedFormSet

from . import admin_views
from .attention import ATTENTION_RULES
from .choices import MissingReason
from .models import (
    Fieldwork,
    FieldworkCitation,
    GradeMeaning,
    Grading,
    GradingCitation,
    Inspection,
    InspectionCitation,
    MonitoringEvent,
    MonitoringEventCitation,
    PolicingBodyComment,
    Programme,
    Question,
    Source,
    Strand,
)

Attention = NeedsAttention.among(ATTENTION_RULES)


class CitationFormSet(AuditedFormSet):
    """The citations of one fact; at least one must stay."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        kept = [
            form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        if not kept and self.needs_one():
            raise ValidationError("Say where this was read: cite at least one source.")

    def needs_one(self):
        return True


class CitationInline(RoleScopedAdmin, admin.StackedInline):
    """The sources of a fact, beside it."""

    formset = CitationFormSet
    fields = [("source", "locator", "attribution")]
    autocomplete_fields = ["source"]
    verbose_name = "source"
    verbose_name_plural = "sources: where this was read"

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else 1


@admin.register(Source)
class SourceAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of sources."""

    list_display = ["label", "publisher", "kind", "published"]
    list_filter = ["kind", "publisher"]
    search_fields = ["title", "publisher", "url", "slug"]
    date_hierarchy = "published_on"
    prepopulated_fields = {"slug": ["publisher", "title"]}
    fields = [
        "publisher",
        "title",
        "slug",
        "url",
        "kind",
        "published_on",
        "published_precision",
        "read_note",
    ]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description="source", ordering="title")
    def label(self, source):
        return source.label

    @admin.display(ordering="published_on")
    def published(self, source):
        return source.published


class QuestionInline(RoleScopedAdmin, admin.StackedInline):
    """A programme's questions, on its page."""

    model = Question
    extra = 0
    fields = [
        ("name", "slug"),
        ("position", "part", "strand"),
        ("is_graded", "is_headline"),
        "also_written",
    ]
    autocomplete_fields = ["strand"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Programme)
class ProgrammeAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of inspection programmes."""

    list_display = ["name", "short_name", "scale", "questions", "inspections"]
    list_filter = ["scale"]
    search_fields = ["name", "short_name"]
    prepopulated_fields = {"slug": ["short_name"]}
    autocomplete_fields = ["follows"]
    inlines = [QuestionInline]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .annotate(
                question_count=Count("questions", distinct=True),
                inspection_count=Count("inspections", distinct=True),
            )
        )

    @admin.display(ordering="question_count")
    def questions(self, programme):
        return programme.question_count

    @admin.display(ordering="inspection_count")
    def inspections(self, programme):
        return programme.inspection_count


@admin.register(Question)
class QuestionAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of questions."""

    list_display = ["name", "programme", "position", "part", "strand", "is_headline"]
    list_filter = ["programme", "part", "strand"]
    list_select_related = ["programme", "strand"]
    search_fields = ["name", "slug", "also_written", "programme__name", "programme__short_name"]
    autocomplete_fields = ["programme", "strand"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Strand)
class StrandAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of strands."""

    list_display = ["name", "position", "description"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(GradeMeaning)
class GradeMeaningAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of what each grade means on each scale."""

    list_display = ["grade", "scale", "meaning"]
    list_filter = ["scale"]
    search_fields = ["meaning"]


class InspectionCitationInline(CitationInline):
    """The sources of an inspection."""

    model = InspectionCitation


class PolicingBodyCommentInline(RoleScopedAdmin, admin.StackedInline):
    """Which local policing bodies published comments on an inspection, and where."""

    model = PolicingBodyComment
    formset = AuditedFormSet
    extra = 0
    fields = [("organisation", "published_on"), ("source", "locator", "attribution")]
    autocomplete_fields = ["organisation", "source"]


@admin.register(Inspection)
class InspectionAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of inspections."""

    list_display = [
        "title",
        "programme",
        "covers",
        "published_on",
        "public_at",
        "is_public",
        "gradings",
        "findings_recorded",
    ]
    list_filter = [
        Attention,
        "programme",
        "region",
        "findings_recorded",
        ("public_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["programme", "region", "organisation"]
    search_fields = ["title", "slug", "region__name", "organisation__name", "programme__name"]
    date_hierarchy = "published_on"
    autocomplete_fields = ["programme", "region", "organisation", "supersedes"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [InspectionCitationInline, PolicingBodyCommentInline]
    # One box for day and time: Django's two boxes share a single label.
    formfield_overrides = {
        models.DateTimeField: {
            "form_class": DateTimeField,
            "widget": DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }
    }

    def get_queryset(self, request):
        public = Inspection.objects.published(timezone.now()).filter(pk=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(grading_count=Count("gradings"), is_public_now=Exists(public))
        )

    def get_urls(self):
        preview = self.admin_site.admin_view(admin_views.Preview.as_view())
        return [
            path("<int:pk>/preview/", preview, name="inspections_inspection_preview"),
            path("<int:pk>/preview/<path:address>", preview),
            path(
                "<int:pk>/publish/",
                self.admin_site.admin_view(admin_views.Publish.as_view()),
                name="inspections_inspection_publish",
            ),
            *super().get_urls(),
        ]

    @admin.display(ordering="region__name")
    def covers(self, inspection):
        return inspection.organisation or inspection.region or "all regions"

    @admin.display(description="public now", boolean=True, ordering="is_public_now")
    def is_public(self, inspection):
        return inspection.is_public_now

    @admin.display(ordering="grading_count")
    def gradings(self, inspection):
        return inspection.grading_count


class FieldworkCitationInline(CitationInline):
    """The sources of dates of fieldwork."""

    model = FieldworkCitation


@admin.register(Fieldwork)
class FieldworkAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of fieldwork."""

    list_display = ["organisation", "inspection", "period", "caveat"]
    list_filter = [Attention, "inspection__programme", "organisation__region"]
    list_select_related = ["organisation", "inspection"]
    search_fields = ["organisation__name", "inspection__title"]
    date_hierarchy = "fieldwork_from"
    autocomplete_fields = ["inspection", "organisation"]
    inlines = [FieldworkCitationInline]

    @admin.display(ordering="fieldwork_from")
    def period(self, fieldwork):
        return fieldwork.period


class GradingCitationFormSet(CitationFormSet):
    """The citations of one grading; a grade that no source gives has none."""

    def needs_one(self):
        return self.instance.missing_reason != MissingReason.NOT_FOUND


class GradingCitationInline(CitationInline):
    """The sources of a grading."""

    model = GradingCitation
    formset = GradingCitationFormSet
    fields = [*CitationInline.fields, ("grade_given", "note")]


@admin.register(Grading)
class GradingAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of gradings."""

    list_display = ["organisation", "question", "judgment", "fieldwork", "published_on"]
    list_filter = [
        Attention,
        "grade",
        "missing_reason",
        "certainty",
        "is_carried_forward",
        "inspection__programme",
        "organisation__region",
        "organisation__kind",
    ]
    search_fields = [
        "organisation__name",
        "organisation__short_name",
        "inspection__title",
        "question__name",
    ]
    date_hierarchy = "inspection__published_on"
    autocomplete_fields = ["inspection", "organisation", "question"]
    inlines = [GradingCitationInline]
    fieldsets = [
        (None, {"fields": ["inspection", "organisation", "question"]}),
        (
            "Judgment: a grade, or the reason why there is none",
            {"fields": ["grade", "missing_reason", "certainty", "note"]},
        ),
        (
            "Corrected after publication",
            {"fields": ["first_grade", "corrected_on", "correction_reason"]},
        ),
        (
            "Compared with the previous grading",
            {"fields": ["is_carried_forward", "not_comparable_because"]},
        ),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).for_display()

    @admin.display(ordering="grade")
    def judgment(self, grading):
        return grading.judgment

    @admin.display(ordering="fieldwork_from", empty_value="not found in our sources")
    def fieldwork(self, grading):
        return grading.fieldwork or None

    @admin.display(description="published", ordering="inspection__published_on")
    def published_on(self, grading):
        return grading.inspection.published_on


class MonitoringEventCitationInline(CitationInline):
    """The sources of an event."""

    model = MonitoringEventCitation


@admin.register(MonitoringEvent)
class MonitoringEventAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of what happened between inspections."""

    list_display = ["organisation", "kind", "happened", "summary"]
    list_filter = ["kind", "organisation__region"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "summary"]
    date_hierarchy = "happened_on"
    autocomplete_fields = ["organisation", "inspection"]
    inlines = [MonitoringEventCitationInline]
    fields = [
        ("organisation", "kind"),
        ("happened_on", "precision"),
        "summary",
        "inspection",
    ]

    @admin.display(ordering="happened_on")
    def happened(self, event):
        return event.happened
