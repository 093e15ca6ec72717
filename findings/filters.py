"""The filters of the lists of findings and actions, on their pages and in their downloads."""

from django.db.models import Case, Q, TextField, Value, When
from django.db.models.functions import Coalesce

from forces.models import Organisation, Region
from forces.sentences import succession
from forces.summaries import successions, successions_of
from inspections.models import Inspection, Programme, Strand
from lib.lists.facets import NONE, Facet, yes_or_no
from lib.lists.filtersets import FilterSet
from lib.lists.freshness import until_changed
from lib.sentences import Part

from .addresses import REGION_WIDE
from .choices import (
    NEGATIVE_KINDS,
    NO_RESPONSE,
    NONE_RECORDED,
    ActionStatus,
    FindingKind,
    FindingProgress,
    Stance,
)
from .models import Action, Finding, Plan, Theme
from .progress import with_dated_actions, with_overdue_action, with_progress
from .search import Search

# Tables that show in these lists at most as parts of findings or actions, which are read anew with
# them. If any other table changes, any row of a list may.
SHOWN_IN_NEITHER = {
    "findings_actioncitation",
    "findings_confirmationcitation",
    "findings_duedatechange",
    "findings_evidence",
    "findings_findingcitation",
    "findings_ownerchange",
    "findings_progressupdate",
    "findings_responsecitation",
    "forces_membership",
    "imports_importrun",
}


class OrganisationChoices(FilterSet):
    """The filters of a list by organisation; it says what chosen ones became, or were before."""

    def notes(self):
        chosen = self.choices["organisation"][0] - {NONE, REGION_WIDE}
        if not chosen:
            return []
        rows = successions(self.at)
        concerned = {
            organisation
            for row in rows
            for organisation in (*row.before, *row.after)
            if organisation.slug in chosen
        }
        return [
            [
                *succession(row, self.today, lambda other: self.address(organisation=[other.slug])),
                Part(" Select a name to see what is listed for it."),
            ]
            for row in successions_of(concerned, rows)
        ]


@until_changed
def all_replacements(at):
    """The slug of each theme that was replaced, with that of the one in use."""
    themes = Theme.objects.published(at)
    return themes.replacements(themes.order_by().values_list("slug", flat=True))


def theme_replacements(at, slugs):
    """Those of these slugs whose themes were replaced, each with the slug of the one in use."""
    replaced = all_replacements(at)
    return {slug: replaced[slug] for slug in slugs if slug in replaced}


def strand_of(field, one_strand):
    """A field of a finding's strand: its section's, or the only one that its programme asks."""
    return Coalesce(
        f"section__strand__{field}",
        Case(
            *(
                When(inspection__programme=programme, then=Value(getattr(strand, field)))
                for programme, strand in one_strand.items()
            ),
            default=None,
            output_field=TextField(),
        ),
        output_field=TextField(),
    )


class FindingFilter(OrganisationChoices):
    """The filters of the list of findings."""

    search_class = Search
    synthetic = "inspection__region__is_synthetic"

    @property
    def search_is_by_rank(self):
        """Whether the findings that match best come first: those with any word of a sentence."""
        return bool(self.search) and self.search.is_sentence and "sort" not in self.params

    def get_rows(self):
        return with_progress(Finding.objects.published(self.at), self.at).by_reference()

    def touched_by(self, changes):
        findings, moved, actions, responses = set(), set(), set(), set()
        for change in changes:
            if change.table in ("findings_action", "findings_action_findings"):
                actions |= change.rows_of("findings_action")
                findings |= change.values_of("finding_id")
            elif change.table == "findings_response":
                responses.add(change.row)
                findings |= change.values_of("finding_id")
            elif own := change.rows_of("findings_finding"):
                findings |= own | change.values_of("cause_id") | change.values_of("repeats_id")
                if change.operation == "UPDATE" and change.values_of("inspection_id"):
                    # An embargo may hide its actions, which are other findings' too.
                    moved |= own
            elif change.table not in SHOWN_IN_NEITHER:
                return None
        if moved:
            actions.update(Action.objects.filter(findings__in=moved).values_list("pk", flat=True))
        rows = Finding.objects.filter(Q(actions__in=actions) | Q(responses__in=responses))
        return findings.union(rows.values_list("pk", flat=True) if actions | responses else ())

    def get_facets(self):
        inspections = Inspection.objects.published(self.at)
        overdue = Q(pk__in=with_overdue_action(Finding.objects, self.today, self.at).values("pk"))
        dated = Q(pk__in=with_dated_actions(Finding.objects, self.at).values("pk"))
        one_strand = Programme.objects.with_one_strand(self.at)
        return [
            Facet(
                "theme",
                "Theme",
                "themes__slug",
                "themes__name",
                known=Theme.objects.published(self.at),
                none=NONE_RECORDED,
                replaced=theme_replacements,
            ),
            Facet("kind", "Kind", "kind", choices=FindingKind),
            Facet(
                "organisation",
                "Force or unit named",
                "organisations__slug",
                "organisations__short_name",
                known=Organisation.objects.published(self.at),
                none="no particular force",
                conditions={REGION_WIDE: ("Region-wide", Q(is_region_wide=True))},
            ),
            Facet(
                "region",
                "Region",
                "inspection__region__slug",
                "inspection__region__name",
                known=Region.objects.published(self.at),
                none="national",
            ),
            Facet(
                "programme",
                "Programme",
                "inspection__programme__slug",
                "inspection__programme__short_name",
                known=Programme.objects.published(self.at),
            ),
            Facet(
                "strand",
                "What was asked",
                strand_of("slug", one_strand),
                strand_of("name", one_strand),
                known=Strand.objects.published(self.at),
                none="no question named",
            ),
            Facet(
                "inspection",
                "Inspection",
                "inspection__slug",
                "inspection__title",
                known=inspections,
            ),
            Facet(
                "response",
                "Response",
                "responses__stance",
                choices=Stance,
                none=NO_RESPONSE,
                # Nobody needs to respond to what is done well.
                among=Q(kind__in=NEGATIVE_KINDS) | Q(responses__isnull=False),
            ),
            Facet("progress", "Progress", "progress", choices=FindingProgress),
            Facet(
                "overdue",
                "Overdue action",
                conditions={
                    "yes": ("yes", overdue),
                    "no": ("no", dated & ~overdue),
                    NONE: ("not known: no action, or no due date", None),
                },
            ),
        ]


