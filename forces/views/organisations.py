"""Pages of forces and regional units: their list, and one of each."""

from django.core.exceptions import BadRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views.generic import DetailView

from findings import sentences as finding_sentences
from findings import summaries as finding_summaries
from findings.addresses import change_list
from findings.choices import ChangeKind, Respondent
from findings.filters import ActionFilter, FindingFilter
from findings.models import Action, Finding
from findings.resources.downloads import force_columns
from inspections import charts as grading_charts
from inspections import sentences as grading_sentences
from inspections import summaries as grading_summaries
from inspections.addresses import grading_list
from inspections.choices import MonitoringKind
from inspections.models import Inspection, Question
from lib.audit.old_addresses import OldAddressMixin
from lib.embeds import snippet
from lib.lists.columns import Download
from lib.lists.views import TableList
from lib.paper.views import PaperMixin, paper_address
from lib.parameters import printable, single_day

from .. import sentences
from ..filters import OrganisationFilter
from ..models import Organisation
from ..summaries import successions, successions_of
from ..tables import OrganisationTable
from .findings_and_actions import COUNTRY, FindingsAndActionsMixin

CARD_HEIGHT = 430  # pixels, on the narrowest screen
# What the printed page of a force or unit has room for.
MOST_ACTIONS, MOST_CHANGES = 6, 6


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

    def get_table_rows(self, filterset, rows):
        return filterset.with_counts(rows)

    def get_download(self, filterset):
        columns = force_columns(self.at, filterset.choice.chosen)
        return Download(filterset.with_counts(filterset.rows), columns)


class OrganisationDetail(OldAddressMixin, FindingsAndActionsMixin, DetailView):
    """One organisation: its gradings through time, its responses, findings and actions."""

    charts = ("grades_through_time", "findings_by_theme", "actions_by_status")
    chart_url = "forces:organisation_chart"
    parameters = ("strand",)
    caption = (
        "Findings of all inspections that name the force or unit: strengths and practice to the "
        "right, what needs to improve to the left"
    )

    def get_queryset(self):
        return Organisation.objects.published(self.at).select_related("region")

    def get_canonical_address(self):
        """The chart of another strand makes no other page."""
        return self.request.path

    @cached_property
    def scope(self):
        return {"organisation": self.object.slug}

    @property
    def is_synthetic(self):
        return self.object.region.is_synthetic

    @cached_property
    def findings(self):
        return FindingFilter.select(self.at, **self.scope)

    @cached_property
    def actions(self):
        return ActionFilter.select(self.at, **self.scope)

    @property
    def total(self):
        return self.row.findings.total

    @cached_property
    def gradings(self):
        gradings = self.object.gradings.published(self.at).for_display().newest_first()
        return list(finding_summaries.with_own_responses(gradings).prefetch_related("citations"))

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
        (row,) = finding_summaries.comparison_rows(
            own, FindingFilter.select(self.at), ActionFilter.select(self.at)
        )
        return row

    @cached_property
    def newest_gradings(self):
        """The grades of the newest report that gave it any."""
        graded = [grading for grading in self.gradings if grading.grade is not None]
        return [one for one in graded if one.inspection_id == graded[0].inspection_id]

    @property
    def lede(self):
        """What is news of it; empty where no grade is known."""
        evidence = grading_summaries.evidence_span(self.newest_gradings, self.on)
        return self.newest_gradings and grading_sentences.newest_report(
            self.newest_gradings, evidence
        )

    @cached_property
    def successions(self):
        return successions_of([self.object], successions(self.at))

    @cached_property
    def questions(self):
        return list(Question.objects.published(self.at).select_related("programme", "strand"))

    @cached_property
    def strands(self):
        """How it was graded through time; the table and the chart are of these rows."""
        return grading_summaries.strands_through_time(self.object, self.gradings, self.questions)

    @cached_property
    def charted(self):
        """The strands that the chart can show."""
        return [group for group in self.strands.groups if group.dated]

    @cached_property
    def strand(self):
        """The strand that the chart shows: the one asked for, the headline's, or the fullest.

        Raises `BadRequest` if it has no grade with a date on the one asked for.
        """
        asked = self.request.GET.getlist("strand")
        if any(asked):
            found = [group for group in self.charted if [group.slug] == asked]
            if not found:
                name = printable(", ".join(asked))
                raise BadRequest(f"No grade with a date is known here on “{name}”.")
            return found[0]
        headline = [
            group for group in self.charted if any(g.question.is_headline for g in group.gradings)
        ]
        return (headline or sorted(self.charted, key=lambda one: -len(one.dated)) or [None])[0]

    @cached_property
    def events(self):
        return list(
            self.object.monitoring_events.published(self.at)
            .newest_first()
            .select_related("inspection")
            .prefetch_related("citations")
        )

    @cached_property
    def grades_through_time(self):
        if not self.strand:
            return None
        cycles = grading_summaries.cycles_of(question.programme for question in self.questions)
        runs = grading_summaries.comparable_runs(self.strand.dated, cycles)
        sentence = grading_sentences.grades_through_time(self.strand.name, runs)
        return self.chart(
            grading_charts.grades_through_time,
            sentence,
            *(runs, self.on, self.events),
            caption=grading_sentences.grades_and_events(self.events),
            query=urlencode({"strand": self.strand.slug}),
        )

    @cached_property
    def newest(self):
        """The newest inspection with a finding that names it; None if there is none."""
        found = self.findings.counts("inspection")
        return Inspection.objects.filter(slug__in=found).newest_first().first()

    @cached_property
    def kinds(self):
        """The findings of the newest inspection that has any, by kind."""
        if not self.newest:
            return []
        findings = self.findings.having(inspection=self.newest.slug)
        return finding_summaries.findings_by_kind(
            findings, **self.scope, inspection=self.newest.slug
        )

    @cached_property
    def responses(self):
        responses = self.object.responses.published(self.at).newest_first()
        return list(
            responses.select_related("inspection", "finding__inspection").prefetch_related(
                "citations"
            )
        )

    def responses_of(self, respondent):
        return [response for response in self.responses if response.respondent == respondent]

    def get_common_context(self):
        """What its page and its summary both show."""
        return {
            "row": self.row,
            "history": sentences.history(self.object, self.on, self.successions),
            "successions": [sentences.succession(row, self.on) for row in self.successions],
            "newest_grades": grading_sentences.newest_grades(self.strands.groups),
            "evidence_span": grading_summaries.evidence_span([self.row.grading], self.on),
            "responses": self.responses_of(Respondent.ORGANISATION),
            "clock": self.row.grading.pk
            and grading_summaries.comments_clock(
                self.row.grading.inspection, [self.object], self.on, self.at
            ),
            "newest": self.newest,
            "kinds": self.kinds,
        }

    @cached_property
    def crumbs(self):
        region = self.object.region
        country = (COUNTRY, reverse("forces:region_list"))
        return [country, (region.name, region.get_absolute_url()), (self.object.short_name, "")]

    @property
    def snippet(self):
        """What shows its card on another site."""
        address = reverse("forces:organisation_embed", args=[self.object.slug])
        address = self.request.build_absolute_uri(address)
        return snippet(address, f"{self.object.name}: newest grade", CARD_HEIGHT)

    def get_context_data(self, **kwargs):
        organisation = self.object
        found = finding_summaries.findings_by_programme(self.findings, **self.scope)
        reform = [event for event in self.events if event.kind == MonitoringKind.REFORM]
        return (
            super().get_context_data(**kwargs)
            | self.get_common_context()
            | {
                "crumbs": self.crumbs,
                "snippet": self.snippet,
                "gradings": [
                    (grading, grading_sentences.grade_remarks(grading)) for grading in self.gradings
                ],
                "strands": self.strands,
                "lede": self.lede,
                "charted": self.charted,
                "strand": self.strand,
                "monitoring": grading_summaries.monitoring_by_day(
                    event for event in self.events if event not in reform
                ),
                "reform": grading_summaries.monitoring_by_day(reform),
                "fieldwork": organisation.fieldwork.published(self.at)
                .select_related("inspection")
                .prefetch_related("citations"),
                "policing_body_responses": self.responses_of(Respondent.POLICING_BODY),
                "found": found,
                "matrix": finding_summaries.theme_by_programme(
                    self.themes, self.findings, [row.programme for row in found], **self.scope
                ),
                "repeated": Finding.objects.filter(
                    pk__any_of=self.findings.keys(), repeats__isnull=False
                )
                .by_reference()
                .select_related("inspection", "repeats__inspection")
                .defer("search", "repeats__search"),
            }
        )


