"""Pages of inspections and of sources, and pages that explain the site, grades and terms."""

from django.conf import settings
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView, TemplateView

from findings import summaries as finding_summaries
from findings.choices import Respondent
from findings.models import Action, Finding, Theme
from findings.resources.downloads import response_columns
from forces import sentences as force_sentences
from forces.models import Organisation
from forces.summaries import successions, successions_of
from lib.audit.old_addresses import OldAddressMixin
from lib.charts.views import ChartImageMixin, ChartsMixin
from lib.lists.columns import Download
from lib.lists.views import TableList
from lib.pages import PageMixin

from .. import charts, sentences, summaries
from ..choices import Coverage, Grade, MissingReason
from ..filters import GradingFilter, SourceFilter
from ..glossary import TERMS
from ..models import Grading, Inspection, Source, Strand
from ..resources.downloads import grading_columns, source_columns
from ..tables import GradingTable, SourceTable

EXAMPLES = 10
ABOUT = ("About", reverse_lazy("inspections:about"))


class InspectionList(PageMixin, ListView):
    """Every public inspection, the newest first."""

    def get_queryset(self):
        return Inspection.objects.published(self.at)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.inspections_by_date(self.object_list)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Inspections", "")],
            "programmes": finding_summaries.inspections_by_programme(rows),
            "lede": sentences.inspections_by_date(rows),
            "is_synthetic": any(
                row.inspection.region and row.inspection.region.is_synthetic for row in rows
            ),
        }


class InspectionDetail(OldAddressMixin, PageMixin, DetailView):
    """One inspection: its gradings and their evidence, its findings, and the responses to it."""

    def get_queryset(self):
        return (
            Inspection.objects.published(self.at)
            .select_related("programme", "region", "organisation")
            .prefetch_related("citations")
        )

    @cached_property
    def all_responses(self):
        """Every response to it, the newest first."""
        return list(
            self.object.responses.published(self.at)
            .newest_first()
            .select_related("organisation")
            .prefetch_related("citations")
        )

    @cached_property
    def responses(self):
        """The newest response that each organisation gave itself."""
        return {
            response.organisation: response
            for response in reversed(self.all_responses)
            if response.respondent == Respondent.ORGANISATION
        }

    def responses_of(self, organisations):
        """Pairs of an organisation and a response: all of them, or None for one without any."""
        own = [row for row in self.all_responses if row.respondent == Respondent.ORGANISATION]
        return [
            (organisation, response)
            for organisation in dict.fromkeys([*organisations, *self.responses])
            for response in [row for row in own if row.organisation == organisation] or [None]
        ]

    def with_responses(self, rows):
        """Each row with its organisation's response."""
        return [(row, self.responses.get(row.organisation)) for row in rows]

    def get_context_data(self, **kwargs):
        questions = list(self.object.programme.questions.published(self.at))
        graded = [question for question in questions if question.is_graded]
        rows = summaries.gradings_by_organisation(self.object, graded)
        own = rows[0] if self.object.organisation and len(rows) == 1 else None
        organisations = [row.organisation for row in rows]
        changes = successions(self.at)
        lead = next((place for place, question in enumerate(graded) if question.is_headline), 0)
        headline_gradings = [
            summaries.HeadlineGrading(row.organisation, row.gradings[lead])
            for row in rows
            if row.gradings
        ]
        named = finding_summaries.findings_by_named_organisation(
            self.object.findings.published(self.at),
            organisations,
            Coverage(self.object.findings_recorded),
            inspection=self.object.slug,
        )
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                ("Inspections", reverse("inspections:inspection_list")),
                (self.object.title, ""),
            ],
            "graded": graded,
            "ungraded": [question for question in questions if not question.is_graded],
            "rows": self.with_responses(rows),
            "any_grade": any(grading.grade for row in rows for grading in row.gradings),
            "later": summaries.gradings_of_successors(rows, graded, changes),
            "successions": [
                force_sentences.succession(row, self.on)
                for row in successions_of(organisations, changes)
            ],
            "own": own
            and [
                (grading, sentences.grade_remarks(grading))
                for grading in own.gradings
                if grading.pk
            ],
            "responses": self.responses_of(organisations),
            "policing_bodies": [
                row for row in self.all_responses if row.respondent == Respondent.POLICING_BODY
            ],
            "findings": named if finding_summaries.is_recorded(self.object, named) else [],
            "plans": finding_summaries.actions_by_status(
                Action.objects.published(self.at).of_inspection(self.object)
            ),
            "relatives": Inspection.objects.published(self.at).relatives_of(self.object),
            "evidence_span": summaries.evidence_span(
                [grading for row in rows for grading in row.gradings], self.on
            ),
            "lede": sentences.own_inspection(own)
            if own
            else sentences.inspection_grades(
                summaries.grades_by_region(headline_gradings), len(graded) > 1 and graded[lead]
            ),
            "clock": summaries.comments_clock(self.object, organisations, self.on),
            "days_left": self.object.comments_due_on
            and (self.object.comments_due_on - self.on).days,
            "is_synthetic": self.object.region and self.object.region.is_synthetic,
        }


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
        strand, findings = (
            self.object,
            Finding.objects.published(self.at).on_strand(self.object, self.at),
        )
        organisations = Organisation.objects.published(self.at).current(self.on)
        practice = findings.positive().by_reference().with_responses().defer("search")
        theme = Theme.objects.published(self.at).in_use().filter(slug=strand.slug).first()
        on_theme = Finding.objects.published(self.at).on_theme(theme)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Questions", reverse("inspections:strand_list")), (strand.name, "")],
            "rows": self.rows,
            "lede": sentences.newest_on_strand(self.rows),
            "best": self.rows and self.rows[0].with_grades(Grade.OUTSTANDING, Grade.GOOD),
            "without": summaries.without_grade(organisations, self.rows),
            "questions": summaries.questions_by_year(self.at, strand=strand),
            "findings": finding_summaries.finding_counts(findings, strand=strand.slug),
            "practice": practice.prefetch_related("themes")[:EXAMPLES],
            "theme": theme,
            "on_theme": theme and finding_summaries.finding_counts(on_theme, theme=theme.slug),
        }


