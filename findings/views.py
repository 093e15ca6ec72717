"""Pages of findings, themes, plans and actions."""

import logging

from django.core.exceptions import BadRequest
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView, TemplateView

from forces.access import readable
from forces.models import Organisation
from inspections.models import Inspection
from lib.audit.old_addresses import MovedPermanently, OldAddressMixin
from lib.charts.views import ChartsMixin
from lib.lists.views import TableList
from lib.pages import PageMixin
from lib.paper.views import PaperMixin, paper_address
from lib.parameters import printable, single_value

from . import charts, sentences, summaries
from .addresses import action_list
from .feeds import newest_actions, newest_findings
from .filters import ActionFilter, FindingFilter
from .models import Evidence, Finding, Plan, Theme
from .models.old_addresses import findings_called, moved_finding
from .progress import for_list
from .resources.downloads import action_download, finding_download
from .search import Search
from .storage import has_its_hash
from .tables import ActionTable, FindingTable

logger = logging.getLogger(__name__)
THEMES_CAPTION = (
    "Findings by theme: strengths and practice to the right, what needs to improve to the left"
)
# Browsers save a file from outside, without showing it or guessing its type; no cache keeps it.
AS_A_FILE = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class FindingList(TableList):
    """The findings browser: all findings by theme, organisation, response, progress and more."""

    filter_class, table_class = FindingFilter, FindingTable
    template_name = "findings/finding_list.html"
    title, nouns = "Findings", ("finding", "findings")
    feed_entries = staticmethod(newest_findings)
    description = (
        "What police inspections found, in our words: by theme, kind, force, region and inspection."
    )

    def get_table_rows(self, filterset, rows):
        return for_list(rows, self.at)

    def get_page_keys(self, filterset, start, stop):
        if filterset.search_is_by_rank:
            rows = filterset.search.best_first(filterset.filter_queryset())
            return list(rows.values_list("pk", flat=True)[start:stop])
        return super().get_page_keys(filterset, start, stop)

    def get_download(self, filterset):
        return finding_download(self.at)


class ActionList(TableList):
    """All actions, by what their organisations say about them and by what is missing."""

    filter_class, table_class = ActionFilter, ActionTable
    template_name = "findings/action_list.html"
    title, nouns = "Actions", ("action", "actions")
    feed_entries = staticmethod(newest_actions)
    description = (
        "What forces say they are doing about what inspectors found: status, due date and owner."
    )

    def get_table_rows(self, filterset, rows):
        return rows.for_display()

    def get_download(self, filterset):
        return action_download(self.at, self.on)


class SiteSearch(PageMixin, TemplateView):
    """The search of the whole site: what it finds, by sort, and where there is more."""

    template_name = "findings/search.html"
    parameters = ("q",)

    def get(self, request, *args, **kwargs):
        errors = []
        search = Search(single_value(request.GET, "q", errors).strip())
        errors += [] if search.is_readable else search.errors
        if errors:
            context = {"errors": errors, "without": request.path}
            return render(request, "400.html", context, status=400)
        return self.render_to_response(self.get_context_data(search=search))

    def get_context_data(self, search, **kwargs):
        found = search.text and summaries.site_search(search, self.at)
        crumbs = [("Search", self.request.path), (f"“{search.text}”", "")]
        return super().get_context_data(**kwargs) | {
            "crumbs": crumbs if found else [("Search", "")],
            "search": search,
            "found": found,
            "is_synthetic": found and found.is_synthetic,
        }


class FindingDetail(OldAddressMixin, PageMixin, DetailView):
    """One finding: whom it names, their responses, and what followed up to the next grade."""

    def get_queryset(self):
        newer = Inspection.objects.published(self.at).slug_of_replacement()
        findings = Finding.objects.published(self.at).with_responses().annotate(replaced_by=newer)
        findings = findings.defer("search").prefetch_related("themes")
        return findings.select_related("inspection__region", "inspection__programme", "section")

    def get_object(self, queryset=None):
        return get_object_or_404(self.get_queryset().called(**self.kwargs))

    def get_current_address(self, rows):
        found = moved_finding(rows, **self.kwargs)
        return found and found.get_absolute_url()

    def render_to_response(self, context, **kwargs):
        named = {"inspection": self.object.inspection.slug, "reference": self.object.reference}
        if named != self.kwargs:
            return MovedPermanently(self.object.get_absolute_url())
        return super().render_to_response(context, **kwargs)

    def get_context_data(self, **kwargs):
        before, after = summaries.neighbours(self.object, self.at)
        earlier = Finding.objects.published(self.at).filter(pk=self.object.repeats_id)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Findings", reverse("findings:finding_list")), (self.object.reference, "")],
            "lede": sentences.finding(self.object),
            "report_responses": sentences.report_responses(self.object.report_responses),
            "follow_up": summaries.follow_up(self.object, self.at),
            "peer_practice": summaries.peer_practice(self.object, self.at),
            "earlier": earlier.select_related("inspection").first(),
            "before": before,
            "after": after,
            "is_synthetic": self.object.inspection.region
            and self.object.inspection.region.is_synthetic,
        }