class OrganisationSummary(OrganisationDetail):
    """One organisation on one printed page, for a scrutiny panel."""

    template_name = "forces/organisation_summary.html"
    charts = ()
    parameters = ("since",)

    def get_since(self):
        """What changed since the day that the address gives; nothing of it without one."""
        errors = []
        since = single_day(self.request.GET, "since", errors)
        if errors:
            raise BadRequest(*errors)
        if since is None:
            return {"since": None}
        scope = finding_summaries.ChangeScope(organisations=[self.object])
        counts = finding_summaries.change_counts(self.at, since, None, scope)
        rows = finding_summaries.changes(self.at, since, None, scope, stop=MOST_CHANGES)
        chosen = {"organisation": self.object.slug, "since": since.isoformat()}
        return {
            "since": since,
            "change_count": counts.total,
            "change_kinds": [
                finding_summaries.LinkedCount(
                    count, kind.label, change_list(**chosen, kind=kind.slug)
                )
                for kind in ChangeKind
                for count in [counts.by_kind.get(kind, 0)]
                if count
            ],
            "changes": [(row, finding_sentences.change(row)) for row in rows],
            "changes_url": change_list(**chosen),
        }

    def get_context_data(self, **kwargs):
        # Without the themes and plans that the page of the force has.
        context = super(FindingsAndActionsMixin, self).get_context_data(**kwargs)
        common = self.get_common_context()
        *before, (name, _) = self.crumbs
        actions = Action.objects.filter(pk__any_of=self.actions.keys()).select_related("plan")
        actions = actions.with_overdue(self.on).open_first()
        shown = [
            response
            for response in common["responses"]
            if (response.inspection or response.finding.inspection).pk
            in {self.row.grading.inspection_id, self.newest and self.newest.pk}
        ]
        return (
            context
            | common
            | self.get_since()
            | {
                "crumbs": [*before, (name, self.object.get_absolute_url()), ("Summary", "")],
                "lede": self.lede,
                "actions": actions[:MOST_ACTIONS],
                "responses": shown,
                "with_earlier_responses": len(shown) < len(common["responses"]),
                "paper": paper_address(
                    "forces:organisation_paper_file", self.object.slug, self.get_own_address()
                ),
                "paper_rows": f"{grading_list(**self.scope)}&format=csv",
            }
        )


class OrganisationPaper(PaperMixin, OrganisationSummary):
    """The summary of an organisation as a PDF."""
