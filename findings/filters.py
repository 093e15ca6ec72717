"""What the lists of findings, actions and bodies may be asked for; page, counts and downloads follow each line."""

from django.db.models import CharField, Exists, IntegerField, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from forces.choices import OrganisationKind
from forces.facets import Facet, FilterSet, yes_or_no
from forces.models import Organisation, Region
from inspections.choices import Grade, MissingReason
from inspections.models import Grading, Inspection
from inspections.summaries import headline_gradings

from .addresses import REGION_WIDE
from .choices import NONE_RECORDED, ActionStatus, FindingKind, Progress, Stance
from .models import Action, Finding, Plan, Response, Theme
from .search import Search

STANCES = {stance.slug: (str(stance.label), Q(Exists(Response.objects.beside().filter(stance=stance)))) for stance in Stance} | {
    "none": (NONE_RECORDED, Q(pk__in=Finding.objects.unanswered().values("pk")))
}


class FindingFilter(FilterSet):
    """The findings browser's choices."""

    search_class = Search
    made_up = "inspection__region__is_made_up"

    def get_rows(self):
        return Finding.objects.published(self.at).with_progress(self.at).by_reference()

    def get_facets(self):
        inspections = Inspection.objects.published(self.at)
        overdue = Q(pk__in=Finding.objects.overdue(self.today, self.at).values("pk"))
        return [
            Facet("theme", "Theme", "themes__slug", "themes__name", known=Theme.objects.all(), none=NONE_RECORDED),
            Facet("kind", "Kind", "kind", choices=FindingKind),
            Facet(
                "body",
                "Body named",
                "organisations__slug",
                "organisations__short_name",
                known=Organisation.objects.all(),
                none="no one body",
                conditions={REGION_WIDE: ("Region-wide", Q(is_region_wide=True))},
            ),
            Facet("region", "Region", "inspection__region__slug", "inspection__region__name", known=Region.objects.all(), none="national"),
            Facet("inspection", "Inspection", "inspection__slug", "inspection__title", known=inspections),
            Facet("response", "Response", conditions=STANCES),
            Facet("progress", "Progress", "progress", choices=Progress),
            yes_or_no("overdue", "Overdue action", overdue),
        ]


class ActionFilter(FilterSet):
    """The choices among all actions."""

    made_up = "plan__organisation__region__is_made_up"

    def get_rows(self):
        return Action.objects.published(self.at).by_body()

    def get_facets(self):
        def among(actions):
            return Q(pk__in=actions.values("pk"))

        plans = Plan.objects.published(self.at)
        actions = Action.objects
        return [
            Facet("status", "Force says", "status", choices=ActionStatus),
            Facet(
                "body",
                "Body",
                "plan__organisation__slug",
                "plan__organisation__short_name",
                known=Organisation.objects.all(),
            ),
            Facet(
                "region",
                "Region",
                "plan__organisation__region__slug",
                "plan__organisation__region__name",
                known=Region.objects.all(),
            ),
            Facet("plan", "Plan", "plan__slug", "plan__name", known=plans),
            yes_or_no("overdue", "Overdue", among(actions.overdue(self.today))),
            yes_or_no("undated", "Open, no date set", among(actions.undated())),
            yes_or_no("moved", "Date moved", among(actions.moved())),
            yes_or_no("unowned", "Open, no owner", among(actions.unowned())),
            yes_or_no("unconfirmed", "Complete, unconfirmed", among(actions.unconfirmed())),
        ]


class OrganisationFilter(FilterSet):
    """The choices among all bodies."""

    made_up = "region__is_made_up"

    def get_rows(self):
        grading = Grading.objects.published(self.at).filter(organisation=OuterRef("pk")).headline()
        answer = Response.objects.published(self.at).filter(organisation=OuterRef("pk"), inspection=OuterRef("graded_in"))
        words = CharField()
        return (
            Organisation.objects.current(self.today)
            .order_by("short_name")
            .annotate(
                graded_in=Subquery(grading.values("inspection")),
                standing=Coalesce(
                    Cast(Subquery(grading.values("grade")), words),
                    NullIf(Subquery(grading.values("missing_reason")), Value("")),
                    Value(MissingReason.NOT_FOUND),
                    output_field=words,
                ),
                stance=Subquery(answer.values("stance")),
            )
        )

    def get_facets(self):
        planned = Q(Exists(Action.objects.published(self.at).filter(plan__organisation=OuterRef("pk"))))
        return [
            Facet("region", "Region", "region__slug", "region__name", known=Region.objects.all()),
            Facet("kind", "Kind", "kind", choices=OrganisationKind),
            Facet("grade", "Grade", "standing", choices=[*reversed(Grade), *MissingReason]),
            Facet("response", "Response", "stance", choices=Stance, none=NONE_RECORDED),
            Facet(
                "plan",
                "Improvement plan",
                conditions={"recorded": ("recorded", planned), "none": (NONE_RECORDED, ~planned)},
            ),
        ]

    def with_counts(self):
        """The bodies chosen, with what their table shows besides."""

        def count(rows, body):
            return CountOf(rows.filter(**{body: OuterRef("pk")}))

        gradings = headline_gradings(self.at)
        dates = gradings.filter(organisation=OuterRef("pk"))
        findings, actions = Finding.objects.published(self.at), Action.objects.published(self.at)
        return (
            self.narrow()
            .select_related("region")
            .annotate(
                fieldwork_to=Subquery(dates.values("fieldwork_to")),
                published_on=Subquery(dates.values("inspection__published_on")),
                positive=count(findings.positive(), "organisations"),
                negative=count(findings.negative(), "organisations"),
                open=count(actions.open(), "plan__organisation"),
                overdue=count(actions.overdue(self.today), "plan__organisation"),
            )
            .prefetch_related(Prefetch("gradings", gradings, to_attr="headline"))
        )


class CountOf(Subquery):
    """How many rows a query inside another finds."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
