"""Pages of the country, of a region, of an organisation, and of organisations compared."""

from django.core.exceptions import BadRequest
from django.http import HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import get_text_list
from django.views.generic import DetailView, ListView, TemplateView

from findings import charts as finding_charts
from findings import sentences as finding_sentences
from findings import summaries as finding_summaries
from findings.models import Action, Finding, ProgressUpdate
from inspections import charts as grading_charts
from inspections import sentences as grading_sentences
from inspections import summaries as grading_summaries
from inspections.models import Inspection, current_or_inspected
from lib.audit.old_addresses import OldAddressMixin, current_values
from lib.charts.views import ChartImageMixin, ChartsMixin
from lib.lists.views import TableList
from lib.pages import PageMixin
from lib.sentences import number_in_words

from . import sentences
from .addresses import NOW
from .filters import OrganisationFilter
from .models import Organisation, Region
from .summaries import successions_of
from .tables import OrganisationTable

COUNTRY = "England and Wales"
LATEST = 5
COMPARED = range(2, 7)


class RegionList(ChartsMixin, PageMixin, ListView):
    """The national picture: every region's unit, and its forces by grade."""

    queryset = Region.objects.all()
    charts = ("grades_by_region",)
    chart_url = "forces:region_list_chart"

    @cached_property
    def headline_gradings(self):
        organisations = current_or_inspected(Organisation.objects, self.at)
        return grading_summaries.headline_gradings(
            organisations.select_related("region").unit_first(), self.at
        )

    @cached_property
    def when_inspected(self):
        return grading_summaries.when_inspected(self.headline_gradings, self.on)

    @cached_property
    def rows(self):
        return grading_summaries.grades_by_region(self.headline_gradings, **self.when_inspected)

    @cached_property
    def grades_by_region(self):
        sentence = grading_sentences.grades_by_region(self.rows, **self.when_inspected)
        return self.chart(grading_charts.grades_by_region, sentence, self.rows)

    def get_context_data(self, **kwargs):
        inspections = (
            Inspection.objects.published(self.at)
            .newest_first()
            .select_related("region", "programme")
        )
        responses = finding_summaries.responses_to_gradings(
            [row.unit for row in self.rows if row.unit], self.at
        )
        return super().get_context_data(**kwargs) | {
            "rows": [
                (row, row.unit and responses.get(row.unit.organisation.pk)) for row in self.rows
            ],
            "lede": grading_sentences.national_grades(self.rows, **self.when_inspected),
            "found": finding_sentences.findings_by_region(
                finding_summaries.findings_by_region(Finding.objects.published(self.at))
            ),
            "newest": inspections[:LATEST],
            "is_synthetic": any(row.region.is_synthetic for row in self.rows),
        }


class RegionListChart(ChartImageMixin, RegionList):
    """The drawing of a chart of the national picture."""


class FindingsAndActionsMixin(ChartsMixin, PageMixin):
    """The findings and actions on the pages of a region and of an organisation.

    Each page gives its `findings`, their `total` and its `actions`. `scope` has the parameters of a
    list with the same rows, and `caption` is the caption of the first chart.
    """

    caption = "Findings: strengths and practice to the right, weaknesses to the left"

    @cached_property
    def themes(self):
        return finding_summaries.findings_by_theme(self.findings, **self.scope)

    @cached_property
    def plans(self):
        return finding_summaries.actions_by_status(self.actions)

    @cached_property
    def findings_by_theme(self):
        sentence = finding_sentences.findings_by_theme(self.themes, self.total, **self.scope)
        figure, caption = finding_charts.findings_by_theme, self.caption
        return self.themes and self.chart(figure, sentence, self.themes, caption=caption)

    @cached_property
    def actions_by_status(self):
        sentence = finding_sentences.actions_by_status(self.plans, **self.scope)
        return self.plans and self.chart(finding_charts.actions_by_status, sentence, self.plans)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"themes": self.themes, "plans": self.plans}


