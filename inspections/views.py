"""Pages of inspections and of sources, and pages that explain the site, grades and terms."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db.models import prefetch_related_objects
from django.http import Http404, QueryDict
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView, TemplateView

from findings import summaries as finding_summaries
from findings.models import Action
from forces import sentences as force_sentences
from forces.summaries import successions, successions_of
from lib.audit.old_addresses import OldAddressMixin
from lib.lists import downloads
from lib.pages import PageMixin
from lib.parameters import printable, unknown_parameters

from . import sentences, summaries
from .choices import MissingReason
from .glossary import TERMS
from .models import Inspection, Programme
from .tables import GradingTable

ABOUT = ("About", reverse_lazy("inspections:about"))


class InspectionList(PageMixin, ListView):
    """Every public inspection, the newest first."""

    def get_queryset(self):
        return Inspection.objects.published(self.at)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.inspections_by_date(self.object_list)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Inspections", "")],
            "rows": rows,
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
            .select_related("programme", "region")
            .prefetch_related("citations")
        )

    @cached_property
    def responses(self):
        responses = (
            self.object.responses.published(self.at)
            .by_organisations()
            .select_related("organisation")
            .prefetch_related("citations")
        )
        return {response.organisation: response for response in responses}

    def with_responses(self, rows):
        """Each row with its organisation's response."""
        return [(row, self.responses.get(row.organisation)) for row in rows]

    def get_context_data(self, **kwargs):
        questions = list(self.object.programme.questions.all())
        graded = [question for question in questions if question.is_graded]
        rows = summaries.gradings_by_organisation(self.object, graded)
        organisations = [row.organisation for row in rows]
        changes = successions()
        lead = next((place for place, question in enumerate(graded) if question.is_headline), 0)
        headline_gradings = [
            summaries.HeadlineGrading(row.organisation, row.gradings[lead])
            for row in rows
            if row.gradings
        ]
        named = finding_summaries.findings_by_named_organisation(
            self.object.findings.published(self.at), organisations, inspection=self.object.slug
        )
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                ("Inspections", reverse("inspections:inspection_list")),
                (self.object.title, ""),
            ],
            "graded": graded,
            "ungraded": [question for question in questions if not question.is_graded],
            "rows": self.with_responses(rows),
            "later": summaries.gradings_of_successors(rows, graded, changes),
            "successions": [
                force_sentences.succession(row, self.on)
                for row in successions_of(organisations, changes)
            ],
            "responses": [
                (organisation, self.responses.get(organisation))
                for organisation in dict.fromkeys([*organisations, *self.responses])
            ],
            "findings": named if finding_summaries.is_recorded(self.object, named) else [],
            "plans": finding_summaries.actions_by_status(
                Action.objects.published(self.at).filter(plan__inspection=self.object)
            ),
            "relatives": Inspection.objects.published(self.at).relatives_of(self.object),
            "evidence_span": summaries.evidence_span(
                [grading for row in rows for grading in row.gradings], self.on
            ),
            "lede": sentences.inspection_grades(
                summaries.grades_by_region(headline_gradings), len(graded) > 1 and graded[lead]
            ),
            "clock": summaries.comments_clock(self.object, organisations, self.on),
            "days_left": self.object.comments_due_on
            and (self.object.comments_due_on - self.on).days,
            "is_synthetic": self.object.region and self.object.region.is_synthetic,
        }


