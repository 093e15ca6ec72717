"""The list of gradings, and pages of what is graded, cycle after cycle."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import DetailView, TemplateView

from findings import summaries as finding_summaries
from findings.addresses import POSITIVE
from findings.filters import FindingFilter
from findings.models import Finding, Theme
from findings.resources.downloads import response_columns
from forces.models import Organisation
from lib.audit.old_addresses import OldAddressMixin
from lib.charts.views import ChartsMixin
from lib.lists.columns import Download
from lib.lists.views import TableList
from lib.pages import PageMixin

from .. import charts, sentences, summaries
from ..choices import Grade
from ..filters import GradingFilter
from ..models import Grading, Inspection, Strand
from ..resources.downloads import grading_columns, replaced_by_column
from ..tables import GradingTable

EXAMPLES = 10


class GradingList(TableList):
    """Every grade, and every reason for having none, in one table."""

    filter_class, table_class = GradingFilter, GradingTable
    template_name = "inspections/grading_list.html"
    title, nouns = "Gradings", ("grading", "gradings")
    description = (
        "Every grade that we know, or why we know none, of police forces and regional units, with "
        "what was asked, when it was published and where we read it."
    )
    per_page = 60

    def get_table_rows(self, filterset, rows):
        gradings = rows.select_related("question__strand", "organisation__region").annotate(
            replaced_by=Inspection.objects.published(self.at).slug_of_replacement()
        )
        return finding_summaries.with_own_responses(gradings.prefetch_related("citations"))

    def get_download(self, filterset):
        responses = response_columns("inspection", "organisation")
        replaced = replaced_by_column(self.at)
        return Download(Grading.objects.for_display(), [*grading_columns(), replaced, *responses])


class StrandList(PageMixin, TemplateView):
    """Everything that inspections ask about, cycle after cycle."""

    template_name = "inspections/strand_list.html"

    def get_context_data(self, **kwargs):
        rows = summaries.strands(self.at)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Questions", "")],
            "rows": rows,
            "lede": sentences.strands(rows),
        }


class StrandDetail(OldAddressMixin, ChartsMixin, PageMixin, DetailView):
    """One strand: everyone's newest grade on it, who does it well, and what was found."""

    charts = ("grades_by_programme",)
    chart_url = "inspections:strand_chart"

    def get_queryset(self):
        return Strand.objects.published(self.at)

    @property
    def crumbs(self):
        return [("Questions", reverse("inspections:strand_list")), (self.object.name, "")]

    @cached_property
    def rows(self):
        gradings = Grading.objects.published(self.at)
        return summaries.grades_by_programme(
            self.object, finding_summaries.with_own_responses(gradings)
        )

    @property
    def is_synthetic(self):
        rows = (row for one in self.rows for row in one.organisations)
        return any(row.organisation.region.is_synthetic for row in rows)

    @cached_property
    def grades_by_programme(self):
        if not self.rows:
            return None
        sentence = sentences.grades_by_programme(self.rows)
        return self.chart(charts.grades_by_programme, sentence, self.rows)

    def get_context_data(self, **kwargs):
        strand, findings = self.object, FindingFilter.select(self.at, strand=self.object.slug)
        organisations = Organisation.objects.published(self.at).current(self.on)
        practice = findings.having(kind=POSITIVE).keys(EXAMPLES)
        practice = Finding.objects.filter(pk__in=practice).by_reference().with_responses()
        theme = Theme.objects.published(self.at).in_use().filter(slug=strand.slug).first()
        on_theme = theme and FindingFilter.select(self.at, theme=theme.slug)
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs,
            "rows": self.rows,
            "lede": sentences.newest_on_strand(self.rows),
            "best": self.rows and self.rows[0].with_grades(Grade.OUTSTANDING, Grade.GOOD),
            "without": summaries.without_grade(organisations, self.rows),
            "questions": summaries.questions_by_year(self.at, strand=strand),
            "findings": finding_summaries.finding_counts(findings, strand=strand.slug),
            "practice": practice.prefetch_related("themes").defer("search"),
            "theme": theme,
            "on_theme": theme and finding_summaries.finding_counts(on_theme, theme=theme.slug),
        }
