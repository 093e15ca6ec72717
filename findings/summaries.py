"""Rows about findings and what is done about them; `scope` says which choices of the browser pick out the same rows."""

from math import ceil
from typing import NamedTuple

from django.db.models import Count, Prefetch, Q

from forces.models import Organisation
from inspections.choices import Grade
from inspections.models import Grading, Inspection

from .addresses import NEGATIVE, POSITIVE, PRACTICE, action_list, finding_list, organisation_list
from .choices import NEGATIVE_KINDS, POSITIVE_KINDS, PRACTICE_KINDS, ActionStatus, FindingKind, Progress
from .models import Action, Finding, FindingCitation, Plan, Response, Theme

HEAT_LEVELS = 4
REGION_WIDE = "region-wide"
LISTED = 100
KINDS = {"positive": POSITIVE_KINDS, "negative": NEGATIVE_KINDS, "practice": PRACTICE_KINDS}


class FindingCounts(NamedTuple):
    """How many findings speak well, how many ill; practice is a part of what is positive."""

    positive: int
    negative: int
    practice: int
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

    @property
    def practice_url(self):
        return finding_list(**self.scope, kind=PRACTICE)


def kind_counts(path="pk", kind="kind"):
    """Aggregates that fill `FindingCounts`: of findings, or of what is reached from other rows."""
    counts = {name: Count(path, filter=Q(**{f"{kind}__in": kinds}), distinct=True) for name, kinds in KINDS.items()}
    return counts | {"total": Count(path, distinct=True)}


class ThemeRow(NamedTuple):
    """A theme and its findings."""

    theme: Theme
    counts: FindingCounts


def findings_by_theme(findings, **scope):
    """One row a theme that has any of the findings, the most raised first."""
    themes = (
        Theme.objects.in_use()
        .filter(findings__in=findings)
        .annotate(**kind_counts("findings", "findings__kind"))
        .order_by("-total", "name")
    )
    return [
        ThemeRow(
            theme,
            FindingCounts(theme.positive, theme.negative, theme.practice, theme.total, scope | {"theme": theme.slug}),
        )
        for theme in themes
    ]


def findings_by_organisation(findings, organisations, **scope):
    """The counts of the findings that name each body, by its id; bodies that none names have zeros."""
    named = {
        body.pk: body
        for body in Organisation.objects.filter(findings__in=findings).annotate(**kind_counts("findings", "findings__kind"))
    }
    return {
        body.pk: FindingCounts(
            *((row.positive, row.negative, row.practice, row.total) if (row := named.get(body.pk)) else (0, 0, 0, 0)),
            scope | {"body": body.slug},
        )
        for body in organisations
    }


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
    """Themes by whom the findings name."""

    caption: str
    columns: list[Column]
    rows: list[MatrixRow]


def theme_by_body(findings, organisations, region_wide=True, **scope):
    """Themes by whom the findings name, the most raised theme first; a finding counts once in each column it names.

    The region as a whole has a column of its own, unless `region_wide` says that only the bodies are asked for.
    """
    themes = (
        Theme.objects.in_use()
        .filter(findings__in=findings)
        .annotate(
            total=Count("findings", distinct=True),
            region_wide=Count("findings", filter=Q(findings__is_region_wide=True), distinct=True),
        )
        .order_by("-total", "name")
    )
    named = {
        (theme, body): count
        for theme, body, count in Finding.objects.filter(pk__in=findings.values("pk"))
        .order_by()
        .values_list("themes", "organisations")
        .annotate(Count("pk", distinct=True))
    }
    whole = [Column("Region-wide", "Region-wide", finding_list(**scope, body=REGION_WIDE))] if region_wide else []
    columns = whole + [Column(body.name, body.short_name, body.get_absolute_url()) for body in organisations]
    counted = [
        (
            theme,
            [(REGION_WIDE, theme.region_wide)] * region_wide
            + [(body.slug, named.get((theme.pk, body.pk), 0)) for body in organisations],
        )
        for theme in themes
    ]
    most = max((count for _, cells in counted for _, count in cells), default=0)
    steps = max(most, HEAT_LEVELS)
    rows = [
        MatrixRow(
            theme,
            [
                Cell(count, ceil(count * HEAT_LEVELS / steps), finding_list(**scope, theme=theme.slug, body=body))
                for body, count in cells
            ],
            finding_list(**scope, theme=theme.slug),
        )
        for theme, cells in counted
    ]
    return Matrix("Findings by theme and by whom they name", columns, rows)


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
    counts = {
        (plan, status): count
        for plan, status, count in actions.order_by().values_list("plan", "status").annotate(Count("pk"))
    }
    plans = Plan.objects.filter(pk__in={plan for plan, _ in counts}).select_related("organisation__region", "inspection")
    rows = []
    for plan in plans:
        chosen = scope | {"plan": plan.slug}
        held = [
            StatusCount(status, count, action_list(**chosen, status=status.slug))
            for status in ActionStatus
            if (count := counts.get((plan.pk, status)))
        ]
        complete = counts.get((plan.pk, ActionStatus.COMPLETE), 0)
        rows.append(PlanRow(plan, held, sum(status.count for status in held), complete, chosen))
    return rows


class ActionCounts(NamedTuple):
    """How many actions a body has, and how many it calls complete."""

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

    @property
    def overdue_url(self):
        return action_list(**self.scope, overdue="yes")


