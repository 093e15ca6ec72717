"""Which changes there are: a light row for each, of every kind, in one UNION of their tables.

A change counts from the moment at which the public could see it: what belongs to an inspection not
before that is public, and a month or a year from its last day.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Greatest, TruncDate
from django.db.models.sql.compiler import SQLCompiler

from forces.models import Organisation
from inspections.choices import MissingReason, Precision
from inspections.models import Grading, Inspection, MonitoringEvent, PolicingBodyComment

from ..choices import ChangeKind, ClosureStatus
from ..models import (
    Action,
    Confirmation,
    DueDateChange,
    Finding,
    OwnerChange,
    ProgressUpdate,
    Response,
)
from .change_scope import (
    OF_ACTION,
    OF_CONFIRMATION,
    OF_FINDING,
    OF_GRADING,
    OF_INSPECTION,
    OF_ORGANISATION,
    OF_RESPONSE,
    ChangeScope,
    narrow,
)


class IndexRow(NamedTuple):
    """A change as the UNION has it: ids of what it is about, and values as the database has them.

    `fact` and `row` name the row that it comes from. `on` is its day as its source gives it.
    """

    kind: str
    fact: str
    row: int
    at: datetime | None
    on: Any
    precision: str
    organisation: int | None
    inspection: int | None
    question: int | None
    finding: int | None
    action: int | None
    other: int | None
    old: str
    new: str
    reason: str
    who: str


TYPES = {
    "row": IntegerField,
    "at": DateTimeField,
    "on": DateField,
    "organisation": IntegerField,
    "inspection": IntegerField,
    "question": IntegerField,
    "finding": IntegerField,
    "action": IntegerField,
    "other": IntegerField,
}
GIVEN = {name: Value("") for name in ("old", "new", "reason", "who")}
GIVEN["precision"] = Value(Precision.DAY.value)


class StartOfLastDay(Func):
    """The beginning of the last day of the day, month or year that a date column stands for."""

    output_field = DateTimeField()

    def as_sql(
        self, compiler: SQLCompiler, connection: object, **context: object
    ) -> tuple[str, list]:
        (on, first), (precision, second) = map(compiler.compile, self.get_source_expressions())
        last = (
            f"date_trunc({precision}, ({on})::timestamp) + ('1 ' || {precision})::interval"
            " - interval '1 day'"
        )
        return f"(({last}) AT TIME ZONE '{settings.TIME_ZONE}')", [*second, *first, *second]


def start_of(on: str, precision: str = "") -> Combinable:
    """When a date begins to count; it is exact to the day if nothing else is given."""
    return StartOfLastDay(F(on), F(precision) if precision else Value(Precision.DAY.value))


def light(rows: QuerySet, kind: ChangeKind, fact: str, **columns: str | Combinable) -> QuerySet:
    """Rows of a model as the UNION takes them: paths or expressions of the columns that it has."""
    given = GIVEN | {"kind": Value(kind.value), "fact": Value(fact), "row": F("pk")} | columns
    read = {}
    for name in IndexRow._fields:
        output = TYPES.get(name, TextField)()
        read[f"change_{name}"] = Cast(given.get(name, Value(None)), output)
    return rows.order_by().annotate(**read).values_list(*read)


def published_rows(at: datetime, scope: ChangeScope) -> list[QuerySet]:
    """What inspectors published: inspections, grades and findings."""
    inspections = narrow(Inspection.objects.published(at), OF_INSPECTION, scope)
    graded = Q(grade__isnull=False) | Q(first_grade__isnull=False)
    gradings = narrow(Grading.objects.published(at).filter(graded), OF_GRADING, scope)
    findings = narrow(Finding.objects.published(at), OF_FINDING, scope)
    of = {
        "at": "inspection__public_at",
        "on": "inspection__published_on",
        "precision": "inspection__published_precision",
        "inspection": "inspection",
    }
    first = Cast(Coalesce("first_grade", "grade"), TextField())
    return [
        light(
            inspections,
            ChangeKind.INSPECTION,
            "inspection",
            at="public_at",
            on="published_on",
            precision="published_precision",
            organisation="organisation",
            inspection="pk",
        ),
        light(
            gradings,
            ChangeKind.GRADING,
            "grading",
            **of,
            organisation="organisation",
            question="question",
            new=first,
        ),
        light(
            findings,
            ChangeKind.FINDING,
            "finding",
            **of,
            finding="pk",
            new="kind",
            reason="summary",
        ),
    ]


def said_rows(at: datetime, scope: ChangeScope) -> list[QuerySet]:
    """What others said: responses and comments, where their day is known."""
    responses = narrow(Response.objects.published(at), OF_RESPONSE, scope)
    comments = narrow(PolicingBodyComment.objects.published(at), OF_GRADING, scope)
    public_at = Coalesce("inspection__public_at", "finding__inspection__public_at")
    return [
        light(
            responses.filter(said_on__isnull=False),
            ChangeKind.RESPONSE,
            "response",
            at=Greatest(start_of("said_on", "said_precision"), public_at),
            on="said_on",
            precision="said_precision",
            organisation="organisation",
            inspection=Coalesce("inspection", "finding__inspection"),
            finding="finding",
            new="stance",
            reason="summary",
            who="respondent",
        ),
        light(
            comments.filter(published_on__isnull=False),
            ChangeKind.COMMENTS,
            "comments",
            at=Greatest(start_of("published_on"), F("inspection__public_at")),
            on="published_on",
            organisation="organisation",
            inspection="inspection",
        ),
    ]


def reported_rows(at: datetime, scope: ChangeScope) -> list[QuerySet]:
    """What forces report of their actions, once it was approved."""
    actions = Action.objects.published(at).order_by()

    def approved(rows: QuerySet) -> QuerySet:
        return narrow(rows.filter(action__in=actions), OF_ACTION, scope)

    of = {
        "at": "published_at",
        "on": TruncDate("published_at"),
        "organisation": "action__plan__organisation",
        "action": "action",
    }
    owners = OwnerChange.objects.approved().exclude(owner_role=F("was_role"))
    return [
        light(
            approved(ProgressUpdate.objects.approved()),
            ChangeKind.PROGRESS,
            "update",
            **of,
            old="moved_from",
            new="status",
            reason="note",
        ),
        light(
            approved(DueDateChange.objects.changes()),
            ChangeKind.DUE_DATE,
            "due-date",
            **of,
            old="was_on",
            new=Coalesce(Cast("due_on", TextField()), Value("")),
            reason="reason",
            who="set_by",
        ),
        light(
            approved(owners),
            ChangeKind.OWNER,
            "owner",
            **of,
            old="was_role",
            new="owner_role",
            reason="reason",
        ),
    ]


def confirmed_rows(at: datetime, scope: ChangeScope) -> list[QuerySet]:
    """What the inspectorate said of findings; one that it superseded is a correction."""
    rows = narrow(Confirmation.objects.published(at), OF_CONFIRMATION, scope)
    superseded = Q(closure_status=ClosureStatus.SUPERSEDED)
    of = {
        "at": Greatest(start_of("confirmed_on"), F("finding__inspection__public_at")),
        "on": "confirmed_on",
        "inspection": "finding__inspection",
        "finding": "finding",
        "new": "closure_status",
    }
    kinds = (ChangeKind.CONFIRMATION, ~superseded), (ChangeKind.CORRECTION, superseded)
    return [light(rows.filter(which), kind, "confirmation", **of) for kind, which in kinds]


def corrected_rows(at: datetime, scope: ChangeScope) -> list[QuerySet]:
    """Grades that were corrected or withdrawn, and inspections that others replaced."""
    corrected = Grading.objects.published(at).filter(
        Q(first_grade__isnull=False) | Q(missing_reason=MissingReason.WITHDRAWN)
    )
    replaced = Inspection.objects.published(at).filter(
        superseded_by__in=Inspection.objects.published(at)
    )
    when_corrected = Greatest(start_of("corrected_on"), F("inspection__public_at"))
    return [
        light(
            narrow(corrected, OF_GRADING, scope),
            ChangeKind.CORRECTION,
            "grading",
            at=Case(When(corrected_on__isnull=False, then=when_corrected)),
            on="corrected_on",
            organisation="organisation",
            inspection="inspection",
            question="question",
            old=Coalesce(Cast("first_grade", TextField()), Value("")),
            new=Coalesce(Cast("grade", TextField()), F("missing_reason")),
            reason="correction_reason",
        ),
        light(
            narrow(replaced, OF_INSPECTION, scope),
            ChangeKind.CORRECTION,
            "inspection",
            at=Greatest("public_at", "superseded_by__public_at"),
            on="superseded_by__published_on",
            precision="superseded_by__published_precision",
            organisation="organisation",
            inspection="pk",
            other="superseded_by",
        ),
    ]


def lived_rows(at: datetime, scope: ChangeScope) -> list[QuerySet]:
    """What happened to organisations: between inspections, and as they began and ended."""
    events = narrow(MonitoringEvent.objects.published(at), OF_GRADING, scope)
    organisations = narrow(Organisation.objects.published(at), OF_ORGANISATION, scope)
    return [
        light(
            events,
            ChangeKind.MONITORING,
            "event",
            at=Greatest(start_of("happened_on", "precision"), F("inspection__public_at")),
            on="happened_on",
            precision="precision",
            organisation="organisation",
            inspection="inspection",
            new="kind",
            reason="summary",
        ),
        *(
            light(
                organisations.filter(**{f"{field}__isnull": False}),
                ChangeKind.ORGANISATION,
                fact,
                at=start_of(field),
                on=field,
                organisation="pk",
                other=other,
            )
            for field, fact, other in (
                ("valid_from", "beginning", "split_from"),
                ("valid_to", "ending", "successor"),
            )
        ),
    ]


def union_of_changes(at: datetime, scope: ChangeScope) -> tuple[str, list[Any]]:
    """The SQL of every change that the public may see, of any kind, and its parameters."""
    first, *others = [
        rows
        for part in (
            published_rows,
            said_rows,
            reported_rows,
            confirmed_rows,
            corrected_rows,
            lived_rows,
        )
        for rows in part(at, scope)
    ]
    sql, params = first.union(*others, all=True).query.sql_with_params()
    names = ", ".join(f'"{name}"' for name in IndexRow._fields)
    return f"({sql}) AS change ({names})", list(params)