class FindingByReference(PageMixin, ListView):
    """What had an address by its reference alone: it leads on, or lists all that have it."""

    template_name = "findings/by_reference.html"

    def get_queryset(self):
        findings = Finding.objects.published(self.at).by_reference().defer("search")
        return findings_called(findings, self.kwargs["reference"])

    def get(self, request, *args, **kwargs):
        found = list(self.get_queryset())
        if not found:
            raise Http404
        if len(found) == 1:
            query, address = request.GET.urlencode(), found[0].get_absolute_url()
            return MovedPermanently(f"{address}?{query}" if query else address)
        self.object_list = found
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        reference = self.kwargs["reference"]
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Findings", reverse("findings:finding_list")), (reference, "")],
            "reference": reference,
            "lede": f"{len(self.object_list)} inspections have a finding with this reference.",
            "is_synthetic": any(
                finding.inspection.region and finding.inspection.region.is_synthetic
                for finding in self.object_list
            ),
        }


class ThemeList(ChartsMixin, PageMixin, ListView):
    """Every theme in use: how often it is raised, about whom, and in which kinds of finding."""

    charts = ("findings_by_theme", "theme_by_organisation")
    chart_url = "findings:theme_list_chart"
    crumbs = (("Themes", ""),)

    def get_queryset(self):
        return Theme.objects.published(self.at).in_use()

    @cached_property
    def findings(self):
        return FindingFilter.select(self.at)

    @cached_property
    def is_synthetic(self):
        return self.findings.is_synthetic

    @cached_property
    def total(self):
        return self.findings.count

    @cached_property
    def themes(self):
        return summaries.findings_by_theme(self.findings)

    @cached_property
    def matrix(self):
        return summaries.theme_by_organisation(self.themes, self.findings)

    @cached_property
    def findings_by_theme(self):
        sentence = sentences.findings_by_theme(self.themes, self.total)
        return self.themes and self.chart(
            charts.findings_by_theme, sentence, self.themes, caption=THEMES_CAPTION
        )

    @cached_property
    def theme_by_organisation(self):
        sentence = sentences.theme_by_organisation(self.matrix)
        fits = 1 < len(self.matrix.columns) <= charts.MOST_COLUMNS
        return fits and self.chart(charts.theme_by_organisation, sentence, self.matrix)

    def get_context_data(self, **kwargs):
        raised = {row.theme for row in self.themes}
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs,
            "lede": sentences.themes(self.themes, self.total),
            "themes": self.themes,
            "unraised": [theme for theme in self.object_list if theme not in raised],
            "by_kind": summaries.theme_by_kind(self.themes),
            "matrix": self.matrix,
        }


class ThemeDetail(OldAddressMixin, PageMixin, DetailView):
    """One theme: its definition, its findings by kind, and whom they name."""

    def get_queryset(self):
        return Theme.objects.published(self.at).select_related("replaced_by")

    def render_to_response(self, context, **kwargs):
        slug = self.object.slug
        # At once to the last of a chain; a circle leads nowhere.
        if self.object.replaced_by and (current := self.get_queryset().replacements([slug])):
            return MovedPermanently(reverse("findings:theme_detail", args=[current[slug]]))
        return super().render_to_response(context, **kwargs)

    def get_context_data(self, **kwargs):
        scope = {"theme": self.object.slug}
        everything = FindingFilter.select(self.at)
        findings = everything.having(**scope)
        counts = summaries.finding_counts(findings, **scope)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Themes", reverse("findings:theme_list")), (self.object.name, "")],
            "lede": sentences.theme(self.object, counts, everything.count),
            "counts": counts,
            "organisations": summaries.whom_they_name(findings, **scope),
            "kinds": summaries.findings_by_kind(findings, **scope),
            "is_synthetic": findings.is_synthetic,
        }


