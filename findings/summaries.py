"""Rows about findings and what is done about them; `scope` says which choices of the browser pick out the same rows."""

import re
from collections import defaultdict
from math import ceil
from typing import NamedTuple

from django.db.models import Count, F, Max, Q, Window
from django.db.models.functions import Length, RowNumber
from django.utils import timezone

from forces.models import Organisation
from inspections.choices import Grade
from inspections.models import Grading, Inspection
from lib.sentences import days_apart

from .addresses import NEGATIVE, POSITIVE, REGION_WIDE, action_list, finding_list, organisation_list
from .choices import (
    NEGATIVE_KINDS,
    POSITIVE_KINDS,
    PRACTICE_KINDS,
    ActionStatus,
    ClosureStatus,
    FindingKind,
    FindingProgress,
)
from .models import (
    Action,
    Confirmation,
    Finding,
    FindingCitation,
    Plan,
    Response,
    Theme,
)
from .progress import with_progress

HEAT_LEVELS = 4
EXAMPLES = 5
LISTED = 50
KINDS = {"positive": POSITIVE_KINDS, "negative": NEGATIVE_KINDS}


class FindingCounts(NamedTuple):
    """How many findings speak well, practice among them, and how many ill."""

    positive: int
    negative: int
    total: int
    scope: dict

    @property
    def url(self):
        return finding_list(**self.scope)

    @property
    def positive_url(self):
        return finding_list(**self.scope, kind=POSITIVE)

    @property
    def negative_url(self):
        return finding_list(**self.scope, kind=NEGATIVE)


def kind_counts(path="pk", kind="kind"):
    """Aggregates that fill `FindingCounts`: of findings, or of what is reached from other rows."""
    counts = {
        name: Count(path, filter=Q(**{f"{kind}__in": kinds}), distinct=True)
        for name, kinds in KINDS.items()
    }
    return counts | {"total": Count(path, distinct=True)}


def finding_counts(findings, **scope):
    """The counts of all these findings."""
    return FindingCounts(**findings.aggregate(**kind_counts()), scope=scope)


def region_wide_counts(findings, **scope):
    """The counts of those findings that are about the region as a whole."""
    return finding_counts(findings.filter(is_region_wide=True), **scope, organisation=REGION_WIDE)


class ThemeRow(NamedTuple):
    """A theme and its findings, and how many of them are about the region as a whole."""

    theme: Theme
    counts: FindingCounts
    region_wide: int


def findings_by_theme(findings, **scope):
    """One row a theme that has any of the findings, the most raised first."""
    themes = (
        Theme.objects.in_use()
        .filter(findings__in=findings)
        .annotate(
            **kind_counts("findings", "findings__kind"),
            region_wide=Count("findings", filter=Q(findings__is_region_wide=True), distinct=True),
        )
        .order_by("-total", "name")
    )
    return [
        ThemeRow(
            theme,
            FindingCounts(
                theme.positive, theme.negative, theme.total, scope | {"theme": theme.slug}
            ),
            theme.region_wide,
        )
        for theme in themes
    ]


class RegionCount(NamedTuple):
    """A region and how many findings its inspections made; national ones have neither name nor slug."""

    name: str | None
    slug: str | None
    found: int


def findings_by_region(findings):
    """One row a region that any of the findings is of, by name."""
    held = findings.order_by("inspection__region__name").values_list(
        "inspection__region__name", "inspection__region__slug"
    )
    return [RegionCount(*row) for row in held.annotate(Count("pk", distinct=True))]


def findings_by_organisation(findings, organisations, **scope):
    """The counts of the findings that name each body, by its id; bodies that none names have zeros."""
    named = {
        organisation.pk: organisation
        for organisation in Organisation.objects.filter(findings__in=findings).annotate(
            **kind_counts("findings", "findings__kind")
        )
    }
    return {
        organisation.pk: FindingCounts(
            *(
                (row.positive, row.negative, row.total)
                if (row := named.get(organisation.pk))
                else (0, 0, 0)
            ),
            scope | {"organisation": organisation.slug},
        )
        for organisation in organisations
    }