class ActionFilter(OrganisationChoices):
    """The filters of the list of actions."""

    synthetic = "plan__organisation__region__is_synthetic"

    def get_rows(self):
        return Action.objects.published(self.at).by_organisation()

    def touched_by(self, changes):
        actions, findings = set(), set()
        for change in changes:
            if own := change.rows_of("findings_action"):
                actions |= own
            elif own := change.rows_of("findings_finding"):
                findings |= own
            elif change.table not in SHOWN_IN_NEITHER | {"findings_response"}:
                return None
        rows = Action.objects.filter(findings__in=findings)
        return actions.union(rows.values_list("pk", flat=True) if findings else ())

    def notes(self):
        notes = super().notes()
        if "yes" in self.choices["overdue"][0] and not self.count:
            actions = Action.objects.open().filter(
                pk__any_of=self.postings.keys(self.bits_without("overdue"))
            )
            dates = list(actions.order_by().values_list("due_on", flat=True).distinct())
            if dates == [None]:
                words = "No open action here has a due date, so we do not know whether any is late."
                notes.append([Part(words)])
        return notes

    def get_facets(self):
        def among(actions):
            return Q(pk__in=actions.values("pk"))

        plans = Plan.objects.published(self.at)
        actions = Action.objects
        overdue, undated = among(actions.overdue(self.today)), among(actions.undated())
        return [
            Facet("status", "What the force says", "status", choices=ActionStatus),
            Facet(
                "organisation",
                "Force or unit",
                "plan__organisation__slug",
                "plan__organisation__short_name",
                known=Organisation.objects.published(self.at),
            ),
            Facet(
                "region",
                "Region",
                "plan__organisation__region__slug",
                "plan__organisation__region__name",
                known=Region.objects.published(self.at),
            ),
            Facet(
                "programme",
                "Programme it responds to",
                "plan__inspection__programme__slug",
                "plan__inspection__programme__short_name",
                known=Programme.objects.published(self.at),
                none="no inspection named",
            ),
            Facet("plan", "Plan", "plan__slug", "plan__name", known=plans),
            Facet(
                "overdue",
                "Overdue",
                conditions={
                    "yes": ("yes", overdue),
                    "no": ("no", ~overdue & ~undated),
                    NONE: ("not known: no due date", undated),
                },
            ),
            yes_or_no("undated", "Open, no due date", undated),
            yes_or_no("moved", "Date moved", among(actions.moved())),
            yes_or_no("unowned", "Open, no owner", among(actions.unowned())),
            yes_or_no("unconfirmed", "Complete, unconfirmed", among(actions.unconfirmed())),
        ]


class PlanFilter(FilterSet):
    """The filters of plans."""

    synthetic = "organisation__region__is_synthetic"

    def get_rows(self):
        return Plan.objects.published(self.at).order_by("organisation__short_name", "name")

    def get_facets(self):
        return [
            Facet(
                "organisation",
                "Force or unit",
                "organisation__slug",
                "organisation__short_name",
                known=Organisation.objects.published(self.at),
            ),
            Facet(
                "region",
                "Region",
                "organisation__region__slug",
                "organisation__region__name",
                known=Region.objects.published(self.at),
            ),
            Facet(
                "programme",
                "Programme it responds to",
                "inspection__programme__slug",
                "inspection__programme__short_name",
                known=Programme.objects.published(self.at),
                none="no inspection named",
            ),
        ]


class ThemeFilter(FilterSet):
    """Themes in use: there are few, and nothing to filter them by."""

    def get_rows(self):
        return Theme.objects.published(self.at).in_use().order_by("name")
