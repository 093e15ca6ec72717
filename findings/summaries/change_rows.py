"""Rows about what changed between two days: what became public, and what it was before.

They come from publication dates and from rows that are only ever added, never from the audit trail:
so they say when the world learned of something, not when somebody entered it here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Model, QuerySet
from django.utils.timezone import localdate

from forces.models import Organisation, Region
from inspections.choices import Grade, MissingReason, MonitoringKind, Precision
from inspections.dates import day, iso, midnight
from inspections.models import (
    GradingCitation,
    Inspection,
    InspectionCitation,
    MonitoringEventCitation,
    PolicingBodyComment,
    Question,
    Source,
)

from ..choices import ActionStatus, ChangeKind, ClosureStatus, DueSetBy, FindingKind, Stance
from ..models import (
    Action,
    Confirmation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    ResponseCitation,
)
from .change_index import IndexRow, union_of_changes
from .change_scope import ChangeScope
from .earlier_grades import EarlierGrade, any_of, earlier_grades

# Of one day, what belongs to one inspection stands together: it comes first, then its grades.
PLACES = ", ".join(f"'{kind.value}'" for kind in ChangeKind)
NEWEST_FIRST = (
    "ORDER BY at DESC NULLS LAST, inspection DESC NULLS LAST,"
    f' array_position(ARRAY[{PLACES}], kind), fact, "row"'
)
BATCH = 1_000
EVERYTHING = ChangeScope()
# What each kind's `old` and `new` are, as the database has them.
WORDS = {
    ChangeKind.FINDING: FindingKind,
    ChangeKind.RESPONSE: Stance,
    ChangeKind.PROGRESS: ActionStatus,
    ChangeKind.CONFIRMATION: ClosureStatus,
    ChangeKind.MONITORING: MonitoringKind,
}
CITATIONS = {
    "inspection": InspectionCitation,
    "grading": GradingCitation,
    "finding": FindingCitation,
    "response": ResponseCitation,
    "confirmation": ConfirmationCitation,
    "event": MonitoringEventCitation,
}


class CitedSource(NamedTuple):
    """A source of a change, and the place in it."""

    source: Source
    locator: str


class Change(NamedTuple):
    """One thing that became public, and what it was before.

    It counts from `at`, the beginning of its day; None where no day is known. `old` and `new` are
    in words, due dates in ISO form; `old` is empty where nothing came before it, or where the two
    cannot be compared: then `earlier` says why. `who` set a due date, or responded for a force.
    `fact` and `row` name the row that it comes from.
    """

    kind: ChangeKind
    fact: str
    row: int
    at: datetime | None
    on: date | None
    precision: str
    organisations: list[Organisation]
    inspection: Inspection | None
    question: Question | None
    finding: Finding | None
    action: Action | None
    other: Inspection | Organisation | None
    old: str
    new: str
    earlier: EarlierGrade | None
    reason: str
    who: str
    citations: list[CitedSource]

    @property
    def key(self) -> str:
        """What names it among all changes, for good: "grading/12"."""
        prefix = "" if self.fact.startswith(self.kind.slug) else f"{self.kind.slug}/"
        return f"{prefix}{self.fact}/{self.row}"

    @property
    def day(self) -> str:
        """Its day in words, as exact as known; empty where not known."""
        return day(self.on, self.precision) if self.on else ""

    @property
    def day_iso(self) -> str:
        """The same in ISO form."""
        return iso(self.on, self.precision) if self.on else ""

    @property
    def counts_on(self) -> date | None:
        """The day from which it counts; None where no day is known."""
        return self.at and localdate(self.at)

    @property
    def is_exact(self) -> bool:
        """Whether its day is known."""
        return self.on is not None and self.precision == Precision.DAY

    @property
    def is_synthetic(self) -> bool:
        """Whether it is about a place that does not exist."""
        regions = [one.region for one in self.organisations]
        regions += [self.inspection.region] if self.inspection else []
        return any(region.is_synthetic for region in regions if region)

    @property
    def url(self) -> str:
        """The page of the fact."""
        if self.action:
            return self.action.get_absolute_url()
        if self.finding:
            return self.finding.get_absolute_url()
        if self.kind == ChangeKind.MONITORING or not self.inspection:
            return self.organisations[0].get_absolute_url()
        places = {"grading": "#gradings", "response": "#responses", "comments": "#responses"}
        return self.inspection.get_absolute_url() + places.get(self.fact, "")


class ChangeCounts(NamedTuple):
    """How many changes there are of each kind that has any."""

    by_kind: dict[ChangeKind, int]

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


def changes(
    at: datetime,
    since: date | None = None,
    until: date | None = None,
    scope: ChangeScope = EVERYTHING,
    *,
    start: int = 0,
    stop: int | None = None,
    with_undated: bool = False,
) -> list[Change]:
    """What became public from one day to another, both included, the newest first.

    Of these, those from the `start`th to before the `stop`th. What has no known day is left out
    unless asked for. A fixed number of queries.
    """
    rows = index_rows(at, since, until, scope, start, stop, with_undated)
    return [change for batch in batches(rows) for change in fill(batch, at)]


def changes_in_batches(
    at: datetime, since: date | None, until: date | None, scope: ChangeScope
) -> Iterator[list[Change]]:
    """The same, all of them, a thousand at a time, for a file."""
    for batch in batches(index_rows(at, since, until, scope)):
        yield fill(batch, at)


def batches(rows: Sequence[IndexRow]) -> list[Sequence[IndexRow]]:
    """These rows, a thousand at a time; one batch of none where there is none."""
    return [rows[start : start + BATCH] for start in range(0, len(rows) or 1, BATCH)]


def change_counts(
    at: datetime,
    since: date | None = None,
    until: date | None = None,
    scope: ChangeScope = EVERYTHING,
) -> ChangeCounts:
    """How many changes `changes` has, by kind, of all kinds; one query."""
    union, params = union_of_changes(at, scope)
    where, values = within(at, since, until)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, count(*) FROM {union} WHERE {where} GROUP BY kind",  # noqa: S608
            [*params, *values],
        )
        counts = dict(cursor.fetchall())
    return ChangeCounts({kind: counts[kind] for kind in ChangeKind if kind in counts})


def synthetic_count(
    at: datetime, since: date | None, until: date | None, scope: ChangeScope
) -> int:
    """How many changes are about places that do not exist."""
    made_up = Region.objects.filter(is_synthetic=True)
    if scope.regions:
        made_up = made_up.filter(pk__in=[region.pk for region in scope.regions])
    if not made_up:
        return 0
    counts = change_counts(at, since, until, scope._replace(regions=list(made_up)))
    return sum(counts.by_kind.get(kind, 0) for kind in scope.kinds or ChangeKind)


def within(
    at: datetime, since: date | None, until: date | None, with_undated: bool = False
) -> tuple[str, list[Any]]:
    """The condition that a change is public and of these days."""
    conditions, values = ["at <= %s"], [at]
    if since:
        conditions.append("at >= %s")
        values.append(midnight(since))
    if until and until < localdate(at):
        conditions.append("at < %s")
        values.append(midnight(until + timedelta(days=1)))
    where = " AND ".join(conditions)
    return (f"({where} OR at IS NULL)" if with_undated else where), values


def index_rows(
    at: datetime,
    since: date | None,
    until: date | None,
    scope: ChangeScope,
    start: int = 0,
    stop: int | None = None,
    with_undated: bool = False,
) -> list[IndexRow]:
    """The light rows of some changes, in order; one query."""
    union, params = union_of_changes(at, scope)
    where, values = within(at, since, until, with_undated)
    if scope.kinds:
        where += " AND kind = ANY(%s)"
        values.append([ChangeKind(kind).value for kind in scope.kinds])
    limit = f" LIMIT {int(stop - start)}" if stop is not None else ""
    sql = f"SELECT * FROM {union} WHERE {where} {NEWEST_FIRST}{limit} OFFSET {int(start)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *values])
        return [IndexRow(*row) for row in cursor.fetchall()]


def by_id(rows: QuerySet, ids: Iterable[int | None]) -> dict[int, Any]:
    """Rows of a model by their ids; always one query."""
    return {row.pk: row for row in rows.order_by().filter(any_of("pk", {*ids} - {None}))}


def fill(rows: Sequence[IndexRow], at: datetime) -> list[Change]:
    """Light rows with what they are about; a fixed number of queries."""
    found = by_id(
        Finding.objects.select_related("inspection").defer("search"), (r.finding for r in rows)
    )
    named = defaultdict(list)
    pairs = Finding.organisations.through.objects.filter(any_of("finding_id", found))
    for finding, organisation in pairs.values_list("finding", "organisation"):
        named[finding].append(organisation)
    replaced = {r.other for r in rows if r.fact == "inspection"}
    inspections = by_id(
        Inspection.objects.select_related("programme", "region"),
        [*(r.inspection for r in rows), *replaced],
    )
    neighbours = (r.other for r in rows if r.fact != "inspection")
    organisations = by_id(
        Organisation.objects.published(at).select_related("region"),
        [
            *(r.organisation for r in rows),
            *neighbours,
            *(pk for all_ in named.values() for pk in all_),
        ],
    )
    questions = by_id(Question.objects.select_related("programme"), (r.question for r in rows))
    actions = by_id(Action.objects.select_related("plan__organisation"), (r.action for r in rows))
    earlier = earlier_grades([r.row for r in rows if r.kind == ChangeKind.GRADING], at)
    confirmed = earlier_confirmations([r.row for r in rows if r.fact == "confirmation"])
    citations = citations_of(rows)

    def whom(row: IndexRow) -> list[Organisation]:
        ids = [row.organisation] if row.organisation else named[row.finding]
        return sorted(
            (organisations[pk] for pk in ids if pk in organisations),
            key=lambda one: (not one.is_unit, one.short_name),
        )

    def other(row: IndexRow) -> Inspection | Organisation | None:
        return (inspections if row.fact == "inspection" else organisations).get(row.other)

    def change(row: IndexRow) -> Change:
        kind = ChangeKind(row.kind)
        before = earlier.get(row.row) if kind == ChangeKind.GRADING else None
        old = before.grade if before and not before.break_reason else words(row, row.old)
        if row.fact == "confirmation":
            old = confirmed.get(row.row, "")
        return Change(
            kind=kind,
            fact=row.fact,
            row=row.row,
            at=row.at,
            on=row.on,
            precision=row.precision,
            organisations=whom(row),
            inspection=inspections.get(row.inspection),
            question=questions.get(row.question),
            finding=found.get(row.finding),
            action=actions.get(row.action),
            other=other(row),
            old=old,
            new=words(row, row.new),
            earlier=before if before and before.break_reason else None,
            reason=row.reason,
            who=DueSetBy(row.who).label if row.who and row.fact == "due-date" else row.who,
            citations=citations[row.fact, row.row],
        )

    return [change(row) for row in rows]


def words(row: IndexRow, value: str) -> str:
    """A value of a change in words."""
    if not value:
        return ""
    if row.fact == "grading":
        return Grade(int(value)).label if value.isdigit() else MissingReason(value).label
    if row.fact == "confirmation":
        return ClosureStatus(value).label
    choices = WORDS.get(ChangeKind(row.kind))
    return choices(value).label if choices else value


def earlier_confirmations(ids: Sequence[int]) -> dict[int, str]:
    """What the inspectorate had said of a finding before each of these confirmations, in words."""
    findings = Confirmation.objects.filter(any_of("pk", ids)).order_by().values("finding")
    rows = Confirmation.objects.filter(finding__in=findings).order_by("confirmed_on", "pk")
    last, before = {}, {}
    for row in rows:
        before[row.pk] = last.get(row.finding_id, "")
        last[row.finding_id] = row.get_closure_status_display()
    return before


def citations_of(rows: Sequence[IndexRow]) -> defaultdict[tuple[str, int], list[CitedSource]]:
    """The sources of changes by their fact and row; two queries.

    What a force reports of an action has none but the force itself.
    """
    ids = defaultdict(list)
    for row in rows:
        ids[row.fact].append(row.row)

    def cited(model: type[Model], fact: str, column: str) -> QuerySet:
        citations = model._base_manager.filter(any_of(column, ids[fact])).order_by()
        return citations.values_list(F(column), "pk", "source", "locator")

    parts = [(fact, cited(model, fact, f"{model.FACT}_id")) for fact, model in CITATIONS.items()]
    parts.append(("comments", cited(PolicingBodyComment, "comments", "pk")))
    found = []
    with connection.cursor() as cursor:
        queries = [(fact, *part.query.sql_with_params()) for fact, part in parts]
        sql = " UNION ALL ".join(f"SELECT %s, part.* FROM ({sql}) AS part" for _, sql, _ in queries)  # noqa: S608
        params = [value for fact, _, values in queries for value in (fact, *values)]
        cursor.execute(f"{sql} ORDER BY 3", params)
        found = cursor.fetchall()
    sources = by_id(Source.objects.all(), (source for *_, source, _ in found))
    citations = defaultdict(list)
    for fact, row, _, source, locator in found:
        citations[fact, row].append(CitedSource(sources[source], locator))
    return citations