def named_by(findings):
    """The bodies that any of the findings names, the unit first."""
    return list(Organisation.objects.filter(findings__in=findings).distinct().unit_first())


def whom_they_name(findings, organisations, **scope):
    """Pairs of a body and its counts, in the order given; the region as a whole, no body, comes first."""
    region, counts = (
        region_wide_counts(findings, **scope),
        findings_by_organisation(findings, organisations, **scope),
    )
    return [
        *([(None, region)] if region.total else []),
        *((organisation, counts[organisation.pk]) for organisation in organisations),
    ]


class Cell(NamedTuple):
    """How many findings one theme has in one column; `level` is its shade, none where there is none."""

    count: int
    level: int
    url: str


class Column(NamedTuple):
    """Whom a column of the matrix counts."""

    name: str
    short_name: str
    url: str


class MatrixRow(NamedTuple):
    """A theme and its cells, in the order of the columns."""

    theme: Theme
    cells: list[Cell]
    url: str


class Matrix(NamedTuple):
    """Themes by what the columns count; `id` tells two on one page apart."""

    caption: str
    columns: list[Column]
    rows: list[MatrixRow]
    id: str = ""


def shaded(themes, counts, choices, scope):
    """The rows of a matrix: each theme's count in each column, darker where more; `choices` say which findings a column holds."""
    most = max((count for theme in themes for count in counts[theme.pk]), default=0)
    steps = max(most, HEAT_LEVELS)
    return [
        MatrixRow(
            theme,
            [
                Cell(
                    count,
                    ceil(count * HEAT_LEVELS / steps),
                    finding_list(**scope, theme=theme.slug, **choice),
                )
                for count, choice in zip(counts[theme.pk], choices, strict=True)
            ],
            finding_list(**scope, theme=theme.slug),
        )
        for theme in themes
    ]


def counts_of(findings, what):
    """How many findings each pair of a theme and something else has."""
    held = (
        Finding.objects.filter(pk__in=findings.values("pk")).order_by().values_list("themes", what)
    )
    return {
        (theme, value): count for theme, value, count in held.annotate(Count("pk", distinct=True))
    }


def theme_by_organisation(themes, findings, organisations, region_wide=True, **scope):
    """The themes of findings by whom these name; a finding counts once in each column it names.

    `themes` are the rows of `findings_by_theme`. The region as a whole has a column, unless only bodies are asked for.
    """
    named = counts_of(findings, "organisations")
    columns = [
        Column("Region-wide", "Region-wide", finding_list(**scope, organisation=REGION_WIDE))
    ] * region_wide
    columns += [
        Column(organisation.name, organisation.short_name, organisation.get_absolute_url()) for organisation in organisations
    ]
    counts = {
        row.theme.pk: [row.region_wide] * region_wide
        + [named.get((row.theme.pk, organisation.pk), 0) for organisation in organisations]
        for row in themes
    }
    choices = [{"organisation": REGION_WIDE}] * region_wide + [
        {"organisation": organisation.slug} for organisation in organisations
    ]
    rows = shaded([row.theme for row in themes], counts, choices, scope)
    return Matrix("Findings by theme and by whom they name", columns, rows)


def theme_by_kind(themes, findings, **scope):
    """The themes of findings by the kinds of finding that occur, what needs to improve first."""
    held = counts_of(findings, "kind")
    kinds = [
        kind
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if any(kind == found for _, found in held)
    ]
    columns = [
        Column(
            kind.label.capitalize(), kind.label.capitalize(), finding_list(**scope, kind=kind.slug)
        )
        for kind in kinds
    ]
    counts = {row.theme.pk: [held.get((row.theme.pk, kind), 0) for kind in kinds] for row in themes}
    rows = shaded(
        [row.theme for row in themes], counts, [{"kind": kind.slug} for kind in kinds], scope
    )
    return Matrix("Findings by theme and kind", columns, rows, "-by-kind")


class StatusCount(NamedTuple):
    """How many actions have a status: what the bodies say."""

    status: ActionStatus
    count: int
    url: str


