"""Pages of the country and of its regions."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views.generic import DetailView, ListView

from findings import charts as finding_charts
from findings import sentences as finding_sentences
from findings import summaries as finding_summaries
from findings.models import Action, Finding, ProgressUpdate
from inspections import charts as grading_charts
from inspections import sentences as grading_sentences
from inspections import summaries as grading_summaries
from inspections.models import Inspection, Programme, current_or_inspected
from lib.audit.old_addresses import OldAddressMixin
from lib.charts.views import ChartImageMixin, ChartsMixin
from lib.pages import PageMixin

from .. import sentences
from ..addresses import NOW
from ..models import Organisation, Region
from ..summaries import successions_of
from .compare import COMPARED
from .findings_and_actions import COUNTRY, LATEST, FindingsAndActionsMixin


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


class RegionDetail(OldAddressMixin, FindingsAndActionsMixin, DetailView):
    """The dashboard: a region's unit and forces compared, its findings, and its actions."""

    model = Region
    charts = ("findings_by_theme", "theme_by_organisation", "actions_by_status")
    chart_url = "forces:region_chart"
    caption = "Findings by theme: strengths and practice to the right, weaknesses to the left"

    @cached_property
    def scope(self):
        scope = {"region": self.object.slug}
        return scope | {"programme": self.programme.slug} if self.programme else scope

    @cached_property
    def programme(self):
        """The programme that the page speaks of: that of the headline question."""
        return Programme.objects.headline()

    @cached_property
    def organisations(self):
        organisations = current_or_inspected(self.object.organisations, self.at)
        return list(organisations.select_related("region").unit_first())

    @cached_property
    def findings(self):
        findings = Finding.objects.published(self.at).in_region(self.object)
        return findings.of_programme(self.programme)

    @cached_property
    def actions(self):
        actions = Action.objects.published(self.at).in_region(self.object)
        return actions.of_programme(self.programme)

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
        return finding_summaries.comparison_rows(
            self.headline_gradings, self.at, self.on, self.programme
        )

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
