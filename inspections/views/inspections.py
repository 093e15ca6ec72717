"""Pages of inspections: their list, and one of each."""

from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from findings import summaries as finding_summaries
from findings.choices import Respondent
from findings.filters import ActionFilter, FindingFilter
from forces import sentences as force_sentences
from forces.summaries import successions, successions_of
from lib.audit.old_addresses import OldAddressMixin
from lib.pages import PageMixin

from .. import sentences, summaries
from ..choices import Coverage
from ..models import Inspection


class InspectionList(PageMixin, ListView):
    """Every public inspection, the newest first."""

    def get_queryset(self):
        return Inspection.objects.published(self.at)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.inspections_by_date(
            self.object_list, FindingFilter.select(self.at)
        )
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
        return Inspection.objects.published(self.at)

    def get_object(self, queryset=None):
        inspection = summaries.inspection_called(self.at, self.kwargs["slug"])
        if inspection is None:
            raise Http404
        return inspection

    @cached_property
    def all_responses(self):
        """Every response to it, the newest first."""
        return finding_summaries.responses_to_inspection(self.at, self.object.pk)

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
        questions = summaries.questions_of(self.at, self.object.programme_id)
        graded = [question for question in questions if question.is_graded]
        rows = summaries.gradings_by_organisation(self.object, graded, self.at)
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
            FindingFilter.select(self.at, inspection=self.object.slug),
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
                finding_summaries.actions_responding_to(ActionFilter.select(self.at), self.object)
            ),
            "relatives": summaries.relatives_of(self.at, self.object.pk),
            "evidence_span": summaries.evidence_span(
                [grading for row in rows for grading in row.gradings], self.on
            ),
            "lede": sentences.own_inspection(own)
            if own
            else sentences.inspection_grades(
                summaries.grades_by_region(headline_gradings), len(graded) > 1 and graded[lead]
            ),
            "clock": summaries.comments_clock(self.object, organisations, self.on, self.at),
            "days_left": self.object.comments_due_on
            and (self.object.comments_due_on - self.on).days,
            "is_synthetic": self.object.region and self.object.region.is_synthetic,
        }
