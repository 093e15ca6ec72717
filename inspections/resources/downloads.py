"""What data downloads say of gradings and of sources: one line for each column."""

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from operator import add

from django.db.models import Case, Count, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from lib.lists.columns import (
    Column,
    Download,
    Expression,
    Many,
    choice,
    column,
    partial_date,
)

from ..choices import Certainty, Coverage, Grade, MissingReason, SourceKind
from ..dates import iso
from ..models import Citation, Grading, GradingCitation, Inspection, InspectionCitation
from ..models.sources import public_citations

MISSING = "Why there is no grade"
CARRIED = "Whether it is an earlier grade that still stood"
FIRST_GRADE = "The grade as first published, where it was corrected"
NOTE = "How it was worked out, or what stands behind it"
PUBLISHED = "When that was published, as exactly as is known"
SOURCES = "Where it was read"
ATTRIBUTIONS = "Whose words each source gives"

PUBLISHED_ON = partial_date("inspection__published_on", "inspection__published_precision")


def citation_columns(model: type[Citation], fact: str = "") -> Many:
    """The sources of a fact; `fact` is the path from a citation to it, if that is a longer one."""
    name = Concat("source__publisher", Value(": "), "source__title", output_field=TextField())
    url = Coalesce("source__url", Value(""), output_field=TextField())
    columns = [
        column("sources", "source__slug", SOURCES, "code"),
        column("source_names", name, "The publisher and the title of each source"),
        column("source_urls", url, "The address of each source"),
        column("locators", "locator", "The place in each source"),
        column("attributions", "attribution", ATTRIBUTIONS, "code"),
    ]
    return Many(model.objects, fact or model.FACT, ["pk"], columns)


def grading_columns() -> list[Column | Many]:
    """The columns of the list of gradings."""
    certainty = Case(When(grade__isnull=False, then="certainty"))
    differing = GradingCitation.objects.filter(grade_given__isnull=False)
    return [
        *organisation_columns("organisation__"),
        column("programme", "question__programme__slug", "The programme of inspections", "code"),
        column("programme_name", "question__programme__short_name", "Its short name"),
        column("strand", "question__strand__slug", "What was asked, cycle after cycle", "code"),
        column("question", "question__slug", "The question in this programme", "code"),
        column("question_name", "question__name", "The question in words"),
        *choice("grade", "grade", Grade, "The grade"),
        *choice("missing_reason", "missing_reason", MissingReason, MISSING),
        *choice("certainty", certainty, Certainty, "How the grade is known"),
        column("is_carried_forward", "is_carried_forward", CARRIED, "boolean"),
        *choice("first_grade", "first_grade", Grade, FIRST_GRADE),
        column("corrected_on", "corrected_on", "When it was corrected", "date"),
        column("correction_reason", "correction_reason", "Why it was corrected"),
        column("not_comparable_because", "not_comparable_because", "Why older ones do not compare"),
        column("note", "note", NOTE),
        column("inspection", "inspection__slug", "The inspection that gave it", "code"),
        column("inspection_title", "inspection__title", "The title of that"),
        column("published_on", PUBLISHED_ON, PUBLISHED, "partial_date"),
        *fieldwork_columns(),
        citation_columns(GradingCitation),
        Many(
            differing,
            "grading",
            ["pk"],
            [column("differing_sources", "source__slug", "Those that give another grade", "code")],
        ),
    ]


def replaced_by_column(at: datetime) -> Column:
    """Which inspection replaced that of a row."""
    newer = Inspection.objects.published(at).slug_of_replacement()
    return column("replaced_by", newer, "The inspection that replaced that, if one did", "code")


def region_download(at: datetime) -> Download:
    """What a download of regions holds."""
    organisations = Many(
        Organisation.objects.published(at),
        "region",
        ["short_name"],
        [
            column("organisations", "slug", "Its unit and its forces, former ones too", "code"),
            column("organisation_names", "short_name", "Their short names"),
        ],
    )
    columns = [
        column("region", "slug", "The region", "code"),
        column("region_name", "name", "Its name"),
        column("is_made_up", "is_synthetic", "Whether no such place exists", "boolean"),
        organisations,
    ]
    return Download(Region.objects, columns)


def inspection_download(at: datetime) -> Download:
    """What a download of inspections holds."""
    published_on = partial_date("published_on", "published_precision")
    earlier = Inspection.objects.published(at).order_by().filter(pk=OuterRef("supersedes"))
    columns = [
        column("inspection", "slug", "The inspection", "code"),
        column("inspection_title", "title", "The title of its report"),
        column("programme", "programme__slug", "The programme of inspections", "code"),
        column("programme_name", "programme__short_name", "Its short name"),
        column("region", "region__slug", "The region; none if national", "code"),
        column("region_name", "region__name", "The name of that"),
        column(
            "is_made_up",
            Coalesce("region__is_synthetic", False),
            "Whether no such place exists",
            "boolean",
        ),
        column("organisation", "organisation__slug", "Whose own report it is, if of one", "code"),
        column("organisation_name", "organisation__name", "The name of that"),
        column("published_on", published_on, PUBLISHED, "partial_date"),
        *choice("findings_recorded", "findings_recorded", Coverage, "How far they are recorded"),
        column("supersedes", Subquery(earlier.values("slug")), "The one that it replaces", "code"),
        column("follow_up", "follow_up", "What the inspectorate said it would do next"),
        citation_columns(InspectionCitation),
    ]
    return Download(Inspection.objects, columns)


