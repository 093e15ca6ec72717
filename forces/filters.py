"""The filters of the list of forces and units, on its page and in its downloads."""

from django.db.models import (
    Case,
    CharField,
    Exists,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from findings.choices import NO_RESPONSE, NONE_RECORDED, Stance
from findings.coverage import known_actions, known_findings, known_overdue, with_coverage
from findings.filters import ActionFilter, FindingFilter
from findings.models import Plan, Response
from findings.summaries import actions_by_organisation, findings_by_organisation
from inspections.choices import Grade, MissingReason
from inspections.filters import PARAMETERS, QuestionChoice
from inspections.models import (
    DID_NOT_EXIST_THEN,
    EXISTED_WHEN_INSPECTED,
    Grading,
    covered_by,
    with_last_inspected,
)
from lib.lists.facets import Facet
from lib.lists.filtersets import FilterSet
from lib.sentences import Part, lower_first

from .addresses import ENDED, NOW, WHEN_INSPECTED
from .choices import OrganisationKind
from .models import Organisation, Region, exists_on


class OrganisationFilter(FilterSet):
    """The filters of the list of forces and units, by their grades on the headline question.

    The address may choose another question, and its programme; then the list has only those whom
    that programme covers.
    """

    synthetic = "region__is_synthetic"
    own_parameters = PARAMETERS

    def __init__(self, params, at, other_params=()):
        self.choice = QuestionChoice(params, at)
        self.kept = self.choice.scope
        super().__init__(params, at, other_params)
        self.errors = [*self.choice.errors, *self.errors]

    def get_rows(self):
        question, programme = self.choice.chosen, self.choice.chosen_programme
        gradings = Grading.objects.published(self.at).filter(organisation=OuterRef("pk"))
        grading = gradings.headline(question)
        covered = covered_by(Organisation.objects.published(self.at), self.at, programme)
        responses = (
            Response.objects.published(self.at)
            .by_organisations()
            .filter(organisation=OuterRef("pk"), inspection=OuterRef("graded_in"))
            .newest_first()
        )
        words = CharField()
        return (
            with_last_inspected(covered, self.at, programme)
            .exclude(valid_from__gt=self.today)
            .order_by("short_name")
            .annotate(
                graded_in=Subquery(grading.values("inspection")),
                headline_grading=Coalesce(
                    Cast(Subquery(grading.values("grade")), words),
                    NullIf(Subquery(grading.values("missing_reason")), Value("")),
                    Case(
                        When(DID_NOT_EXIST_THEN, then=Value(MissingReason.DID_NOT_EXIST)),
                        default=Value(MissingReason.NOT_FOUND),
                    ),
                    output_field=words,
                ),
                stance=Subquery(responses.values("stance")[:1]),
            )
        )

    def get_facets(self):
        planned = Q(Exists(Plan.objects.published(self.at).filter(organisation=OuterRef("pk"))))
        return [
            Facet(
                "region",
                "Region",
                "region__slug",
                "region__name",
                known=Region.objects.published(self.at),
            ),
            Facet("kind", "Kind", "kind", choices=OrganisationKind),
            Facet("grade", "Grade", "headline_grading", choices=[*reversed(Grade), *MissingReason]),
            Facet("response", "Response to the report", "stance", choices=Stance, none=NO_RESPONSE),
            Facet(
                "plan",
                "Improvement plan",
                conditions={"recorded": ("recorded", planned), "none": (NONE_RECORDED, ~planned)},
            ),
            Facet(
                "exists",
                "When they existed",
                conditions={
                    NOW: ("today", exists_on(self.today)),
                    WHEN_INSPECTED: ("at the region’s last inspection", EXISTED_WHEN_INSPECTED),
                    ENDED: ("only in the past", Q(valid_to__lte=self.today)),
                },
                default=NOW,
            ),
        ]

    def notes(self):
        """Which grades the list shows, where they are not the usual ones."""
        if self.choice.is_default:
            return []
        usual = self.address(**dict.fromkeys(PARAMETERS))
        return [
            [
                Part(f"Grades for {lower_first(self.choice.question.name)}, "),
                Part(str(self.choice.programme), self.choice.programme.get_absolute_url()),
                Part(". "),
                Part(f"Show {lower_first(self.choice.default.name)} instead", usual),
                Part("."),
            ]
        ]

    def words(self):
        """The choices in words, with the question."""
        if self.choice.is_default:
            return super().words()
        asked = f"{self.choice.programme}: {self.choice.question}"
        return f"{asked}; {super().words()}" if self.is_filtered else asked

    def with_counts(self, organisations):
        """Organisations with the counts and gradings that the table shows."""
        gradings = Grading.objects.published(self.at).for_comparison(self.choice.chosen)
        dates = gradings.filter(organisation=OuterRef("pk"))
        chosen = list(organisations.order_by().only("slug"))
        found = findings_by_organisation(FindingFilter.select(self.at), chosen)
        done = actions_by_organisation(ActionFilter.select(self.at), chosen)
        return (
            with_coverage(organisations, self.at)
            .select_related("region")
            .alias(
                all_positive=CountById({pk: row.positive for pk, row in found.items()}),
                all_negative=CountById({pk: row.negative for pk, row in found.items()}),
                all_actions=CountById({pk: row.total for pk, row in done.items()}),
                all_open=CountById({pk: row.open for pk, row in done.items()}),
                all_undated=CountById({pk: row.undated for pk, row in done.items()}),
                all_overdue=CountById({pk: row.overdue for pk, row in done.items()}),
            )
            .annotate(
                fieldwork_to=Subquery(dates.values("fieldwork_to")),
                published_on=Subquery(dates.values("inspection__published_on")),
                positive=known_findings("all_positive"),
                negative=known_findings("all_negative"),
                open=known_actions("all_open", "all_actions"),
                known_overdue=known_overdue("all_overdue", "all_open", "all_undated"),
                overdue=known_actions("known_overdue", "all_actions"),
            )
            .prefetch_related(Prefetch("gradings", gradings, to_attr="headline"))
        )


class RegionFilter(FilterSet):
    """Regions: there are few, and nothing to filter them by."""

    synthetic = "is_synthetic"

    def get_rows(self):
        return Region.objects.published(self.at).order_by("name")


class CountById(Func):
    """The number that belongs to the row's id, so that the list can be sorted by it."""

    template = "(%(expressions)s)::integer"
    arg_joiner = " ->> "
    output_field = IntegerField()

    def __init__(self, counts):
        super().__init__(Value(counts, JSONField()), Cast("pk", TextField()))