class PlanRow(NamedTuple):
    """A plan and how far its actions have come, as its body says."""

    plan: Plan
    counts: list[StatusCount]
    total: int
    complete: int
    scope: dict

    @property
    def organisation(self):
        return self.plan.organisation

    @property
    def url(self):
        return action_list(**self.scope)

    @property
    def complete_url(self):
        return action_list(**self.scope, status=ActionStatus.COMPLETE.slug)


def actions_by_status(actions, **scope):
    """One row a plan that has any of the actions, by body; each status that occurs, in the order of progress."""
    among = Q(actions__in=actions)
    plans = (
        Plan.objects.filter(among)
        .select_related("organisation__region", "inspection")
        .annotate(
            **{
                s: Count("actions", filter=among & Q(actions__status=s), distinct=True)
                for s in ActionStatus
            }
        )
    )
    rows = []
    for plan in plans:
        chosen = scope | {"plan": plan.slug}
        counts = [
            StatusCount(status, count, action_list(**chosen, status=status.slug))
            for status in ActionStatus
            if (count := getattr(plan, status))
        ]
        complete = getattr(plan, ActionStatus.COMPLETE)
        rows.append(PlanRow(plan, counts, sum(status.count for status in counts), complete, chosen))
    return rows


class ActionCounts(NamedTuple):
    """How many actions a body has, how many it calls complete, and how many are overdue."""

    total: int
    complete: int
    overdue: int
    scope: dict

    @property
    def url(self):
        return action_list(**self.scope)

    @property
    def complete_url(self):
        return action_list(**self.scope, status=ActionStatus.COMPLETE.slug)


def actions_by_organisation(actions, organisations, on, **scope):
    """What each body says of its actions, by its id; bodies without any have zeros."""
    held = {
        organisation: counts
        for organisation, *counts in actions.order_by()
        .values_list("plan__organisation")
        .annotate(
            total=Count("pk"),
            complete=Count("pk", filter=Q(status=ActionStatus.COMPLETE)),
            overdue=Count("pk", filter=Q(pk__in=Action.objects.overdue(on).values("pk"))),
        )
    }
    return {
        organisation.pk: ActionCounts(*held.get(organisation.pk, (0, 0, 0)), scope | {"organisation": organisation.slug})
        for organisation in organisations
    }


class Slippage(NamedTuple):
    """How many of a body's actions have a due date that moved, and by how many days the furthest; None where all were taken away."""

    organisation: Organisation
    moved: int
    days: int | None
    url: str

    @property
    def furthest(self):
        """The same in words."""
        return days_apart(self.days) if self.days is not None else "date taken away"


def slippage_by_organisation(actions):
    """One row a body any of whose actions has a due date that moved, in the order of comparisons."""
    organisations = Organisation.objects.filter(plans__actions__in=actions.moved()).annotate(
        moved=Count("plans__actions"),
        days=Max(F("plans__actions__due_on") - F("plans__actions__first_due_on")),
    )
    return [
        Slippage(
            organisation, organisation.moved, organisation.days and organisation.days.days, action_list(organisation=organisation.slug, moved="yes")
        )
        for organisation in organisations.unit_first()
    ]


class ComparisonRow(NamedTuple):
    """One body in a comparison: its grade, its answer, what was found of it and what it says it does."""

    organisation: Organisation
    grading: Grading
    response: Response | None
    findings: FindingCounts
    actions: ActionCounts


def answers_beside(headline_gradings, at):
    """What each body answered to the inspection that graded it, by its id; those that are silent are left out."""
    graded = {
        (organisation.pk, grading.inspection_id)
        for organisation, grading in headline_gradings
        if grading.inspection_id
    }
    responses = Response.objects.published(at).filter(
        organisation__in=[organisation for organisation, _ in headline_gradings]
    )
    return {
        response.organisation_id: response
        for response in responses.filter(inspection__isnull=False)
        if (response.organisation_id, response.inspection_id) in graded
    }


def comparison_rows(headline_gradings, at, on):
    """One row a standing, in its order, with the body's answer to the inspection that graded it."""
    organisations = [headline_grading.organisation for headline_grading in headline_gradings]
    answers = answers_beside(headline_gradings, at)
    found = findings_by_organisation(Finding.objects.published(at), organisations)
    actions = actions_by_organisation(Action.objects.published(at), organisations, on)
    return [
        ComparisonRow(organisation, grading, answers.get(organisation.pk), found[organisation.pk], actions[organisation.pk])
        for organisation, grading in headline_gradings
    ]


