"""The admin of themes, findings, responses and what the inspectorate confirmed."""

from django.contrib import admin, messages
from django.db import models
from django.db.models import Count
from django.db.models.functions import Length
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.text import Truncator

from forces.admin import AppendOnlyAdmin, NeedsAttention, RoleScopedAdmin
from inspections.admin import CitationInline

from ..attention import ATTENTION_RULES
from ..forms import LONGEST_KEY, LONGEST_TEXT, ConfirmationForm, FindingForm
from ..models import (
    Confirmation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    Response,
    ResponseCitation,
    Theme,
)
from .repeats import repeats_view

MOST_EQUAL = 5  # that a warning names
KEPT_OF_SOURCE = ("source", "attribution")

# PostgreSQL refuses to index a text of a megabyte for search.
FIELDS = {
    models.TextField: {"max_length": LONGEST_TEXT},
    models.URLField: {"assume_scheme": "https"},
}

Attention = NeedsAttention.among(ATTENTION_RULES)


def brief(text):
    """A text short enough for a column of a list."""
    return Truncator(text).chars(120)


@admin.register(Theme)
class ThemeAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of themes, with how many findings each has."""

    list_display = ["name", "slug", "finding_count", "replaced_by"]
    list_filter = [("replaced_by", admin.EmptyFieldListFilter)]
    list_select_related = ["replaced_by"]
    search_fields = ["name", "slug", "definition"]
    autocomplete_fields = ["replaced_by"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(findings_counted=Count("findings"))

    @admin.display(description="findings", ordering="findings_counted")
    def finding_count(self, theme):
        return theme.findings_counted


class FindingCitationInline(CitationInline):
    """The sources of a finding."""

    model = FindingCitation


@admin.register(Finding)
class FindingAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of findings."""

    form = FindingForm
    address_fields = ("inspection", "reference")
    list_display = ["reference", "text", "kind", "named", "about", "inspection"]
    ordering = ["-inspection__published_on", "inspection", Length("reference"), "reference"]
    list_filter = [
        Attention,
        "kind",
        "themes",
        "is_region_wide",
        ("organisations", admin.RelatedOnlyFieldListFilter),
        "inspection__programme",
        "inspection__region",
    ]
    list_select_related = ["inspection"]
    search_fields = [
        "reference",
        "summary",
        "detail",
        "organisations__name",
        "organisations__aliases__name",
    ]
    autocomplete_fields = ["inspection", "organisations", "themes", "section", "cause", "repeats"]
    formfield_overrides = FIELDS
    inlines = [FindingCitationInline]
    fieldsets = [
        (None, {"fields": ["inspection", "reference", "kind", "summary", "detail"]}),
        (
            "Who and what it is about",
            {
                "fields": [
                    "is_region_wide",
                    "organisations",
                    "unnamed_organisations",
                    "themes",
                    "section",
                ]
            },
        ),
        ("Links to other findings", {"fields": ["cause", "repeats"]}),
    ]

    def get_changeform_initial_data(self, request):
        """What the address says, and the next reference of its inspection."""
        initial = super().get_changeform_initial_data(request)
        chosen = initial.get("inspection", "")
        if "reference" not in initial and chosen.isdecimal() and len(chosen) < LONGEST_KEY:
            initial["reference"] = Finding.objects.next_reference(int(chosen))
        return initial

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """Django's, with what “Save and add another” has kept of the source before.

        Only where the form is shown: what is sent would else count as not changed, and be dropped.
        """
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        kept = {name: request.GET[name] for name in KEPT_OF_SOURCE if name in request.GET}
        return kwargs | (
            {"initial": [kept]} if kept and request.method == "GET" and obj.pk is None else {}
        )

    def save_related(self, request, form, formsets, change):
        """Save, and name the findings that say the same in the same words."""
        super().save_related(request, form, formsets, change)
        if change and "summary" not in form.changed_data:
            return
        others = self.get_queryset(request).repeating_text(form.instance)
        if links := [
            (reverse("admin:findings_finding_change", args=[other.pk]), other.full_reference)
            for other in others[:MOST_EQUAL]
        ]:
            named = format_html_join(", ", '<a href="{}">{}</a>', links)
            said = format_html("The same text is recorded already: {}. Saved all the same.", named)
            messages.warning(request, said)

    def response_add(self, request, obj, post_url_continue=None):
        return self.with_kept(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request, obj):
        return self.with_kept(request, obj, super().response_change(request, obj))

    def with_kept(self, request, finding, response):
        """The way to the next form, whose address keeps what findings of one report share."""
        if "_addanother" not in request.POST or not response.has_header("Location"):
            return response
        citation = finding.citations.order_by("pk").first()
        kept = {
            "inspection": finding.inspection_id,
            "organisations": ",".join(str(one.pk) for one in finding.organisations.all()),
            "source": citation and citation.source_id,
            "attribution": citation and citation.attribution,
        }
        address, _, others = response["Location"].partition("?")
        query = urlencode({name: value for name, value in kept.items() if value})
        return redirect("?".join([address, "&".join(filter(None, [query, others]))]))

    def get_urls(self):
        repeats = self.admin_site.admin_view(repeats_view)
        return [path("repeats/", repeats, name="findings_finding_repeats"), *super().get_urls()]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .defer("search")
            .prefetch_related("organisations", "themes")
        )

    @admin.display(description="finding", ordering="summary")
    def text(self, finding):
        return brief(finding.summary)

    @admin.display(description="names")
    def named(self, finding):
        organisations = [organisation.short_name for organisation in finding.organisations.all()]
        return ", ".join((["region"] if finding.is_region_wide else []) + organisations)

    @admin.display(description="themes")
    def about(self, finding):
        return ", ".join(theme.name for theme in finding.themes.all())


