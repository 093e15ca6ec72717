"""What data downloads say of findings, of actions, and of forces: one line for each column."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import (
    Case,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat, Length

from inspections.choices import Certainty, Coverage, Grade, MissingReason
from inspections.models import Grading, GradingCitation, Question
from inspections.resources.downloads import (
    FIRST_GRADE,
    MISSING,
    PUBLISHED,
    PUBLISHED_ON,
    SOURCES,
    citation_columns,
    fieldwork_columns,
    organisation_columns,
    replaced_by_column,
)
from lib.lists.columns import Column, Download, Many, aggregate, as_expression, choice, column

from ..choices import (
    ENDED_STATUSES,
    ActionStatus,
    ChangeKind,
    ClosureStatus,
    DueSetBy,
    FindingKind,
    FindingProgress,
    Stance,
)
from ..coverage import together
from ..models import (
    Action,
    ActionCitation,
    Confirmation,
    Finding,
    FindingCitation,
    Plan,
    Response,
    Theme,
)
from ..progress import force_says

COMPLETE = ActionStatus.COMPLETE
# As `with_progress` reads it.
PROGRESS = f"""CASE r.closure_status
    WHEN '{ClosureStatus.CLOSED}' THEN '{FindingProgress.CONFIRMED}'
    ELSE COALESCE(r.force_says, '{FindingProgress.NO_ACTION}') END"""
SAID = "How far its actions have got together, as the force says"
CLOSURE = "What the inspectorate has confirmed"
REPLACED = "The action that replaced it"
RESPONSE = "How it responded to the report itself, as its newest response says"


def row_name(*parts: str | Value) -> Concat:
    """What names a row: the slugs that lead to it."""
    return Concat(*parts, output_field=TextField())


FINDING_NAME = row_name("inspection__slug", Value("/"), "reference")
ACTION_NAME = row_name("plan__slug", Value("/"), "number")


def name_of(rows: QuerySet, name: Concat, field: str) -> Subquery:
    """What names the row that a field leads to, if it is among these."""
    return Subquery(only(rows.order_by().filter(pk=OuterRef(field)), name))


def only(rows: QuerySet, value: str | Combinable) -> QuerySet:
    """These rows with nothing but a value."""
    return rows.annotate(value=as_expression(value)).values("value")


def finding_download(at: datetime) -> Download:
    """What a download of findings holds."""
    public = Finding.objects.published(at)
    made_up = Coalesce("inspection__region__is_synthetic", False)
    named = Many(
        Finding.organisations.through.objects,
        "finding",
        [F("organisation__kind").desc(), "organisation__short_name"],
        [
            column("organisations", "organisation__slug", "Whom it names", "code"),
            column("organisation_names", "organisation__short_name", "Their short names"),
        ],
    )
    themes = Many(
        Finding.themes.through.objects,
        "finding",
        ["theme__name"],
        [
            column("themes", "theme__slug", "What it is about", "code"),
            column("theme_names", "theme__name", "The names of its themes"),
        ],
    )
    responses = Many(
        Response.objects.by_organisations(),
        "finding",
        [F("said_on").asc(nulls_first=True), "pk"],
        [
            column("respondents", "organisation__slug", "Who responded to it", "code"),
            column("responses", "stance", "How each of them responded", "code"),
        ],
    )
    any_open, any_complete = BoolOr(~Q(status__in=ENDED_STATUSES)), BoolOr(Q(status=COMPLETE))
    actions = Many(
        Action.objects.published(at),
        "findings",
        ["plan__slug", "number"],
        [
            column("actions", ACTION_NAME, "The actions that respond to it", "code"),
            column("action_statuses", "status", "What the force says of each", "code"),
            aggregate("force_says", force_says(any_open, any_complete), SAID, "code"),
        ],
    )
    # Of all rows at once: `with_closure_status` would ask for each by itself.
    newest = Func(
        ArrayAgg("closure_status", order_by=[F("confirmed_on").desc(), F("pk").desc()]),
        template="(%(expressions)s)[1]",
        output_field=TextField(),
    )
    closure, closure_name = choice("closure_status", newest, ClosureStatus, CLOSURE)
    closures = Many(Confirmation.objects, "finding", [], [closure._replace(is_aggregate=True)])
    columns = [
        column("finding", FINDING_NAME, "What names it: inspection and reference", "code"),
        column("inspection", "inspection__slug", "The inspection that made it", "code"),
        column("inspection_title", "inspection__title", "The title of that"),
        column("reference", "reference", "Its reference within that", "code"),
        column("published_on", PUBLISHED_ON, PUBLISHED, "partial_date"),
        column("programme", "inspection__programme__slug", "The inspection’s programme", "code"),
        column("programme_name", "inspection__programme__short_name", "The short name of that"),
        column("region", "inspection__region__slug", "The region; none if national", "code"),
        column("region_name", "inspection__region__name", "The name of that"),
        column("is_made_up", made_up, "Whether no such place exists", "boolean"),
        *choice("kind", "kind", FindingKind, "What kind of finding it is"),
        column("summary", "summary", "The finding in our words"),
        column("detail", "detail", "More of it in our words"),
        column("is_region_wide", "is_region_wide", "Whether it is about the region", "boolean"),
        named,
        column("unnamed_organisations", "unnamed_organisations", "Those it does not name"),
        themes,
        column("section", "section__slug", "The question under which it stands", "code"),
        column("cause", name_of(public, FINDING_NAME, "cause"), "Its cause of concern", "code"),
        replaced_by_column(at),
        column("repeats", name_of(public, FINDING_NAME, "repeats"), "The earlier one", "code"),
        responses,
        actions,
        closures,
        closure_name,
        *choice("progress", None, FindingProgress, "How far it has got", PROGRESS),
        citation_columns(FindingCitation),
    ]
    return Download(Finding.objects, columns)


def action_download(at: datetime, on: date) -> Download:
    """What a download of actions holds."""
    public = Action.objects.published(at)
    overdue = Exists(Action.objects.overdue(on).filter(pk=OuterRef("pk")))
    findings = Many(
        Finding.objects,
        "actions",
        ["inspection__slug", Length("reference"), "reference"],
        [column("findings", FINDING_NAME, "The findings that it responds to", "code")],
    )
    columns = [
        column("action", ACTION_NAME, "What names it: its plan and its number", "code"),
        column("plan", "plan__slug", "The plan that it belongs to", "code"),
        column("plan_name", "plan__name", "The name of that"),
        column("number", "number", "Its place in that", "integer"),
        *organisation_columns("plan__organisation__"),
        column("inspection", "plan__inspection__slug", "What the plan responds to", "code"),
        findings,
        column("summary", "summary", "The action in our words"),
        *choice("status", "status", ActionStatus, "How far it has got, as the force says"),
        column("superseded_by", name_of(public, ACTION_NAME, "superseded_by"), REPLACED, "code"),
        column("owner", "owner_role", "The role that is responsible"),
        column("due_on", "due_on", "When it is due", "date"),
        *choice("due_set_by", "due_set_by", DueSetBy, "Who set that date"),
        column("first_due_on", "first_due_on", "When it was first due", "date"),
        column("due_moved_because", "due_moved_because", "Why the date moved"),
        column("is_overdue", overdue, "Whether that has passed and it is open", "boolean"),
        citation_columns(ActionCitation),
    ]
    return Download(Action.objects, columns)


def plan_download() -> Download:
    """What a download of plans holds."""
    columns = [
        column("plan", "slug", "The plan", "code"),
        column("plan_name", "name", "Its name"),
        *organisation_columns("organisation__"),
        column("inspection", "inspection__slug", "What it responds to", "code"),
        column("starts_on", "starts_on", "Its first day", "date"),
        column("ends_on", "ends_on", "Its last day", "date"),
        column("period_note", "period_note", "What else is known about its period"),
        column("note", "note", "What it is, and where it stands"),
    ]
    return Download(Plan.objects, columns)


def theme_download() -> Download:
    """What a download of themes holds."""
    columns = [
        column("theme", "slug", "The theme", "code"),
        column("theme_name", "name", "Its name"),
        column("definition", "definition", "What findings on it are about"),
    ]
    return Download(Theme.objects, columns)


def response_columns(inspection: str, organisation: str) -> list[Column]:
    """The newest response of a force or unit itself to an inspection: the paths to these."""
    own = Response.objects.by_organisations().newest_first()
    newest = own.filter(inspection=OuterRef(inspection), organisation=OuterRef(organisation))
    return choice("response", Subquery(newest.values("stance")[:1]), Stance, RESPONSE)


def force_columns(at: datetime, question: Question | None) -> list[Column | Many]:
    """The columns of the list of forces and units, with their newest grade on a question.

    Needs `with_counts()`. The question is None for the headline one.
    """
    newest = Grading.objects.published(at).headline(question).for_display()
    of_row = newest.filter(organisation=OuterRef("pk"))
    cited = citation_columns(GradingCitation, "grading__organisation")
    cited = cited._replace(rows=GradingCitation.objects.filter(grading__in=newest.values("pk")))

    def graded(value: str | Combinable) -> Subquery:
        return Subquery(only(of_row, value))

    certainty = Case(When(~Q(headline_grading__in=MissingReason), then=graded("certainty")))
    first, last = (one._replace(expression=graded(one.expression)) for one in fieldwork_columns())
    return [
        *organisation_columns(),
        column("short_name", "short_name", "The short name of the force or unit"),
        column("ons_code", "ons_code", "The code of its police area", "code"),
        column("valid_from", "valid_from", "Its first day, where it is known", "date"),
        column("valid_to", "valid_to", "The day after its last", "date"),
        column("programme", graded("question__programme__slug"), "What inspected it", "code"),
        column("question", graded("question__slug"), "What was graded", "code"),
        *choice("grade", graded("grade"), Grade, "Its newest grade on that"),
        *choice("missing_reason", "headline_grading", MissingReason, MISSING),
        *choice("certainty", certainty, Certainty, "How the grade is known"),
        *choice("first_grade", graded("first_grade"), Grade, FIRST_GRADE),
        column("corrected_on", graded("corrected_on"), "When it was corrected", "date"),
        column("inspection", graded("inspection__slug"), "The inspection that gave it", "code"),
        column("published_on", graded(PUBLISHED_ON), PUBLISHED, "partial_date"),
        first,
        last,
        *choice("response", "stance", Stance, RESPONSE),
        *choice("findings_recorded", together(), Coverage, "How far its findings are recorded"),
        column("to_improve", "negative", "Findings of what should improve", "integer"),
        column("strengths", "positive", "Findings of strengths and practice", "integer"),
        column("has_plan", "has_plan", "Whether a plan of it is recorded", "boolean"),
        column("open_actions", "open", "Actions that have not ended", "integer"),
        column("overdue_actions", "overdue", "Open actions whose date has passed", "integer"),
        cited,
    ]


def change_columns(sentence: Callable[[Any], str]) -> list[Column]:
    """The columns of what changed; its rows are put together in Python."""

    def of(name: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda row: read(getattr(row, name)) if getattr(row, name) else None

    def each(name: str, read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
        return lambda row: [read(one) for one in getattr(row, name)]

    return [
        column("change", lambda row: row.key, "What names it among all changes", "code"),
        column(
            "day",
            lambda row: row.day_iso or None,
            "Its day, as exactly as is known",
            "partial_date",
        ),
        column("counts_on", lambda row: row.counts_on, "The day from which it counts", "date"),
        *choice("kind", lambda row: row.kind.value, ChangeKind, "What changed"),
        column(
            "organisations",
            each("organisations", lambda o: o.slug),
            "Whom it is about",
            "code",
            True,
        ),
        column("organisation_names", each("organisations", str), "Their short names", is_list=True),
        column("inspection", of("inspection", lambda i: i.slug), "The inspection", "code"),
        column(
            "question", of("question", lambda q: q.slug), "The question that was graded", "code"
        ),
        column("finding", of("finding", lambda f: f.full_reference), "The finding", "code"),
        column("action", of("action", lambda a: f"{a.plan.slug}/{a.number}"), "The action", "code"),
        column("old", lambda row: row.old or None, "What it was before, if the two compare"),
        column("new", lambda row: row.new or None, "What it is since"),
        column(
            "earlier", of("earlier", lambda e: e.grade), "An earlier grade that does not compare"
        ),
        column(
            "not_comparable_because", of("earlier", lambda e: e.break_reason), "Why it does not"
        ),
        column("reason", lambda row: row.reason or None, "Why, or what was said"),
        column("who", lambda row: row.who or None, "Who set a date, or responded"),
        column("sentence", sentence, "The change in words"),
        column("sources", each("citations", lambda c: c.source.slug), SOURCES, "code", True),
        column(
            "locators", each("citations", lambda c: c.locator), "The place in each", is_list=True
        ),
        column("is_made_up", lambda row: row.is_synthetic, "No such place exists", "boolean"),
    ]
