"""The filters of the list of gradings, and the question whose grades a page shows."""

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Coalesce, ExtractYear, NullIf
from django.utils.http import urlencode

from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from lib.lists.facets import Facet, yes_or_no
from lib.lists.filtersets import FilterSet
from lib.lists.freshness import until_changed
from lib.parameters import ParameterError, printable, single_value
from lib.sentences import lower_first

from .choices import Certainty, Coverage, Grade, MissingReason, SourceKind
from .models import Grading, GradingCitation, Inspection, Programme, Question, Source, Strand
from .search import SourceSearch

PARAMETERS = {
    "programme": "The programme whose grades are shown; that of the headline question if none",
    "question": "The question of that programme; its headline question or its first if none",
}


class GradingFilter(FilterSet):
    """The filters of the list of gradings."""

    synthetic = "organisation__region__is_synthetic"

    def get_rows(self):
        words = CharField()
        return (
            Grading.objects.published(self.at)
            .for_display()
            .newest_first()
            .annotate(
                judged=Coalesce(
                    Cast("grade", words), NullIf(F("missing_reason"), Value("")), output_field=words
                )
            )
        )

    def get_facets(self):
        newest = Grading.objects.published(self.at).newest_on_strand()
        differing = GradingCitation.objects.filter(grade_given__isnull=False)
        return [
            Facet(
                "strand",
                "What was asked",
                "question__strand__slug",
                "question__strand__name",
                known=Strand.objects.published(self.at),
                none="asked in one programme only",
            ),
            Facet(
                "programme",
                "Programme",
                "question__programme__slug",
                "question__programme__short_name",
                known=Programme.objects.published(self.at),
            ),
            Facet("grade", "Grade", "judged", choices=[*reversed(Grade), *MissingReason]),
            Facet(
                "organisation",
                "Force or unit",
                "organisation__slug",
                "organisation__short_name",
                known=Organisation.objects.published(self.at),
            ),
            Facet("kind", "Kind", "organisation__kind", choices=OrganisationKind),
            Facet(
                "region",
                "Region",
                "organisation__region__slug",
                "organisation__region__name",
                known=Region.objects.published(self.at),
            ),
            Facet(
                "inspection",
                "Inspection",
                "inspection__slug",
                "inspection__title",
                known=Inspection.objects.published(self.at),
            ),
            Facet("certainty", "How it is known", "certainty", choices=Certainty),
            yes_or_no("newest", "Newest grade on what was asked", Q(pk__in=newest.values("pk"))),
            yes_or_no("carried", "Carried forward", Q(is_carried_forward=True)),
            yes_or_no("corrected", "Corrected", Q(first_grade__isnull=False)),
            yes_or_no(
                "differ",
                "Sources differ",
                Q(missing_reason=MissingReason.SOURCES_DIFFER)
                | Q(pk__in=differing.values("grading")),
            ),
        ]


class InspectionFilter(FilterSet):
    """The filters of inspections."""

    synthetic = "region__is_synthetic"

    def get_rows(self):
        return Inspection.objects.published(self.at).newest_first()

    def get_facets(self):
        return [
            Facet(
                "programme",
                "Programme",
                "programme__slug",
                "programme__short_name",
                known=Programme.objects.published(self.at),
            ),
            Facet(
                "region",
                "Region",
                "region__slug",
                "region__name",
                known=Region.objects.published(self.at),
                none="national",
            ),
            Facet(
                "organisation",
                "Force or unit whose own report it is",
                "organisation__slug",
                "organisation__short_name",
                known=Organisation.objects.published(self.at),
                none="none",
            ),
            Facet(
                "findings_recorded",
                "How far its findings are recorded",
                "findings_recorded",
                choices=Coverage,
            ),
        ]


class SourceFilter(FilterSet):
    """The filters of the list of sources."""

    search_class = SourceSearch

    def get_rows(self):
        return Source.objects.listed(self.at).order_by("publisher", "title", "url")

    def get_facets(self):
        year = Cast(ExtractYear("published_on"), CharField())
        return [
            Facet("kind", "Kind", "kind", choices=SourceKind),
            Facet("year", "Year of publication", year, none="date not recorded"),
        ]


@until_changed
def questions_to_choose(at):
    """The questions whose grades a page can show."""
    return list(Question.objects.to_choose(at))


class QuestionChoice:
    """The graded question that an address chooses by its programme and its slug.

    Where it chooses none, that is the headline question; where it chooses a programme alone, the
    first of that. `question` is None only where nothing is graded yet. `errors` are sentences about
    values that cannot be read.
    """

    def __init__(self, params, at):
        self.errors = []
        self.questions = questions_to_choose(at)
        self.default = next(
            (question for question in self.questions if question.is_headline),
            next(iter(self.questions), None),
        )
        programme, question = (single_value(params, name, self.errors) for name in PARAMETERS)
        self.question = self._read(programme, question) or self.default

    def _read(self, programme, question):
        asked = self.questions
        if programme:
            asked = [row for row in asked if row.programme.slug == programme]
            if not asked:
                sentence = f"There is no programme “{printable(programme)}”."
                self.errors.append(ParameterError("programme", sentence))
                return None
        elif question:
            asked = [row for row in asked if row.programme_id == self.default.programme_id]
        else:
            return None
        found = [row for row in asked if row.slug == question] if question else asked
        if not found:
            sentence = f"This programme has no graded question “{printable(question)}”."
            self.errors.append(ParameterError("question", sentence))
            return None
        headline = [row for row in found if row.is_headline]
        return (headline or found)[0]

    @property
    def is_default(self):
        return self.question == self.default

    @property
    def programme(self):
        return self.question and self.question.programme

    @property
    def words(self):
        """The question as it goes on in a sentence, with its programme if that is not the usual."""
        if self.question is None:
            return "any question"
        words = lower_first(self.question.name)
        return words if self.is_default else f"{words} ({self.programme})"

    @property
    def chosen(self):
        """The question for a queryset: None for the headline one."""
        return None if self.is_default else self.question

    @property
    def chosen_programme(self):
        """The programme for a queryset: None for that of the headline question."""
        return None if self.is_default else self.programme

    @property
    def scope(self):
        """The parameters of a list with the same grades; none for the headline question."""
        return self.scope_of(self.question)

    def scope_of(self, question):
        if question == self.default:
            return {}
        return {"programme": question.programme.slug, "question": question.slug}

    @property
    def query(self):
        """The scope as the query of an address; empty for the headline question."""
        return urlencode(self.scope)

    @property
    def programmes(self):
        """The programmes that could be chosen, the newest first, with the query of each."""
        programmes = dict.fromkeys(question.programme for question in self.questions)
        usual = self.default and self.default.programme
        return [
            (row, "" if row == usual else f"?{urlencode({'programme': row.slug})}")
            for row in programmes
        ]

    @property
    def siblings(self):
        """The graded questions of the programme, in its order, with the query of each."""
        siblings = [row for row in self.questions if row.programme == self.programme]
        queries = [urlencode(self.scope_of(row)) for row in siblings]
        return [
            (row, f"?{query}" if query else "")
            for row, query in zip(siblings, queries, strict=True)
        ]