class StrandChart(ChartImageMixin, StrandDetail):
    """The drawing of a chart of a strand's page."""


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
        gradings = rows.select_related("question__strand", "organisation__region")
        return finding_summaries.with_own_responses(gradings.prefetch_related("citations"))

    def get_download(self, filterset):
        responses = response_columns("inspection", "organisation")
        return Download(Grading.objects.for_display(), [*grading_columns(), *responses])


class SourceList(TableList):
    """Every source that a public fact cites, and laws, in one table."""

    filter_class, table_class = SourceFilter, SourceTable
    template_name = "inspections/source_list.html"
    title, nouns = "Sources", ("source", "sources")
    description = (
        "The reports, articles, statements and papers that the facts on this site come from, and "
        "how often they cite each."
    )

    def get_download(self, filterset):
        return Download(filterset.rows, source_columns(self.at))


class SourceDetail(OldAddressMixin, PageMixin, DetailView):
    """One source: what was read of it, and what rests on it."""

    def get_queryset(self):
        return Source.objects.listed(self.at)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.facts_citing(self.object, self.at)
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                ("Sources", reverse("inspections:source_list")),
                (self.object.title or self.object.publisher, ""),
            ],
            "rows": rows,
            "is_synthetic": any(row.is_synthetic for row in rows),
        }


def operator():
    """Who runs this copy of the site, as its settings say; what they do not say is empty."""
    contact = settings.OPERATOR_CONTACT
    is_address = contact.startswith(("https://", "http://"))
    return {
        "name": settings.OPERATOR_NAME,
        "contact": contact,
        "contact_url": contact if is_address else f"mailto:{contact}" if "@" in contact else "",
        "licence": settings.DATA_LICENCE,
    }


class About(PageMixin, TemplateView):
    """What this site is, and what it is not."""

    template_name = "inspections/about.html"
    extra_context = {"crumbs": [("About", "")], "operator": operator}


class Accessibility(PageMixin, TemplateView):
    """The accessibility statement."""

    template_name = "inspections/accessibility.html"
    extra_context = {"crumbs": [ABOUT, ("Accessibility statement", "")], "operator": operator}


class Privacy(PageMixin, TemplateView):
    """What the site keeps about its readers and its staff."""

    template_name = "inspections/privacy.html"
    extra_context = {"crumbs": [ABOUT, ("Privacy", "")], "operator": operator}


class Grades(PageMixin, TemplateView):
    """What each grade means on each scale, and why a grade may be missing."""

    template_name = "inspections/grades.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "crumbs": [ABOUT, ("Grades", "")],
            "scales": summaries.grades_by_scale(),
            "reasons": MissingReason,
        }


class Glossary(PageMixin, TemplateView):
    """The field's terms, in our words."""

    template_name = "inspections/glossary.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "crumbs": [ABOUT, ("Glossary", "")],
            "terms": TERMS,
        }