def actions_by_organisation(actions, organisations, on, **scope):
    """What each body says of its actions, by its id; bodies without any have zeros."""
    held = {
        body: counts
        for body, *counts in actions.order_by()
        .values_list("plan__organisation")
        .annotate(
            total=Count("pk"),
            complete=Count("pk", filter=Q(status=ActionStatus.COMPLETE)),
            overdue=Count("pk", filter=Q(pk__in=Action.objects.overdue(on).values("pk"))),
        )
    }
    return {
        body.pk: ActionCounts(*held.get(body.pk, (0, 0, 0)), scope | {"body": body.slug})
        for body in organisations
    }


class SideBySide(NamedTuple):
    """One body in a comparison: its grade, its answer, what was found of it and what it says it does."""

    organisation: Organisation
    grading: Grading
    response: Response | None
    findings: FindingCounts
    actions: ActionCounts


def side_by_side(standings, at, on):
    """One row a standing, in its order, with the body's answer to the inspection that graded it."""
    bodies = [standing.organisation for standing in standings]
    responses = {
        (response.organisation_id, response.inspection_id): response
        for response in Response.objects.published(at).filter(inspection__isnull=False, organisation__in=bodies)
    }
    found = findings_by_organisation(Finding.objects.published(at), bodies)
    actions = actions_by_organisation(Action.objects.published(at), bodies, on)
    return [
        SideBySide(body, grading, responses.get((body.pk, grading.inspection_id)), found[body.pk], actions[body.pk])
        for body, grading in standings
    ]


class Counted(NamedTuple):
    """A number of rows, what they are, and the address that lists exactly them."""

    count: int
    text: str
    url: str


def findings_by_progress(findings, at):
    """How many findings stand at each `Progress`, both lanes read together."""
    return dict(findings.with_progress(at).order_by().values_list("progress").annotate(Count("pk")))


def lanes(rows, progress, **scope):
    """What the bodies say of their actions, and what the inspectorate has confirmed of the findings: two lists."""
    total = sum(row.actions.total for row in rows)
    complete = sum(row.actions.complete for row in rows)
    overdue = sum(row.actions.overdue for row in rows)
    confirmed = progress.get(Progress.CONFIRMED, 0)
    claimed = [
        Counted(complete, "actions called complete", action_list(**scope, status=ActionStatus.COMPLETE.slug)),
        Counted(total - complete, "actions not complete", action_list(**scope, status=f"-{ActionStatus.COMPLETE.slug}")),
        Counted(overdue, "actions overdue", action_list(**scope, overdue="yes")),
    ]
    waiting = sum(progress.values()) - confirmed
    return claimed, [
        Counted(confirmed, "findings closed", finding_list(**scope, progress=Progress.CONFIRMED.slug)),
        Counted(waiting, "findings not closed", finding_list(**scope, progress=f"-{Progress.CONFIRMED.slug}")),
    ]


def unknown_of_bodies(rows, findings, **scope):
    """What our sources do not tell of some bodies and findings: only what concerns any; `rows` are side by side."""
    ungraded = sum(row.grading.grade is None for row in rows)
    unanswered = sum(row.response is None for row in rows)
    planless = sum(row.actions.total == 0 for row in rows)
    nameless = findings.filter(organisations__isnull=True).count()
    unknown = [
        Counted(ungraded, "without a known grade", organisation_list(**scope, grade=[f"-{g.slug}" for g in Grade])),
        Counted(unanswered, "without a recorded response", organisation_list(**scope, response="none")),
        Counted(planless, "without a recorded improvement plan", organisation_list(**scope, plan="none")),
        Counted(nameless, "findings that name no one body", finding_list(**scope, body="none")),
    ]
    return [row for row in unknown if row.count]


class KindRow(NamedTuple):
    """The findings of one kind."""

    kind: FindingKind
    findings: list[Finding]


def findings_by_kind(findings):
    """One row a kind that occurs, what needs to improve first; each finding with its themes and citations."""
    citations = Prefetch("citations", FindingCitation.objects.with_source())
    held = list(findings.defer("search").by_reference().prefetch_related("themes", citations))
    kinds = {kind: [finding for finding in held if finding.kind == kind] for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)}
    return [KindRow(kind, rows) for kind, rows in kinds.items() if rows]


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
        for inspection in inspections.annotate(asked=Count("gradings"), graded=Count("gradings__grade"))
    ]


class NamedRow(NamedTuple):
    """Whom findings name: the region as a whole, a body, or nobody; with its findings, region-wide ones apart."""

    organisation: Organisation | None
    counts: FindingCounts | None
    findings: list[Finding]
    region_wide: list[Finding]


def findings_by_body(findings, organisations, **scope):
    """Region-wide findings first, then those that name each body, then, without counts, those that name nobody.

    No finding is listed where there are too many for one page: the counts and their links stay.
    """
    counts = findings_by_organisation(findings, organisations, **scope)
    region = FindingCounts(**findings.filter(is_region_wide=True).aggregate(**kind_counts()), scope=scope | {"body": REGION_WIDE})
    held = list(findings.defer("search").by_reference().prefetch_related("organisations", "themes")[: LISTED + 1])
    held = held if len(held) <= LISTED else []
    region_wide = [finding for finding in held if finding.is_region_wide]
    rows = [NamedRow(None, region, region_wide, [])] if region.total else []
    for body in organisations:
        naming = [finding for finding in held if body in finding.organisations.all()]
        own = [finding for finding in naming if not finding.is_region_wide]
        rows.append(NamedRow(body, counts[body.pk], own, [finding for finding in naming if finding.is_region_wide]))
    nameless = [finding for finding in held if not finding.is_region_wide and not finding.organisations.all()]
    return [*rows, NamedRow(None, None, nameless, [])] if nameless else rows
