"""The page of a programme, and which page stands at the address that it shares with inspections."""

from functools import partial

from django.core.exceptions import BadRequest
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import DetailView

from lib.audit.old_addresses import OldAddressMixin
from lib.lists import downloads
from lib.pages import PageMixin
from lib.parameters import printable, single_value, unknown_parameters

from .. import sentences, summaries
from ..models import Programme
from ..resources.downloads import programme_columns
from .inspections import InspectionDetail


class ProgrammeDetail(OldAddressMixin, PageMixin, DetailView):
    """One programme: the newest grades of every force that it covers, question by question."""

    context_object_name = "programme"
    parameters = ("question", "sort", "group")
    groups = ("region", "none")

    def get_queryset(self):
        return Programme.objects.published(self.at)

    def get_ignored(self):
        return unknown_parameters(self.request.GET, (*self.parameters, "format"))

    def get_canonical_address(self):
        """Another order is the same page."""
        question = self.request.GET.get("question")
        return f"{self.request.path}?question={question}" if question else self.request.path

    def get_linked_data(self, context):
        """Its place in the site, and its grades as a dataset."""
        name = f"{self.object.name}: forces and their grades"
        about = f"The newest grade of every force on each graded question of {self.object.name}."
        return [
            *super().get_linked_data(context),
            downloads.dataset(self.request, name, self.object.description or about),
        ]

    def choose(self, name, values):
        """The value of a parameter, or an empty text; an unknown one is an error."""
        value = single_value(self.request.GET, name, self.errors)
        if value and value not in values:
            self.errors.append(f"This page has no {name} “{printable(value)}”.")
        return value

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        self.questions = list(self.object.questions.published(self.at).graded())
        for question in self.questions:
            question.programme = self.object
        slugs = [question.slug for question in self.questions]
        self.errors = []
        question = self.choose("question", slugs)
        sort = self.choose(
            "sort", [f"{sign}{name}" for name in ("force", *slugs) for sign in ("", "-")]
        )
        group = self.choose("group", self.groups)
        file_format = self.choose("format", downloads.ALL_FORMATS)
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
        synthetic = sum(g.organisation.region.is_synthetic for g in gradings)
        address = self.request.build_absolute_uri(self.get_own_address())
        about = downloads.about_rows(
            self.object.name, address, "none", len(gradings), synthetic, self.at
        )
        columns = programme_columns()
        lines = partial(downloads.lines_of_records, gradings, columns)
        return downloads.respond(self.request, file_format, self.object.slug, about, columns, lines)

    def get_context_data(self, **kwargs):
        questions = summaries.grades_by_question(self.rows, self.questions, self.on)
        chosen = questions[self.place] if questions else None
        gradings = [grading for row in self.rows for grading in row.gradings]
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                ("Inspections", reverse("inspections:inspection_list")),
                (self.object.short_name, ""),
            ],
            "questions": questions,
            "chosen": chosen,
            "lede": sentences.grades_on_question(chosen) if chosen else "",
            "map": chosen and summaries.tile_map(chosen.forces),
            "regions": self.regions,
            "params": self.params,
            "sort": self.sort,
            "is_grouped": self.is_grouped,
            "legend": summaries.legend(self.object.scale, self.rows),
            "published": summaries.publication_span(self.rows),
            "corrections": [sentences.correction(g) for g in gradings if g.first_grade is not None],
            "conflicts": [sentences.conflict(g) for g in gradings if g.pk and g.conflicting],
            "ungraded": sentences.ungraded(self.rows),
            "follows": self.object.follows_id
            and self.get_queryset().filter(pk=self.object.follows_id).first(),
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