class RegionDetail(OldAddressMixin, FindingsAndActionsMixin, DetailView):
    """The dashboard: a region's unit and forces compared, its findings, and its actions."""

    model = Region
    charts = ("findings_by_theme", "theme_by_organisation", "actions_by_status")
    chart_url = "forces:region_chart"
    caption = "Findings by theme: strengths and practice to the right, weaknesses to the left"

    @cached_property
    def scope(self):
        return {"region": self.object.slug}

    @cached_property
    def organisations(self):
        organisations = current_or_inspected(self.object.organisations, self.at)
        return list(organisations.select_related("region").unit_first())

    @cached_property
    def findings(self):
        return Finding.objects.published(self.at).in_region(self.object)

    @cached_property
    def actions(self):
        return Action.objects.published(self.at).in_region(self.object)

    @cached_property
    def found(self):
        return finding_summaries.finding_totals(self.findings, self.at)

    @property
    def total(self):
        return self.found.total

    @cached_property
    def headline_gradings(self):
        return grading_summaries.headline_gradings(self.organisations, self.at)

    @cached_property
    def rows(self):
        return finding_summaries.comparison_rows(self.headline_gradings, self.at, self.on)

    @cached_property
    def matrix(self):
        organisations, left_out = finding_summaries.recorded_organisations(self.rows)
        return finding_summaries.theme_by_organisation(
            self.themes, self.findings, organisations, **self.scope
        )._replace(left_out=left_out)

    @cached_property
    def theme_by_organisation(self):
        figure = finding_charts.theme_by_organisation
        sentence = finding_sentences.theme_by_organisation(self.matrix)
        fits = self.themes and len(self.matrix.columns) <= finding_charts.MOST_COLUMNS
        return fits and self.chart(figure, sentence, self.matrix)

    def get_context_data(self, **kwargs):
        rows = self.rows
        claimed, confirmed = finding_summaries.claimed_and_confirmed(rows, self.found, **self.scope)
        slugs = [row.organisation.slug for row in rows]
        inspected = grading_summaries.when_inspected(self.headline_gradings, self.on)
        return super().get_context_data(**kwargs) | {
            "crumbs": [(COUNTRY, reverse("forces:region_list")), (self.object.name, "")],
            "rows": rows,
            "coverage": finding_summaries.coverage_of(rows),
            "comparison": urlencode({"organisation": slugs[: max(COMPARED)]}, doseq=True),
            "lede": [
                part
                for row in grading_summaries.grades_by_region(self.headline_gradings, **inspected)
                for part in grading_sentences.region_grades(row)
            ],
            "evidence_span": grading_summaries.evidence_span(
                [row.grading for row in rows], self.on
            ),
            "inspections": {row.grading.inspection for row in rows if row.grading.inspection_id},
            "matrix": self.matrix,
            "missing": finding_summaries.unknown_of_organisations(
                rows,
                self.found,
                exists=[NOW, *inspected.values()] if inspected else None,
                **self.scope,
            ),
            "successions": [
                sentences.succession(row, self.on) for row in successions_of(self.organisations)
            ],
            "claimed": claimed,
            "confirmed": confirmed,
            "updates": ProgressUpdate.objects.published(self.at)
            .in_region(self.object)
            .for_display()[:LATEST],
            "is_synthetic": self.object.is_synthetic,
        }


class RegionChart(ChartImageMixin, RegionDetail):
    """The drawing of a chart of a region's dashboard."""


class OrganisationList(TableList):
    """All organisations in one table, with grades, responses, findings and actions."""

    filter_class, table_class = OrganisationFilter, OrganisationTable
    template_name = "forces/organisation_list.html"
    title, nouns = "Forces and regional units", ("force or unit", "forces and units")
    description = (
        "Police forces and regional organised crime units of England and Wales: their grades, "
        "what they said in response, and what they say they are doing."
    )
    per_page = 60

    def get_table_rows(self, filterset):
        return filterset.with_counts()


class OrganisationDetail(OldAddressMixin, FindingsAndActionsMixin, DetailView):
    """One organisation: its gradings through time, its responses, findings and actions."""

    queryset = Organisation.objects.select_related("region")
    charts = ("grades_through_time", "findings_by_theme", "actions_by_status")
    chart_url = "forces:organisation_chart"
    caption = (
        "Findings that name the force or unit: strengths and practice to the right, "
        "weaknesses to the left"
    )

    @cached_property
    def scope(self):
        return {"organisation": self.object.slug}

    @cached_property
    def findings(self):
        return self.object.findings.published(self.at)

    @cached_property
    def actions(self):
        return Action.objects.published(self.at).of_organisation(self.object)

    @property
    def total(self):
        return self.row.findings.total

    @cached_property
    def gradings(self):
        return list(
            self.object.gradings.published(self.at)
            .for_display()
            .newest_first()
            .prefetch_related("citations")
        )

    @cached_property
    def row(self):
        """The organisation as a row of a comparison, by its newest headline grading."""
        headline = next(
            (grading for grading in self.gradings if grading.question.is_headline), None
        )
        own = (
            [grading_summaries.HeadlineGrading.of(self.object, headline)]
            if headline or not self.object.valid_from
            else grading_summaries.headline_gradings([self.object], self.at)
        )
        (row,) = finding_summaries.comparison_rows(own, self.at, self.on)
        return row

    @cached_property
    def successions(self):
        return successions_of([self.object])

    @cached_property
    def grades_through_time(self):
        oldest_first = [
            grading for grading in reversed(self.gradings) if grading.question.is_headline
        ]
        if not any(grading.steps for grading in oldest_first):
            return None
        sentence = grading_sentences.grades_through_time(oldest_first)
        return self.chart(grading_charts.grades_through_time, sentence, oldest_first, self.on)

    def get_context_data(self, **kwargs):
        organisation, region = self.object, self.object.region
        country = (COUNTRY, reverse("forces:region_list"))
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                country,
                (region.name, region.get_absolute_url()),
                (organisation.short_name, ""),
            ],
            "row": self.row,
            "history": sentences.history(organisation, self.on, self.successions),
            "successions": [sentences.succession(row, self.on) for row in self.successions],
            "gradings": self.gradings,
            "evidence_span": grading_summaries.evidence_span([self.row.grading], self.on),
            "fieldwork": organisation.fieldwork.published(self.at)
            .select_related("inspection")
            .prefetch_related("citations"),
            "responses": organisation.responses.published(self.at)
            .select_related("inspection", "finding")
            .prefetch_related("citations"),
            "clock": self.row.grading.pk
            and grading_summaries.comments_clock(
                self.row.grading.inspection, [organisation], self.on
            ),
            "kinds": finding_summaries.findings_by_kind(self.findings, **self.scope),
            "is_synthetic": region.is_synthetic,
        }


