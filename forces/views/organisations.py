"""Pages of forces and regional units: their list, and one of each."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import DetailView

from findings import summaries as finding_summaries
from findings.models import Action
from inspections import charts as grading_charts
from inspections import sentences as grading_sentences
from inspections import summaries as grading_summaries
from lib.audit.old_addresses import OldAddressMixin
from lib.charts.views import ChartImageMixin
from lib.lists.views import TableList

from .. import sentences
from ..filters import OrganisationFilter
from ..models import Organisation
from ..summaries import successions_of
from ..tables import OrganisationTable
from .findings_and_actions import COUNTRY, FindingsAndActionsMixin


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