class LinkedCount(NamedTuple):
    """A number of rows, what they are, and the address that lists exactly them."""

    count: int
    text: str
    url: str

    @classmethod
    def of(cls, count, text, url):
        """With its text in the singular where it is one row: "{body/bodies} without a plan"."""
        return cls(count, re.sub(r"{(.*)/(.*)}", r"\1" if count == 1 else r"\2", text), url)


class Findings(NamedTuple):
    """How many findings there are, how many of them name no one body, and how many the inspectorate has closed."""

    total: int
    nameless: int
    closed: int


def findings_in_all(findings, at):
    """Some findings in numbers."""
    nameless, closed = Q(organisations__isnull=True), Q(closure_status=ClosureStatus.CLOSED)
    counts = with_progress(findings, at).aggregate(
        total=Count("pk", distinct=True),
        nameless=Count("pk", filter=nameless, distinct=True),
        closed=Count("pk", filter=closed, distinct=True),
    )
    return Findings(**counts)


def claimed_and_confirmed(rows, findings, **scope):
    """What the bodies say of their actions, and what the inspectorate has confirmed of the findings: two lists."""
    total = sum(row.actions.total for row in rows)
    complete = sum(row.actions.complete for row in rows)
    overdue = sum(row.actions.overdue for row in rows)
    claimed = [
        LinkedCount.of(
            complete,
            "{action/actions} called complete",
            action_list(**scope, status=ActionStatus.COMPLETE.slug),
        ),
        LinkedCount.of(
            total - complete,
            "{action/actions} not complete",
            action_list(**scope, status=f"-{ActionStatus.COMPLETE.slug}"),
        ),
        LinkedCount.of(overdue, "{action/actions} overdue", action_list(**scope, overdue="yes")),
    ]
    waiting = findings.total - findings.closed
    return claimed, [
        LinkedCount.of(
            findings.closed,
            "{finding/findings} closed",
            finding_list(**scope, progress=FindingProgress.CONFIRMED.slug),
        ),
        LinkedCount.of(
            waiting,
            "{finding/findings} not confirmed as closed",
            finding_list(**scope, progress=f"-{FindingProgress.CONFIRMED.slug}"),
        ),
    ]


def unknown_of_organisations(rows, findings, **scope):
    """What our sources do not tell of some bodies and findings: only what concerns any; `rows` are side by side."""
    ungraded = sum(row.grading.grade is None for row in rows)
    without_response = sum(row.response is None for row in rows)
    planless = sum(row.actions.total == 0 for row in rows)
    unknown = [
        LinkedCount.of(
            ungraded,
            "{body/bodies} without a known grade",
            organisation_list(**scope, grade=[f"-{g.slug}" for g in Grade]),
        ),
        LinkedCount.of(
            without_response,
            "{body/bodies} without a recorded response",
            organisation_list(**scope, response="none"),
        ),
        LinkedCount.of(
            planless,
            "{body/bodies} without a recorded improvement plan",
            organisation_list(**scope, plan="none"),
        ),
        LinkedCount.of(
            findings.nameless,
            "{finding that names/findings that name} no one body",
            finding_list(**scope, organisation="none"),
        ),
    ]
    return [row for row in unknown if row.count]


class KindRow(NamedTuple):
    """The findings of one kind: how many there are, and the first of them."""

    kind: FindingKind
    findings: list[Finding]
    total: int
    url: str

    @property
    def is_practice(self):
        return self.kind in PRACTICE_KINDS


