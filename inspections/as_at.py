"""Inspections, gradings, events and sources as they had been published by a day.

- An inspection counts from its publication, and not before it was public here. Where no source
  dates it, it counts from when it was public here. Its fieldwork, gradings and findings were
  published with it, whenever the sources were that we read of them.
- Where a month or a year is all that is known, a date counts from its end.
- A grade that was corrected later is the first one. Where no source dates a correction, the grade
  is the corrected one throughout.
- An event counts from the day it happened; comments count from theirs, and from their source's.
- A source that was published later is not there, unless a fact rests on no earlier one: its
  earliest source stays, with its date.

What is under embargo today stays in these tables: `published(at)` hides it, and all that only it
uses, on every day.
"""

# ruff: noqa: S608  nothing but names and words of our own is put into the SQL

from django.db.models import Model

from lib.as_at.tables import DAY, MOMENT, NOW, register

from .choices import Precision
from .models import (
    Citation,
    Fieldwork,
    Grading,
    GradingCitation,
    Inspection,
    MonitoringEvent,
    PolicingBodyComment,
    Source,
)


def end(column: str, precision: str) -> str:
    """The SQL for the last day that a date may mean."""
    return (
        f"CASE {precision} WHEN '{Precision.DAY}' THEN {column}"
        f" ELSE (date_trunc({precision}, {column}::timestamp)"
        f" + ('1 ' || {precision})::interval)::date - 1 END"
    )


def is_later(column: str, precision: str = "") -> str:
    """The condition that a date is after the day; not if it is not known."""
    last = end(column, precision) if precision else column
    return f"({last} > {DAY}) IS TRUE"


LATER_SOURCES = (
    "(SELECT source.id FROM inspections_source source WHERE"
    f" {is_later('source.published_on', 'source.published_precision')})"
)
UNDER_EMBARGO = f"(SELECT id FROM inspections_inspection WHERE (public_at <= {NOW}) IS NOT TRUE)"
# Public today, and not yet by the end of the day.
IS_LATER_INSPECTION = (
    "inspection.public_at <= {now} AND (inspection.public_at > {moment} OR {later})"
).format(
    now=NOW,
    moment=MOMENT,
    later=is_later("inspection.published_on", "inspection.published_precision"),
)
LATER_INSPECTIONS = (
    f"(SELECT inspection.id FROM inspections_inspection inspection WHERE {IS_LATER_INSPECTION})"
)
WITH_ITS_INSPECTION = f"row.inspection_id NOT IN {LATER_INSPECTIONS}"


def is_earliest(table: str, fact: str, row: str) -> str:
    """The condition that no other citation of the same fact has an earlier source."""
    ended = end("{0}.published_on", "{0}.published_precision")
    return (
        f"NOT EXISTS (SELECT FROM {table} other"
        " JOIN inspections_source earlier ON earlier.id = other.source_id"
        f" JOIN inspections_source own ON own.id = {row}.source_id"
        f" WHERE other.{fact} = {row}.{fact} AND"
        f" (COALESCE({ended.format('earlier')}, '-infinity'), other.id)"
        f" < (COALESCE({ended.format('own')}, '-infinity'), {row}.id))"
    )


def column_of_fact(model: type[Citation]) -> str:
    """The column that says of which fact a citation is."""
    return model._meta.get_field(model.FACT).column


def register_citations(model: type[Citation], columns: dict[str, str] | None = None) -> None:
    """Leave out citations of later sources, but for the earliest of a fact that has no other."""
    earliest = is_earliest(model._meta.db_table, column_of_fact(model), "row")
    register(model, f"(row.source_id NOT IN {LATER_SOURCES} OR {earliest})", columns)


def citations_of(model: type[Model]) -> list[type[Citation]]:
    """The citations of sources that facts of any app have, but for comments, which are their own
    facts."""
    related = (relation.related_model for relation in model._meta.related_objects)
    return [one for one in related if one is not PolicingBodyComment]


def is_needed(model: type[Citation]) -> str:
    """The condition that a source is the earliest of a fact."""
    table = model._meta.db_table
    earliest = is_earliest(table, column_of_fact(model), "citation")
    return f"EXISTS (SELECT FROM {table} citation WHERE citation.source_id = row.id AND {earliest})"


register(Inspection, f"({IS_LATER_INSPECTION}) IS NOT TRUE".replace("inspection.", "row."))
register(Fieldwork, WITH_ITS_INSPECTION)
NOT_YET_CORRECTED = is_later("row.corrected_on")
register(
    Grading,
    WITH_ITS_INSPECTION,
    {
        "grade": f"CASE WHEN {NOT_YET_CORRECTED} THEN row.first_grade ELSE row.grade END",
        "first_grade": f"CASE WHEN NOT {NOT_YET_CORRECTED} THEN row.first_grade END",
        "corrected_on": f"CASE WHEN NOT {NOT_YET_CORRECTED} THEN row.corrected_on END",
        "correction_reason": (
            f"CASE WHEN {NOT_YET_CORRECTED} THEN '' ELSE row.correction_reason END"
        ),
    },
)
register(
    MonitoringEvent,
    f"(NOT {is_later('row.happened_on', 'row.precision')} OR row.inspection_id IN {UNDER_EMBARGO})",
)
register(
    PolicingBodyComment,
    f"({WITH_ITS_INSPECTION} AND NOT {is_later('row.published_on')}"
    f" AND row.source_id NOT IN {LATER_SOURCES} OR row.inspection_id IN {UNDER_EMBARGO})",
)
for citation in citations_of(Source):
    if citation._meta.app_label == "inspections" and citation is not GradingCitation:
        register_citations(citation)
register_citations(
    GradingCitation,
    {
        # It gave no other grade than the one that stood then.
        "grade_given": (
            "NULLIF(row.grade_given, (SELECT row_of.first_grade FROM inspections_grading row_of"
            f" WHERE row_of.id = row.grading_id AND {is_later('row_of.corrected_on')}))"
        )
    },
)
NEEDED = " OR ".join(map(is_needed, citations_of(Source)))
register(
    Source,
    f"(NOT {is_later('row.published_on', 'row.published_precision')} OR {NEEDED})",
)
