"""The comparison of two to six forces and units."""

from django.core.exceptions import BadRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import get_text_list
from django.views.generic import TemplateView

from findings import summaries as finding_summaries
from findings.filters import ActionFilter, FindingFilter
from inspections import charts as grading_charts
from inspections import sentences as grading_sentences
from inspections import summaries as grading_summaries
from inspections.models import Grading, Programme, Question
from lib.audit.old_addresses import MovedPermanently, current_values
from lib.charts.views import ChartsMixin
from lib.pages import PageMixin
from lib.sentences import number_in_words

from .. import sentences
from ..models import Organisation
from ..summaries import successions, successions_of

COMPARED = range(2, 7)


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
            params, organisations = request.GET.copy(), Organisation.objects.published(self.at)
            slugs = params.getlist("organisation")
            known = organisations.filter(slug__in=slugs).values_list("slug", flat=True)
            moved = current_values(organisations, "slug", set(slugs) - set(known))
            if not moved:
                raise
            params.setlist("organisation", [moved.get(slug, slug) for slug in slugs])
            return MovedPermanently(f"{request.path}?{params.urlencode()}")

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
        found = (
            Organisation.objects.published(self.at)
            .filter(slug__in=slugs)
            .select_related("region")
            .unit_first()
        )
        if missing := sorted(set(slugs) - {organisation.slug for organisation in found}):
            raise BadRequest(f"There is no force or unit called {get_text_list(missing, 'and')}.")
        return list(found)

    @property
    def crumbs(self):
        return [("Forces", reverse("forces:organisation_list")), ("Compare", "")]

    @property
    def is_synthetic(self):
        return any(one.region.is_synthetic for one in self.chosen_organisations)

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
        caption = f"{figure.caption}. {grading_sentences.evidence_dates(gradings)}"
        return self.chart(figure, sentence, gradings, caption=caption, query=query)

    @cached_property
    def strands(self):
        """The strands that two or more of them have in common; None before a choice."""
        if not self.headline_gradings:
            return None
        gradings = (
            Grading.objects.published(self.at)
            .filter(organisation__in=self.chosen_organisations)
            .for_display()
            .prefetch_related("citations")
        )
        questions = Question.objects.published(self.at).select_related("programme", "strand")
        return grading_summaries.strands_in_common(
            self.chosen_organisations, list(gradings), list(questions)
        )

    def get_context_data(self, **kwargs):
        programme = Programme.objects.headline() if self.headline_gradings else None
        scope = {"programme": programme.slug} if programme else {}
        everything, actions = FindingFilter.select(self.at), ActionFilter.select(self.at)
        rows = finding_summaries.comparison_rows(
            self.headline_gradings, everything, actions, programme
        )
        slugs = [organisation.slug for organisation in self.chosen_organisations]
        findings = everything.having(organisation=slugs, **scope)
        themes = finding_summaries.findings_by_theme(findings, **scope) if rows else []
        recorded, left_out = finding_summaries.recorded_organisations(rows)
        public = Organisation.objects.published(self.at)
        organisations = public.current(self.on) | public.filter(
            pk__in=[organisation.pk for organisation in self.chosen_organisations]
        )
        organisations = organisations.select_related("region")
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs,
            "rows": rows,
            "coverage": finding_summaries.coverage_of(rows),
            "chosen": self.chosen_organisations,
            "successions": [
                sentences.succession(row, self.on)
                for row in (
                    successions_of(self.chosen_organisations, successions(self.at))
                    if self.chosen_organisations
                    else []
                )
            ],
            "strands": self.strands,
            "differences": grading_sentences.differences(self.headline_gradings),
            "matrix": finding_summaries.theme_by_organisation(
                themes, findings, recorded, region_wide=False, **scope
            )._replace(left_out=left_out),
            "organisations": organisations.order_by("region__name", "-kind", "short_name"),
        }