def findings_by_kind(findings, **scope):
    """One row a kind that occurs, what needs to improve first; each finding with its themes and citations."""
    totals = dict(findings.order_by().values_list("kind").annotate(Count("pk", distinct=True)))
    place = Window(
        RowNumber(), partition_by="kind", order_by=("inspection", Length("reference"), "reference")
    )
    held = list(
        Finding.objects.filter(pk__in=findings.values("pk"))
        .defer("search")
        .annotate(place=place)
        .filter(place__lte=LISTED)
        .by_reference()
        .with_responses()
        .prefetch_related("themes", "citations")
    )
    return [
        KindRow(
            kind,
            [finding for finding in held if finding.kind == kind],
            totals[kind],
            finding_list(**scope, kind=kind.slug),
        )
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if kind in totals
    ]


class InspectionRow(NamedTuple):
    """An inspection and how much of it is recorded."""

    inspection: Inspection
    gradings: int
    graded: int
    findings: int

    @property
    def findings_url(self):
        return finding_list(inspection=self.inspection.slug)


def inspections_by_date(inspections):
    """One row an inspection, the newest first."""
    found = dict(
        Finding.objects.filter(inspection__in=inspections)
        .order_by()
        .values_list("inspection")
        .annotate(Count("pk"))
    )
    inspections = inspections.newest_first().select_related("programme", "region")
    return [
        InspectionRow(inspection, inspection.asked, inspection.graded, found.get(inspection.pk, 0))
        for inspection in inspections.annotate(
            asked=Count("gradings"), graded=Count("gradings__grade")
        )
    ]


class NamedRow(NamedTuple):
    """Whom findings name: the region as a whole, a body, or nobody; with its findings, region-wide ones apart."""

    organisation: Organisation | None
    counts: FindingCounts | None
    findings: list[Finding]
    region_wide: list[Finding]


def findings_by_named_organisation(findings, organisations, **scope):
    """Region-wide findings first, then those that name each body, then, without counts, those that name nobody.

    No finding is listed where there are too many for one page: the counts and their links stay.
    """
    named = whom_they_name(findings, organisations, **scope)
    held = list(
        findings.with_responses()
        .defer("search")
        .by_reference()
        .prefetch_related("themes")[: LISTED + 1]
    )
    held = held if len(held) <= LISTED else []
    region_wide = [finding for finding in held if finding.is_region_wide]
    own = [finding for finding in held if not finding.is_region_wide]
    rows = [
        NamedRow(
            organisation,
            counts,
            *([f for f in part if organisation in f.organisations.all()] for part in (own, region_wide)),
        )
        if organisation
        else NamedRow(organisation, counts, region_wide, [])
        for organisation, counts in named
    ]
    nameless = [finding for finding in own if not finding.organisations.all()]
    return [*rows, NamedRow(None, None, nameless, [])] if nameless else rows


class NamedOrganisation(NamedTuple):
    """A body that a finding names: how the same inspection graded it, and what it answered; no body where none is named."""

    organisation: Organisation | None
    gradings: list[Grading]
    response: Response | None


class FollowUp(NamedTuple):
    """A finding and what follows from it, step by step; an empty step is a missing link."""

    named: list[NamedOrganisation]
    citations: list[FindingCitation]
    recommendations: list[Finding]
    actions: list[Action]
    confirmations: list[Confirmation]
    next_gradings: list[Grading]

    @property
    def updates(self):
        return [update for action in self.actions for update in action.updates.all()]

    @property
    def evidence(self):
        return [
            evidence
            for action in self.actions
            for evidence in [
                *action.evidence.all(),
                *(e for update in action.updates.all() for e in update.evidence.all()),
            ]
        ]


def follow_up(finding, at):
    """From a finding's source to the next grade on its question; needs `with_responses()`."""
    inspection = finding.inspection
    concerned = Q(organisation__in=finding.organisations.all())
    if finding.is_region_wide and inspection.region_id:
        concerned |= Q(organisation__region=inspection.region_id)
    if finding.section and finding.section.is_graded:
        asked = Q(question__slug=finding.section.slug)
    else:
        asked = Q(
            question__slug__in=inspection.programme.questions.filter(is_graded=True).values("slug")
        )
    gradings = Grading.objects.published(at).filter(concerned, asked).for_display()
    held = list(gradings.filter(inspection=inspection).order_by("question__position"))
    later = gradings.filter(
        inspection__published_on__gt=inspection.published_on, grade__isnull=False
    )
    causes = Finding.objects.published(at).filter(pk=finding.cause_id)
    recommendations = finding.recommendations.published(at).by_reference()
    confirmations = Confirmation.objects.filter(finding=finding).latest_first()
    return FollowUp(
        [
            NamedOrganisation(
                organisation,
                [grading for grading in held if organisation and grading.organisation_id == organisation.pk],
                response,
            )
            for organisation, response in finding.answers
        ],
        list(finding.citations.all()),
        list(causes if finding.cause_id else recommendations),
        list(
            Action.objects.published(at)
            .filter(findings=finding)
            .with_history()
            .with_overdue(timezone.localdate(at))
        ),
        list(confirmations.prefetch_related("citations")),
        list(
            later.order_by("organisation_id", "inspection__published_on", "pk").distinct(
                "organisation_id"
            )
        ),
    )