class ProgrammeDetail(OldAddressMixin, PageMixin, DetailView):
    """One programme: the newest grades of every force that it covers, question by question."""

    context_object_name = "programme"
    parameters = ("question", "sort", "group")
    groups = ("region", "none")

    def get_queryset(self):
        return Programme.objects.published(self.at).select_related("follows", "followed_by")

    def get_ignored(self):
        return unknown_parameters(self.request.GET, (*self.parameters, "format"))

    def get_canonical_address(self):
        """Another order is the same page."""
        question = self.request.GET.get("question")
        return f"{self.request.path}?question={question}" if question else self.request.path

    def choose(self, name, values):
        """The value of a parameter, or an empty text; an unknown one is an error."""
        given = self.request.GET.getlist(name)
        if len(given) > 1:
            self.errors.append(f"“{name}” is given more than once.")
        value = given[-1] if given else ""
        if value and value not in values:
            self.errors.append(f"This page has no {name} “{printable(value)}”.")
        return value

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        self.questions = list(self.object.questions.graded())
        for question in self.questions:
            question.programme = self.object
        slugs = [question.slug for question in self.questions]
        self.errors = []
        question = self.choose("question", slugs)
        sort = self.choose(
            "sort", [f"{sign}{name}" for name in ("force", *slugs) for sign in ("", "-")]
        )
        group = self.choose("group", self.groups)
        file_format = self.choose("format", downloads.FORMATS)
        if self.errors:
            raise BadRequest(*self.errors)
        self.params = QueryDict(mutable=True)
        given = {"question": question, "sort": sort, "group": group}
        self.params.update({name: value for name, value in given.items() if value})
        # Sorted by a grade, all forces stand in one list unless the reader wants it otherwise.
        self.is_grouped = group == "region" or (not group and sort.removeprefix("-") not in slugs)
        self.sort = sort
        self.place = slugs.index(question) if question else self.first_place
        rows = summaries.gradings_by_question(self.object, self.questions, self.at)
        place = slugs.index(sort.removeprefix("-")) if sort.removeprefix("-") in slugs else None
        self.rows = summaries.sort_gradings(rows, place, sort.startswith("-"))
        if file_format:
            return self.download(file_format)
        return self.render_to_response(self.get_context_data())

    @property
    def first_place(self):
        """The place of the question that the map shows where none is chosen."""
        headline = [question.is_headline for question in self.questions]
        return headline.index(True) if any(headline) else 0

    @cached_property
    def regions(self):
        """The rows in groups: one a region, or one of all."""
        if self.is_grouped:
            return summaries.group_by_region(self.rows)
        return [summaries.RegionRows(None, self.rows)]

    def download(self, file_format):
        gradings = [g for group in self.regions for row in group.rows for g in row.gradings]
        prefetch_related_objects([g for g in gradings if g.pk], "citations")
        synthetic = sum(g.organisation.region.is_synthetic for g in gradings)
        address = self.request.build_absolute_uri(self.get_own_address())
        about = downloads.about_rows(
            self.object.name, address, "none", len(gradings), synthetic, self.at
        )
        table = GradingTable(gradings)
        return downloads.respond(self.request, file_format, self.object.slug, about, table, self.at)

    def get_context_data(self, **kwargs):
        questions = summaries.grades_by_question(self.rows, self.questions, self.on)
        chosen = questions[self.place] if questions else None
        tiles, off_map = summaries.tile_map(chosen.forces if chosen else [])
        gradings = [grading for row in self.rows for grading in row.gradings]
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                ("Inspections", reverse("inspections:inspection_list")),
                (self.object.short_name, ""),
            ],
            "questions": questions,
            "chosen": chosen,
            "lede": sentences.grades_on_question(chosen) if chosen else "",
            "tiles": tiles,
            "off_map": off_map,
            "regions": self.regions,
            "params": self.params,
            "sort": self.sort,
            "is_grouped": self.is_grouped,
            "legend": summaries.legend(self.object.scale, self.rows),
            "published": summaries.publication_span(self.rows),
            "corrections": [sentences.correction(g) for g in gradings if g.first_grade is not None],
            "conflicts": [sentences.conflict(g) for g in gradings if g.conflicts],
            "ungraded": sentences.ungraded(self.rows),
            "is_synthetic": any(row.organisation.region.is_synthetic for row in self.rows),
        }


def inspection_detail(request, slug):
    """The page of an inspection or of a programme, which never have one slug."""
    programme = ProgrammeDetail.as_view()
    if Programme.objects.filter(slug=slug).exists():
        return programme(request, slug=slug)
    try:
        return InspectionDetail.as_view()(request, slug=slug)
    except Http404:
        return programme(request, slug=slug)  # which knows a programme's old address


class SourceList(PageMixin, TemplateView):
    """Every source, what was read of it, and what rests on it."""

    template_name = "inspections/source_list.html"

    def get_context_data(self, **kwargs):
        kinds = finding_summaries.sources_by_kind(self.at)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Sources", "")],
            "kinds": kinds,
            "lede": sentences.sources_by_kind(kinds),
            "is_synthetic": Inspection.objects.published(self.at).synthetic().exists(),
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