class OrganisationChart(ChartImageMixin, OrganisationDetail):
    """The drawing of a chart of an organisation's page."""


class OrganisationSummary(OrganisationDetail):
    """One organisation on one printed page, for a scrutiny panel."""

    template_name = "forces/organisation_summary.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        crumbs = [
            *context["crumbs"][:-1],
            (self.object.short_name, self.object.get_absolute_url()),
            ("Summary", ""),
        ]
        return context | {
            "crumbs": crumbs,
            "actions": self.actions.select_related("plan").with_overdue(self.on),
        }


class Compare(ChartsMixin, PageMixin, TemplateView):
    """Two to six organisations side by side, or the form to choose them."""

    template_name = "forces/compare.html"
    charts = ("grade_by_organisation",)
    chart_url = "forces:compare_chart"
    parameters = ("organisation",)

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except BadRequest:
            params, organisations = request.GET.copy(), Organisation.objects.all()
            slugs = params.getlist("organisation")
            known = organisations.filter(slug__in=slugs).values_list("slug", flat=True)
            moved = current_values(organisations, "slug", set(slugs) - set(known))
            if not moved:
                raise
            params.setlist("organisation", [moved.get(slug, slug) for slug in slugs])
            return HttpResponsePermanentRedirect(f"{request.path}?{params.urlencode()}")

    @cached_property
    def chosen_organisations(self):
        """The organisations asked for, the unit first.

        Raises `BadRequest` if one does not exist, or if there are too many.
        """
        slugs = list(dict.fromkeys(filter(None, self.request.GET.getlist("organisation"))))
        if len(slugs) > max(COMPARED):
            raise BadRequest(
                f"At most {max(COMPARED)} forces and units can be compared at once; "
                "the address names "
                f"{number_in_words(len(slugs))}."
            )
        found = Organisation.objects.filter(slug__in=slugs).select_related("region").unit_first()
        if missing := sorted(set(slugs) - {organisation.slug for organisation in found}):
            raise BadRequest(f"There is no force or unit called {get_text_list(missing, 'and')}.")
        return list(found)

    @cached_property
    def headline_gradings(self):
        return (
            grading_summaries.headline_gradings(self.chosen_organisations, self.at)
            if len(self.chosen_organisations) in COMPARED
            else []
        )

    @cached_property
    def grade_by_organisation(self):
        if not self.headline_gradings:
            return None
        figure, gradings = grading_charts.grade_by_organisation, self.headline_gradings
        sentence = grading_sentences.grade_by_organisation(gradings)
        slugs = [organisation.slug for organisation in self.chosen_organisations]
        query = urlencode({"organisation": slugs}, doseq=True)
        return self.chart(figure, sentence, gradings, query=query)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.comparison_rows(self.headline_gradings, self.at, self.on)
        findings = Finding.objects.published(self.at).naming(self.chosen_organisations)
        themes = finding_summaries.findings_by_theme(findings) if rows else []
        recorded, left_out = finding_summaries.recorded_organisations(rows)
        organisations = Organisation.objects.current(self.on) | Organisation.objects.filter(
            pk__in=[organisation.pk for organisation in self.chosen_organisations]
        )
        organisations = organisations.select_related("region")
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Forces", reverse("forces:organisation_list")), ("Compare", "")],
            "rows": rows,
            "coverage": finding_summaries.coverage_of(rows),
            "chosen": self.chosen_organisations,
            "successions": [
                sentences.succession(row, self.on)
                for row in (
                    successions_of(self.chosen_organisations) if self.chosen_organisations else []
                )
            ],
            "differences": grading_sentences.differences(self.headline_gradings),
            "matrix": finding_summaries.theme_by_organisation(
                themes, findings, recorded, region_wide=False
            )._replace(left_out=left_out),
            "organisations": organisations.order_by("region__name", "-kind", "short_name"),
            "is_synthetic": any(
                organisation.region.is_synthetic for organisation in self.chosen_organisations
            ),
        }


class CompareChart(ChartImageMixin, Compare):
    """The drawing of a chart of a comparison."""