class PeerPractice(NamedTuple):
    """What bodies that a finding does not name do well on its themes: how many findings say so, and some of them."""

    total: int
    url: str
    findings: list[Finding]


def peer_practice(finding, at):
    """Strengths and practice of others on a finding's themes, practice first; needs its themes and bodies."""
    themes, organisations = finding.themes.all(), finding.organisations.all()
    found = (
        Finding.objects.published(at)
        .positive()
        .filter(pk__in=Finding.themes.through.objects.filter(theme__in=themes).values("finding"))
        .exclude(
            pk__in=Finding.organisations.through.objects.filter(organisation__in=organisations).values(
                "finding"
            )
        )
    )
    url = finding_list(
        theme=[theme.slug for theme in themes],
        kind=POSITIVE,
        organisation=[f"-{organisation.slug}" for organisation in organisations],
    )
    # The kinds happen to sort as they should: innovative and promising practice before strengths.
    first = (
        found.defer("search")
        .order_by("kind", "reference")
        .with_responses()
        .prefetch_related("themes")[:EXAMPLES]
    )
    return PeerPractice(found.count(), url, list(first))


def neighbours(finding, at):
    """The findings before and after it in its inspection, by reference; None at the ends."""
    width = len(finding.reference)
    same = Finding.objects.published(at).filter(inspection=finding.inspection).defer("search")
    same = same.annotate(width=Length("reference"))
    before = same.filter(Q(width__lt=width) | Q(width=width, reference__lt=finding.reference))
    after = same.filter(Q(width__gt=width) | Q(width=width, reference__gt=finding.reference))
    return before.order_by("-width", "-reference").first(), after.order_by(
        "width", "reference"
    ).first()


def planless_by_region(organisations, at):
    """Bodies without a public plan, by region: only regions whose inspections found something."""
    looked_at = Finding.objects.published(at).values("inspection__region")
    planned = Plan.objects.published(at).values("organisation")
    organisations = (
        organisations.filter(region__in=looked_at)
        .exclude(pk__in=planned)
        .select_related("region")
        .unit_first()
    )
    regions = defaultdict(list)
    for organisation in organisations:
        regions[organisation.region].append(organisation)
    return sorted(regions.items(), key=lambda row: row[0].name)


class ActionTold(NamedTuple):
    """An action with all that is told of it; whether it is overdue on the page's day, and what took its place."""

    action: Action
    overdue: bool
    superseded_by: Action | None


def actions_told(actions, on):
    """One row an action, in the order of its plan; a successor is named where it is one of them."""
    held = {action.pk: action for action in actions.with_history().order_by("number")}
    return [
        ActionTold(action, action.is_overdue(on), held.get(action.superseded_by_id))
        for action in held.values()
    ]


def unknown_of_actions(actions, **scope):
    """What is not recorded of open actions: only what concerns any."""
    unknown = [
        (actions.undated().count(), "open {action/actions} without a due date", "undated"),
        (actions.unowned().count(), "open {action/actions} without an owner", "unowned"),
        (
            actions.unconfirmed().count(),
            "{action/actions} called complete, with no finding that the inspectorate has closed",
            "unconfirmed",
        ),
    ]
    return [
        LinkedCount.of(count, text, action_list(**scope, **{name: "yes"}))
        for count, text, name in unknown
        if count
    ]