class PlanList(ChartsMixin, PageMixin, TemplateView):
    """Every plan with its progress as its organisation says, and organisations without a plan."""

    template_name = "findings/plan_list.html"
    charts = ("actions_by_status",)
    chart_url = "findings:plan_list_chart"
    crumbs = (("Plans", ""),)

    @cached_property
    def actions(self):
        return ActionFilter.select(self.at)

    @cached_property
    def rows(self):
        return summaries.actions_by_status(self.actions)

    @property
    def is_synthetic(self):
        return any(row.organisation.region.is_synthetic for row in self.rows)

    @cached_property
    def actions_by_status(self):
        sentence = sentences.actions_by_status(self.rows)
        return self.rows and self.chart(charts.actions_by_status, sentence, self.rows)

    def get_context_data(self, **kwargs):
        closed = summaries.closed_findings(FindingFilter.select(self.at))
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs,
            "lede": sentences.plans(self.rows, closed),
            "plans": self.rows,
            "slippage": summaries.slippage_by_organisation(self.actions),
            "empty_plans": summaries.other_plans(self.at, *(row.plan.slug for row in self.rows)),
            "planless": summaries.planless_by_region(
                Organisation.objects.published(self.at).current(self.on), self.at
            ),
        }


class PlanDetail(OldAddressMixin, PageMixin, DetailView):
    """One plan: its actions, what the force says of each, and what the inspectorate confirmed."""

    parameters = ("page",)

    def get_queryset(self):
        return Plan.objects.published(self.at).select_related("organisation__region", "inspection")

    def choose_page(self, pages):
        """The page that the address asks for, or the first; another one is an error."""
        errors = []
        asked = single_value(self.request.GET, "page", errors)
        if asked and asked not in map(str, pages):
            errors.append(
                f"This plan has no page “{printable(asked)}”: the last one is {pages[-1]}."
            )
        if errors:
            raise BadRequest(*errors)
        return int(asked or pages[0])

    def get_context_data(self, **kwargs):
        actions = self.object.actions.published(self.at)
        listed = ActionFilter.select(self.at, plan=self.object.slug)
        rows = summaries.actions_by_status(listed)
        pages = summaries.pages_of_plan(actions) or [1]
        page = self.choose_page(pages)
        place = pages.index(page)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Plans", reverse("findings:plan_list")), (self.object.name, "")],
            "lede": sentences.plan(self.object, rows),
            "inspection": self.object.inspection,
            "actions": summaries.actions_of_plan(actions, self.on, page),
            "page": place + 1,
            "pages": len(pages),
            "previous": pages[place - 1] if place else None,
            "next": pages[place + 1] if place + 1 < len(pages) else None,
            "missing": summaries.unknown_of_actions(listed, plan=self.object.slug),
            "paper": paper_address(
                "findings:plan_paper_file", self.object.slug, self.get_own_address()
            ),
            "paper_rows": f"{action_list(plan=self.object.slug)}&format=csv",
            "is_synthetic": self.object.organisation.region.is_synthetic,
        }


class PlanPaper(PaperMixin, PlanDetail):
    """A plan as a PDF: the actions of one page of it."""


@require_safe
def evidence_file(request, pk):
    """A file of evidence for those who may read it now; 404 for everybody else."""
    piece = get_object_or_404(
        readable(request.user, Evidence.objects.exclude(file=""), timezone.now()), pk=pk
    )
    try:
        file = piece.file.open()
        is_changed = not has_its_hash(piece, file)
    except FileNotFoundError:
        logger.error("The file of evidence %s is missing: %s", piece.pk, piece.file.name)
        return evidence_missing(request, piece, "we cannot find the file")
    except Exception:  # each store has exceptions of its own
        piece.file.close()
        logger.exception("The file of evidence %s cannot be read", piece.pk)
        page = evidence_missing(request, piece, "we cannot read the file now", status=503)
        page["Retry-After"] = "60"
        return page
    if is_changed:
        file.close()
        logger.error("The file of evidence %s has changed: %s", piece.pk, piece.file.name)
        return evidence_missing(request, piece, "the file has changed since, so we do not show it")
    return FileResponse(
        file,
        as_attachment=True,
        filename=piece.filename,
        content_type=piece.content_type,
        headers=AS_A_FILE,
    )


def evidence_missing(request, piece, why, status=410):
    """The page that says why a file of evidence cannot be read."""
    context = {"piece": piece, "why": why, "retry": status == 503}
    return render(request, "findings/evidence_missing.html", context, status=status)