def source_columns(at: datetime) -> list[Column]:
    """The columns of the list of sources."""
    published_on = partial_date("published_on", "published_precision")
    cited = [
        Coalesce(
            Subquery(
                rows.filter(source=OuterRef("pk"))
                .order_by()
                .values("source")
                .annotate(count=Count("pk"))
                .values("count")
            ),
            0,
        )
        for rows in public_citations(at)
    ]
    return [
        column("source", "slug", "The source", "code"),
        column("title", "title", "Its title, where one is recorded"),
        column("publisher", "publisher", "Who published it"),
        *choice("kind", "kind", SourceKind, "What it is"),
        column("published_on", published_on, "When, as exactly as is known", "partial_date"),
        column("url", "url", "Its address"),
        column("facts", reduce(add, cited), "How many times public facts cite it", "integer"),
    ]


def fieldwork_columns(prefix: str = "") -> list[Column]:
    """When the evidence was gathered; needs `for_display()`."""
    first, last = (
        partial_date(f"{prefix}fieldwork_{end}", f"{prefix}fieldwork_precision")
        for end in ("from", "to")
    )
    return [
        column("fieldwork_from", first, "The first day of fieldwork", "partial_date"),
        column("fieldwork_to", last, "The last day of fieldwork", "partial_date"),
    ]


def organisation_columns(prefix: str = "") -> list[Column]:
    """Which force or unit a row is about, and where it belongs; `prefix` is the path to it."""
    return [
        column("organisation", f"{prefix}slug", "The force or unit", "code"),
        column("organisation_name", f"{prefix}name", "Its name"),
        *choice("organisation_kind", f"{prefix}kind", OrganisationKind, "What it is"),
        column("region", f"{prefix}region__slug", "Its region", "code"),
        column("region_name", f"{prefix}region__name", "The name of that"),
        column("is_made_up", f"{prefix}region__is_synthetic", "No such place exists", "boolean"),
    ]


def graded_columns() -> list[Column]:
    """The columns of a chart of grades, as of a programme's, for gradings from `for_display()`.

    One that says that no grade was found has no question.
    """

    def fieldwork(end: str) -> Callable[[Grading], str | None]:
        def read(row: Grading) -> str | None:
            on = getattr(row, f"fieldwork_{end}", None)
            return on and iso(on, row.fieldwork_precision)

        return read

    def of_saved(read: Expression | None) -> Expression | None:
        return read and (lambda row: read(row) if row.question_id else None)

    return [
        *(
            one._replace(expression=of_saved(one.expression))
            if one.name.startswith("question")
            else one
            for one in programme_columns()
            if not one.name.startswith("region")
        ),
        column("fieldwork_from", fieldwork("from"), "The first day of fieldwork", "partial_date"),
        column("fieldwork_to", fieldwork("to"), "The last day of fieldwork", "partial_date"),
    ]


def programme_columns() -> list[Column]:
    """The columns of a programme's grades; some of its rows are gradings that are not saved."""

    def cited(value: Callable[[Citation], str]) -> Callable[[Grading], list[str]]:
        return lambda row: [value(one) for one in row.citations.all()] if row.pk else []

    def certainty_of(row: Grading) -> str | None:
        return None if row.grade is None else row.certainty

    def of_inspection(value: Callable[[Inspection], str]) -> Callable[[Grading], str | None]:
        return lambda row: value(row.inspection) if row.inspection_id else None

    return [
        column("organisation", lambda row: row.organisation.slug, "The force or unit", "code"),
        column("organisation_name", lambda row: row.organisation.name, "Its name"),
        column("region", lambda row: row.organisation.region.slug, "Its region", "code"),
        column("region_name", lambda row: row.organisation.region.name, "The name of that"),
        column("question", lambda row: row.question.slug, "The question", "code"),
        column("question_name", lambda row: row.question.name, "The question in words"),
        *choice("grade", lambda row: row.grade, Grade, "The grade"),
        *choice("missing_reason", lambda row: row.missing_reason, MissingReason, MISSING),
        *choice("certainty", certainty_of, Certainty, "How the grade is known"),
        column("is_carried_forward", lambda row: row.is_carried_forward, CARRIED, "boolean"),
        *choice("first_grade", lambda row: row.first_grade, Grade, FIRST_GRADE),
        column("corrected_on", lambda row: row.corrected_on, "When it was corrected", "date"),
        column("correction_reason", lambda row: row.correction_reason, "Why it was corrected"),
        column("note", lambda row: row.note, NOTE),
        column("inspection", of_inspection(lambda row: row.slug), "The inspection", "code"),
        column("inspection_title", of_inspection(lambda row: row.title), "The title of that"),
        column(
            "published_on", of_inspection(lambda row: row.published_iso), PUBLISHED, "partial_date"
        ),
        column("sources", cited(lambda one: one.source.slug), SOURCES, "code", True),
        column("locators", cited(lambda one: one.locator), "The place in each", is_list=True),
        column("attributions", cited(lambda one: one.attribution), ATTRIBUTIONS, "code", True),
    ]
