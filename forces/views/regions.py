"""Pages of the country and of its regions."""

from django.core.exceptions import BadRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views.generic import DetailView, ListView

from findings import charts as finding_charts
from findings import sentences as finding_sentences
from findings import summaries as finding_summaries
from findings.addresses import finding_list
from findings.filters import ActionFilter, FindingFilter
from inspections import charts as grading_charts
from inspections import sentences as grading_sentences
from inspections import summaries as grading_summaries
from inspections.filters import PARAMETERS, QuestionChoice
from inspections.models import Inspection
from lib.audit.old_addresses import OldAddressMixin
from lib.charts.views import ChartsMixin
from lib.pages import PageMixin, found_or_404
from lib.paper.views import PaperMixin, paper_address

from .. import sentences
from ..addresses import NOW
from ..choices import OrganisationKind
from ..models import Region
from ..summaries import regions_by_slug, successions, successions_of
from .compare import COMPARED
from .findings_and_actions import COUNTRY, LATEST, FindingsAndActionsMixin


class QuestionMixin(ChartsMixin, PageMixin):
    """A page that shows the grades of a question, which its address may choose."""

    parameters = tuple(PARAMETERS)

    @cached_property
    def choice(self):
        """The question; raises `BadRequest` if the address chooses one that does not exist."""
        choice = QuestionChoice(self.request.GET, self.at)
        if choice.errors:
            raise BadRequest(*choice.errors)
        return choice

    def chart(self, *args, **kwargs):
        """A chart of this question: its drawings have the page's parameters."""
        return super().chart(*args, **{"query": self.choice.query} | kwargs)

    def get_canonical_address(self):
        """The usual question needs no parameters."""
        query = self.choice.query
        return f"{self.request.path}?{query}" if query else self.request.path

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"choice": self.choice}


class RegionList(QuestionMixin, ListView):
    """The national picture: every force on the map, and every region’s unit and forces by grade."""

    charts = ("grades_by_region",)
    chart_url = "forces:region_list_chart"
    crumbs = ((COUNTRY, ""),)  # of its chart: the page itself is at the top

    def get_queryset(self):
        return Region.objects.published(self.at)

    @cached_property
    def headline_gradings(self):
        organisations = grading_summaries.organisations_to_compare(
            self.at, self.choice.chosen_programme
        )
        return grading_summaries.headline_gradings(organisations, self.at, self.choice.chosen)

    @cached_property
    def scope(self):
        """The parameters of lists of these organisations."""
        inspected = grading_summaries.when_inspected(self.headline_gradings, self.on)
        return self.choice.scope | inspected

    @cached_property
    def rows(self):
        return grading_summaries.grades_by_region(self.headline_gradings, **self.scope)

    @property
    def is_synthetic(self):
        return any(row.region.is_synthetic for row in self.rows)

    @cached_property
    def grades_by_region(self):
        sentence = grading_sentences.grades_by_region(self.rows, **self.scope)
        caption = f"Forces of each region by their newest grade for {self.choice.words}"
        return self.chart(grading_charts.grades_by_region, sentence, self.rows, caption=caption)

    def get_context_data(self, **kwargs):
        inspections = Inspection.objects.published(self.at).newest_first()
        gradings = [row for region in self.rows for row in [*region.forces, region.unit] if row]
        forces = [row for row in gradings if not row.organisation.is_unit]
        responses = finding_summaries.responses_to_gradings(gradings, self.at)
        findings = finding_summaries.findings_by_region(FindingFilter.select(self.at))
        kind = OrganisationKind.FORCE.value
        return super().get_context_data(**kwargs) | {
            "rows": [
                (row, row.unit and responses.get(row.unit.organisation.pk)) for row in self.rows
            ],
            "has_units": any(row.unit for row in self.rows),
            "lede": grading_sentences.national_grades(self.rows, self.choice.words, **self.scope),
            "map": grading_summaries.tile_map(forces),
            "counts": grading_summaries.grade_counts(forces, kind=kind, **self.scope),
            "found": finding_sentences.findings_by_region(findings),
            "missing": finding_summaries.unknown_of_country(gradings, responses, **self.scope),
            "newest": inspections.select_related("region", "programme")[:LATEST],
        }


class RegionDetail(OldAddressMixin, QuestionMixin, FindingsAndActionsMixin, DetailView):
    """The dashboard: a region's unit and forces compared, its findings, and its actions."""

    charts = ("findings_by_theme", "theme_by_organisation", "actions_by_status")
    chart_url = "forces:region_chart"
    caption = (
        "Findings by theme: strengths and practice to the right, what needs to improve to the left"
    )

    def get_queryset(self):
        return Region.objects.published(self.at)

    def get_object(self, queryset=None):
        return found_or_404(regions_by_slug(self.at), self.kwargs["slug"])

    @cached_property
    def scope(self):
        scope = {"region": self.object.slug}
        return scope | {"programme": self.programme.slug} if self.programme else scope

    @property
    def crumbs(self):
        return [(COUNTRY, reverse("forces:region_list")), (self.object.name, "")]

    @property
    def is_synthetic(self):
        return self.object.is_synthetic

    @cached_property
    def programme(self):
        """The programme that the page speaks of."""
        return self.choice.programme

    @cached_property
    def organisations(self):
        organisations = grading_summaries.organisations_to_compare(
            self.at, self.choice.chosen_programme
        )
        return [one for one in organisations if one.region_id == self.object.pk]

    @cached_property
    def findings(self):
        return FindingFilter.select(self.at, **self.scope)

    @cached_property
    def actions(self):
        return ActionFilter.select(self.at, **self.scope)

    @cached_property
    def found(self):
        return finding_summaries.finding_totals(self.findings)

    @property
    def total(self):
        return self.found.total

    @cached_property
    def headline_gradings(self):
        question = self.choice.chosen
        return grading_summaries.headline_gradings(self.organisations, self.at, question)

    @cached_property
    def rows(self):
        return finding_summaries.comparison_rows(
            self.headline_gradings,
            FindingFilter.select(self.at),
            ActionFilter.select(self.at),
            self.programme,
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
        grades = self.choice.scope | inspected
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs,
            "rows": rows,
            "coverage": finding_summaries.coverage_of(rows),
            "comparison": urlencode({"organisation": slugs[: max(COMPARED)]}, doseq=True),
            "lede": [
                part
                for row in grading_summaries.grades_by_region(self.headline_gradings, **grades)
                for part in grading_sentences.region_grades(row)
            ],
            "evidence_span": grading_summaries.evidence_span(
                [row.grading for row in rows], self.on
            ),
            "inspections": list(
                dict.fromkeys(row.grading.inspection for row in rows if row.grading.inspection_id)
            ),
            "matrix": self.matrix,
            "missing": finding_summaries.unknown_of_organisations(
                rows,
                self.found,
                self.choice.scope | ({"exists": [NOW, *inspected.values()]} if inspected else {}),
                **self.scope,
            ),
            "successions": [
                sentences.succession(row, self.on)
                for row in successions_of(self.organisations, successions(self.at))
            ],
            "claimed": claimed,
            "confirmed": confirmed,
            "updates": finding_summaries.latest_updates(
                self.at, self.object.pk, self.programme and self.programme.pk
            ),
            "paper": paper_address(
                "forces:region_paper_file", self.object.slug, self.get_own_address()
            ),
            "paper_rows": f"{finding_list(region=self.object.slug)}&format=csv",
        }


class RegionPaper(PaperMixin, RegionDetail):
    """A region's page as a PDF."""
