"""Pages of inspections, of what was read about them, and of what the words on all pages mean."""

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView, TemplateView

from findings import summaries as finding_summaries
from findings.models import Action, Finding, Response
from findings.sources import sources_by_kind
from forces.models import Region
from forces.pages import AsAt

from . import sentences, summaries
from .choices import MissingReason
from .glossary import TERMS
from .models import Inspection


class InspectionList(AsAt, ListView):
    """Every public inspection, the newest first."""

    def get_queryset(self):
        return Inspection.objects.published(self.at)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.inspections_by_date(self.object_list)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Inspections", "")],
            "rows": rows,
            "lede": sentences.inspections_by_date(rows),
            "synthetic": any(row.inspection.region and row.inspection.region.is_made_up for row in rows),
        }


class InspectionDetail(AsAt, DetailView):
    """One inspection: who was graded what on which evidence, what was found, and who answered what."""

    def get_queryset(self):
        return Inspection.objects.published(self.at).select_related("programme", "region").prefetch_related("citations")

    @cached_property
    def questions(self):
        return list(self.object.programme.questions.all())

    @cached_property
    def gradings(self):
        graded = [question for question in self.questions if question.is_graded]
        return graded, summaries.gradings_by_body(self.object, graded)

    def get_context_data(self, **kwargs):
        graded, rows = self.gradings
        organisations = [row.organisation for row in rows]
        standings = [summaries.Standing(row.organisation, row.gradings[0]) for row in rows if row.gradings]
        responses = Response.objects.filter(inspection=self.object).select_related("organisation")
        answers = {response.organisation: response for response in responses.prefetch_related("citations")}
        findings = Finding.objects.published(self.at).filter(inspection=self.object)
        named = finding_summaries.findings_by_body(findings, organisations, inspection=self.object.slug)
        actions = Action.objects.published(self.at).filter(plan__inspection=self.object)
        relatives = Inspection.objects.published(self.at).filter(Q(supersedes=self.object) | Q(superseded_by=self.object))
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Inspections", reverse("inspections:inspection_list")), (self.object.title, "")],
            "graded": graded,
            "ungraded": [question for question in self.questions if not question.is_graded],
            "rows": [(row, answers.get(row.organisation)) for row in rows],
            "responses": [(body, answers.get(body)) for body in dict.fromkeys([*organisations, *answers])],
            "findings": [(row, answers.get(row.organisation)) for row in named],
            "plans": finding_summaries.actions_by_status(actions),
            "relatives": relatives,
            "evidence": summaries.evidence([grading for row in rows for grading in row.gradings], self.on),
            "lede": sentences.inspection_standing(summaries.grades_by_region(standings)),
            "days_left": (self.object.comments_due_on - self.on).days,
            "synthetic": self.object.region and self.object.region.is_made_up,
        }


class SourceList(AsAt, TemplateView):
    """Every source, what was read of it, and what rests on it."""

    template_name = "inspections/source_list.html"

    def get_context_data(self, **kwargs):
        kinds = sources_by_kind(self.at)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Sources", "")],
            "kinds": kinds,
            "lede": sentences.sources_by_kind(kinds),
            "synthetic": Region.objects.filter(is_made_up=True, inspections__in=Inspection.objects.published(self.at)).exists(),
        }


class About(AsAt, TemplateView):
    """What this site is, and what it is not."""

    template_name = "inspections/about.html"
    extra_context = {"crumbs": [("About", "")]}


class Grades(AsAt, TemplateView):
    """What each grade means on each scale, and why a grade may be missing."""

    template_name = "inspections/grades.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "crumbs": [("About", reverse("inspections:about")), ("Grades", "")],
            "scales": summaries.grades_by_scale(),
            "reasons": MissingReason,
        }


class Glossary(AsAt, TemplateView):
    """The field's terms, in our words."""

    template_name = "inspections/glossary.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "crumbs": [("About", reverse("inspections:about")), ("Glossary", "")],
            "terms": TERMS,
        }