class ResponseCitationInline(CitationInline):
    """The sources of a response."""

    model = ResponseCitation


@admin.register(Response)
class ResponseAdmin(RoleScopedAdmin, admin.ModelAdmin):
    """The admin of responses."""

    list_display = ["organisation", "stance", "answers", "role", "text", "said_on"]
    list_filter = [
        Attention,
        "stance",
        "respondent",
        ("organisation", admin.RelatedOnlyFieldListFilter),
        "is_for_region",
    ]
    list_select_related = ["organisation", "inspection", "finding"]
    search_fields = ["organisation__name", "summary", "role"]
    date_hierarchy = "said_on"
    autocomplete_fields = ["inspection", "finding", "organisation"]
    formfield_overrides = FIELDS
    inlines = [ResponseCitationInline]
    fieldsets = [
        ("Responds to an inspection, or to one finding", {"fields": ["inspection", "finding"]}),
        (
            None,
            {
                "fields": [
                    *("organisation", "respondent", "is_for_region", "role", "stance"),
                    *("summary", "said_on", "said_precision"),
                ]
            },
        ),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("search", "finding__search")

    @admin.display(description="responds to")
    def answers(self, response):
        return response.finding.reference if response.finding else response.inspection

    @admin.display(description="said", ordering="summary")
    def text(self, response):
        return brief(response.summary)


class ConfirmationCitationInline(CitationInline):
    """The sources of a confirmation."""

    model = ConfirmationCitation


@admin.register(Confirmation)
class ConfirmationAdmin(AppendOnlyAdmin, admin.ModelAdmin):
    """The admin of confirmations, which are only ever added."""

    form = ConfirmationForm
    list_display = ["finding_reference", "closure_status", "confirmed_on", "text"]
    list_filter = [Attention, "closure_status"]
    search_fields = ["finding__reference", "finding__summary"]
    date_hierarchy = "confirmed_on"
    autocomplete_fields = ["finding"]
    inlines = [ConfirmationCitationInline]

    def get_fields(self, request, obj=None):
        return ["finding", "closure_status", "confirmed_on", *([] if obj else ["why"])]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("finding").defer("finding__search")

    @admin.display(description="finding", ordering="finding__reference")
    def finding_reference(self, confirmation):
        return confirmation.finding.reference

    @admin.display(description="which says")
    def text(self, confirmation):
        return brief(confirmation.finding.summary)
