"""Rows about one finding: what followed from it, its neighbours, and good practice elsewhere."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone

from forces.models import Organisation
from forces.summaries import descendants, successions
from inspections.models import Grading

from ..addresses import POSITIVE, finding_list
from ..models import (
    Action,
    Confirmation,
    Evidence,
    Finding,
    FindingCitation,
    ProgressUpdate,
    Response,
)
from ..progress import with_history

EXAMPLES = 5


class NamedOrganisation(NamedTuple):
    """An organisation that a finding names: its gradings in the same inspection, and its response.

    The response is the one to the finding, not the one to the report.
    """

    organisation: Organisation
    gradings: list[Grading]
    response: Response | None


class FollowUp(NamedTuple):
    """What followed from a finding, step by step; an empty step is a missing link."""

    named: list[NamedOrganisation]
    citations: list[FindingCitation]
    recommendations: list[Finding]
    actions: list[Action]
    confirmations: list[Confirmation]
    next_gradings: list[Grading]

    @property
    def with_responses(self) -> bool:
        """Whether anyone responded to the finding itself."""
        return any(row.response for row in self.named)

    @property
    def updates(self) -> list[ProgressUpdate]:
        return [update for action in self.actions for update in action.updates.all()]

    @property
    def evidence(self) -> list[Evidence]:
        return [
            evidence
            for action in self.actions
            for evidence in [
                *action.evidence.all(),
                *(e for update in action.updates.all() for e in update.evidence.all()),
            ]
        ]


def on_question(finding: Finding) -> Q:
    """The condition that a grading is on a finding's question; none is where that is not known.

    It is that of its section, or the only one that its programme grades. Else it is on the strand
    that has the name of one of its themes.
    """
    graded = [
        question
        for question in finding.inspection.programme.questions.select_related("strand")
        if question.is_graded
    ]
    themes = {theme.slug for theme in finding.themes.all()}
    if finding.section in graded:
        asked = [finding.section]
    elif len(graded) == 1:
        asked = graded
    else:
        asked = [one for one in graded if one.strand and one.strand.slug in themes]
    strands = [question.strand_id for question in asked if question.strand_id]
    slugs = [question.slug for question in asked]
    return Q(question__strand__in=strands) | Q(
        question__slug__in=slugs, question__programme=finding.inspection.programme
    )


def follow_up(finding: Finding, at: datetime) -> FollowUp:
    """From a finding's source to the next grade on its question; needs `with_responses()`."""
    inspection = finding.inspection
    concerned = Q(organisation__in=finding.organisations.all())
    if finding.is_region_wide and inspection.region_id:
        concerned |= Q(organisation__region=inspection.region_id)
    gradings = Grading.objects.published(at).filter(on_question(finding)).for_display()
    own = gradings.filter(concerned, inspection=inspection).order_by("question__position")
    own = list(own)
    after = descendants(finding.organisations.all(), successions(at))
    later = gradings.filter(concerned | Q(organisation__in=after)).filter(
        inspection__published_on__gt=inspection.published_on or date.max, grade__isnull=False
    )
    causes = Finding.objects.published(at).filter(pk=finding.cause_id)
    recommendations = finding.recommendations.published(at).by_reference()
    confirmations = Confirmation.objects.filter(finding=finding).latest_first()
    return FollowUp(
        [
            NamedOrganisation(
                organisation,
                [grading for grading in own if grading.organisation_id == organisation.pk],
                response,
            )
            for organisation, response in finding.finding_responses
        ],
        list(finding.citations.all()),
        list(causes if finding.cause_id else recommendations),
        list(
            with_history(Action.objects.published(at).filter(findings=finding)).with_overdue(
                timezone.localdate(at)
            )
        ),
        list(confirmations.prefetch_related("citations")),
        list(
            later.order_by("organisation_id", "inspection__published_on", "pk").distinct(
                "organisation_id"
            )
        ),
    )


class PeerPractice(NamedTuple):
    """What others do well on a finding's themes: how many findings, their list, and the first."""

    total: int
    url: str
    findings: list[Finding]


def peer_practice(finding: Finding, at: datetime) -> PeerPractice:
    """Strengths and practice on a finding's themes, of organisations that it does not name.

    Practice comes first. The finding's themes and organisations should be prefetched.
    """
    themes, organisations = finding.themes.all(), finding.organisations.all()
    found = (
        Finding.objects.published(at)
        .positive()
        .filter(pk__in=Finding.themes.through.objects.filter(theme__in=themes).values("finding"))
        .exclude(
            pk__in=Finding.organisations.through.objects.filter(
                organisation__in=organisations
            ).values("finding")
        )
    )
    url = finding_list(
        theme=[theme.slug for theme in themes],
        kind=POSITIVE,
        organisation=[f"-{organisation.slug}" for organisation in organisations],
    )
    # By alphabet, the kinds are in the right order: both kinds of practice before strengths.
    first = (
        found.defer("search")
        .order_by("kind", "reference", "pk")
        .with_responses()
        .prefetch_related("themes")[:EXAMPLES]
    )
    return PeerPractice(found.count(), url, list(first))


def neighbours(finding: Finding, at: datetime) -> tuple[Finding | None, Finding | None]:
    """The findings before and after it in its inspection, by reference; None at the ends."""
    same = Finding.objects.published(at).filter(inspection=finding.inspection).defer("search")
    same = same.select_related("inspection").alias(width=Length("reference"))
    here = Row(Value(len(finding.reference)), Value(finding.reference))
    before = same.filter(LessThan(Row("width", "reference"), here))
    after = same.filter(GreaterThan(Row("width", "reference"), here))
    return before.order_by("-width", "-reference").first(), after.order_by(
        "width", "reference"
    ).first()


class Row(Func):
    """Several values compared as one: by the first that differs. An index knows their order."""

    function = "ROW"
    output_field = TextField()
