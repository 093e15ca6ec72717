"""Sentences that sum up rows of gradings, inspections and sources."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from django.utils.text import capfirst, get_text_list

from forces.addresses import organisation_list
from forces.choices import OrganisationKind
from lib.sentences import (
    Part,
    Sentence,
    lower_first,
    number_in_words,
    parts_list,
    plain_text,
    plural,
    quantity,
)

from ..choices import Grade, MonitoringKind, QuestionPart
from ..dates import day
from ..models import Citation, Grading, Inspection, MonitoringEvent, Question, Source
from ..summaries import (
    ComparableRun,
    GradeCount,
    HeadlineGrading,
    OrganisationGradings,
    ProgrammeGrades,
    RegionGrades,
    StrandGroup,
    StrandSummary,
    grade_counts,
)

KNOWN = [grade.slug for grade in Grade]


class InspectionRow(Protocol):
    """A row about an inspection; the findings app has the class, with its findings."""

    inspection: Inspection


def judgment_as_verb(slug: str, name: str, count: int = 1) -> str:
    """A grade as a verb: "is adequate", "require improvement"; or why there is none."""
    if slug not in KNOWN:
        return f"{plural(count, 'has', 'have')} no grade here ({name.lower()})"
    if slug == Grade.REQUIRES_IMPROVEMENT.slug:
        return plural(count, "requires improvement", "require improvement")
    return f"{plural(count, 'is', 'are')} {name.lower()}"


def region_grades(row: RegionGrades) -> Sentence:
    """How a region's unit and forces were graded, with links to their lists."""
    parts = []
    if row.unit:
        grading = row.unit.grading
        parts += [
            Part("The "),
            Part("regional unit", row.unit.organisation.get_absolute_url()),
            Part(f" {judgment_as_verb(grading.grade_slug, grading.judgment)}. "),
        ]
    total = len(row.forces)
    for place, count in enumerate(row.counts):
        if place:
            parts.append(Part(" and " if place == len(row.counts) - 1 else ", "))
        is_all = count.count == total > 1
        number = "all" if is_all else number_in_words(count.count)
        parts.append(Part(number if place else capfirst(number), count.url, count.count))
        if not place:
            parts += [Part(" of its "), Part(quantity(total, "force"), row.forces_url, total)]
        parts.append(Part(f" {judgment_as_verb(count.slug, count.name, count.count)}"))
    return [
        *parts,
        Part(". " if row.counts else ""),
        Part("The region itself is not graded."),
    ]


def grades_by_region(rows: Sequence[RegionGrades], **scope: str) -> Sentence:
    """How many forces' grades are known, and how many have each, with links to their lists."""
    forces = [force for row in rows for force in row.forces]
    known = [force.grading for force in forces if force.grading.grade is not None]
    if not known:
        return [Part("No force’s grade was found in our sources.")]
    force = OrganisationKind.FORCE
    counts = [count for count in grade_counts(forces, kind=force.value, **scope) if count.is_grade]
    spread = [
        [Part(number_in_words(row.count), row.url, row.count), Part(f" {row.name.lower()}")]
        for row in counts
    ]
    all_known = organisation_list(kind=force.value, grade=KNOWN, **scope)
    return [
        Part("Of "),
        _organisations(force, len(forces), "force", **scope),
        Part(", the grades of "),
        Part(number_in_words(len(known)), all_known, len(known)),
        Part(" are known: "),
        *parts_list(spread),
        Part("."),
    ]


def national_grades(rows: Sequence[RegionGrades], words: str, **scope: str) -> Sentence:
    """How many grades on a question are known in the country, with links to their lists."""
    forces = [force for row in rows for force in row.forces]
    units = [row.unit for row in rows if row.unit]
    known = sum(row.graded for row in rows)
    known_units = sum(unit.grading.grade is not None for unit in units)
    unit, force = OrganisationKind.UNIT, OrganisationKind.FORCE
    everyone = [[Part(capfirst(quantity(len(rows), "region")), "#regions")]]
    graded = []
    if units:
        everyone.append([_organisations(unit, len(units), "regional unit", **scope)])
        graded.append([_organisations(unit, known_units, "unit", grade=KNOWN, **scope)])
    everyone.append([_organisations(force, len(forces), "force", **scope)])
    graded.append([_organisations(force, known, "force", grade=KNOWN, **scope)])
    missing = known + known_units < len(forces) + len(units)
    return [
        *parts_list(everyone),
        Part(f". The grade for {words} is known for "),
        *parts_list(graded),
        Part("; we have not found the others." if missing else "."),
    ]


def _organisations(
    kind: OrganisationKind, count: int, noun: str, **choices: str | list[str]
) -> Part:
    return Part(quantity(count, noun), organisation_list(kind=kind.value, **choices), count)


def grades_through_time(name: str, runs: Sequence[ComparableRun]) -> str:
    """How an organisation's grade on one strand changed, the oldest first.

    Grades that may not be compared are told, never set against each other.
    """
    graded = [grading for run in runs for grading in run.gradings]
    said = [f"{grading.judgment.lower()} in {grading.inspection.year}" for grading in graded]
    if len(graded) == 1:
        return f"{name}: {said[0]}; we have found no other grade with a date."
    breaks = [run for run in runs if run.is_break]
    rule = ""
    if len(breaks) == 1:
        rule = " Grades either side of the dashed line cannot be compared."
    elif breaks:
        rule = " Grades either side of a dashed line cannot be compared."
    return f"{name}: {get_text_list(said, 'then')}.{rule}"


def grades_and_events(events: Sequence[MonitoringEvent]) -> str:
    """The caption of an organisation's grades through time, with a key of its marks."""
    kinds = {event.kind for event in events}
    marks = {
        MonitoringKind.CAUSE_OPENED: "▲ cause of concern opened",
        MonitoringKind.CAUSE_CLOSED: "▽ closed",
        MonitoringKind.REVISIT: "○ revisit",
        MonitoringKind.ENGAGE_IN: "shaded: in Engage",
    }
    key = [words for kind, words in marks.items() if kind in kinds]
    caption = "Grade at each publication; a line runs on until the next grade that we know"
    return f"{caption}. Monitoring of any inspection: {', '.join(key)}" if key else caption


def newest_grades(groups: Sequence[StrandGroup]) -> list[str]:
    """On what an organisation's newest grade is the worst or the best there is.

    A grade is set apart where a later cycle asked again and its grade was not found.
    """
    sentences = []
    for grade in (Grade.INADEQUATE, Grade.OUTSTANDING):
        standing, asked_again = [], []
        for group in groups:
            if years := {g.inspection.year for g in group.newest if g.grade == grade}:
                year = f" ({min(years)})" if None not in years else ""
                part = "" if {g.grade for g in group.newest} == {grade} else "parts of "
                named = f"{part}{lower_first(group.name)}{year}"
                (asked_again if group.is_asked_again else standing).append(named)
        if standing:
            sentences.append(f"{grade.label} on {get_text_list(standing, 'and')}.")
        if asked_again:
            sentences.append(
                f"{grade.label} when last known on {get_text_list(asked_again, 'and')}; inspectors "
                "have asked again since, but we have not found what grade they gave."
            )
    return sentences


def grade_by_organisation(headline_gradings: Sequence[HeadlineGrading]) -> str:
    """Which grades some organisations were given, in one sentence."""
    counts = [row for row in grade_counts(headline_gradings) if row.is_grade]
    spread = [
        f"{number_in_words(row.count)} {judgment_as_verb(row.slug, row.name, row.count)}"
        for row in counts
    ]
    unknown = sum(row.grading.grade is None for row in headline_gradings)
    if unknown:
        spread.append(f"no grade is known for {number_in_words(unknown)}")
    names = {row.grading.question.name for row in headline_gradings if row.grading.question_id}
    start = f"{names.pop()}: of" if len(names) == 1 else "Of"
    nouns = OrganisationKind.nouns(row.organisation.kind for row in headline_gradings)
    return f"{start} {quantity(len(headline_gradings), *nouns)}, {get_text_list(spread, 'and')}."


def differences(headline_gradings: Sequence[HeadlineGrading]) -> list[str]:
    """Why the organisations in a comparison are not like for like, one sentence per reason."""
    known = [row.grading for row in headline_gradings if row.grading.grade is not None]
    reasons = []
    if len({row.organisation.kind for row in headline_gradings}) > 1:
        reasons.append(
            "A regional unit and a force do different work: compare each with its own kind."
        )
    dated = [grading for grading in known if grading.fieldwork]
    if len({(grading.fieldwork_from, grading.fieldwork_to) for grading in dated}) > 1:
        reasons.append("Their fieldwork took place at different times.")
    if len(dated) < len(known):
        reasons.append(
            "We have not found all fieldwork dates; where they are missing, the age of the "
            "evidence counts from publication."
        )
    if len({grading.inspection_id for grading in known}) > 1:
        reasons.append("They were graded in different inspections.")
    if len({grading.scale for grading in known}) > 1:
        reasons.append("They were graded on different scales, whose grades cannot be compared.")
    return reasons


def inspections_by_date(rows: Sequence[InspectionRow]) -> Sentence:
    """How many inspections are recorded, and which is the newest."""
    if not rows:
        return [Part("No inspection is published here yet.")]
    newest = rows[0].inspection
    programmes = len({row.inspection.programme_id for row in rows})
    total = capfirst(quantity(len(rows), "inspection"))
    return [
        Part(f"{total} of {quantity(programmes, 'programme')}. The newest, "),
        Part(newest.title, newest.get_absolute_url()),
        Part(f", was published on {newest.published}."),
    ]


def inspection_grades(regions: Sequence[RegionGrades], question: Question | None = None) -> str:
    """The grades that one inspection gave; it names the question if there are several."""
    sentence = plain_text(
        grades_by_region(regions) if len(regions) != 1 else region_grades(regions[0])
    )
    return f"On “{question}”: {lower_first(sentence)}" if question else sentence


def own_inspection(row: OrganisationGradings) -> str:
    """How one organisation was graded in a report of its own, question by question."""
    by_grade = {}
    for grading in row.gradings:
        if grading.grade is not None:
            by_grade.setdefault(Grade(grading.grade), []).append(grading.question)
    said = [
        f"{judgment_as_verb(grade.slug, grade.label)} {on_questions(by_grade[grade])}"
        for grade in reversed(Grade)
        if grade in by_grade
    ]
    if not said:
        return f"No grade of {row.organisation} in this report was found in our sources."
    return f"{row.organisation} {get_text_list(said, 'and')}."


def on_questions(questions: Sequence[Question]) -> str:
    """On what a grade was given, in a sentence: "overall and on “Crime cancellations”"."""
    named = [f"“{one}”" for one in questions if one.part != QuestionPart.OVERALL]
    parts = ["overall"] if len(named) < len(questions) else []
    parts += [f"on {get_text_list(named, 'and')}"] if named else []
    return " and ".join(parts)


def strands(rows: Sequence[StrandSummary]) -> str:
    """What the list of strands has."""
    if not rows:
        return "No question is recorded here yet."
    return (
        "What inspectors ask about, cycle after cycle. Questions are renamed and reworded: each "
        "row ties together those on one subject."
    )


def newest_on_strand(rows: Sequence[ProgrammeGrades]) -> Sentence:
    """How the newest programme graded a strand, with links to the grades."""
    if not rows:
        return [Part("No grade on this was found in our sources.")]
    row = rows[0]
    return [
        Part("Of "),
        Part(quantity(row.total, "grade"), row.url, row.total),
        Part(f" in {row.programme}, "),
        *counted_grades(row.counts),
        Part("."),
    ]


def counted_grades(counts: Sequence[GradeCount]) -> Sentence:
    """How many have each grade, with links: "two are good and one is adequate"."""
    return parts_list(
        [
            [
                Part(number_in_words(count.count), count.url, count.count),
                Part(f" {judgment_as_verb(count.slug, count.name, count.count)}"),
            ]
            for count in counts
        ]
    )


def grades_by_programme(rows: Sequence[ProgrammeGrades]) -> Sentence:
    """How many newest grades are known, and which programmes gave them."""
    parts = [
        [Part(number_in_words(row.total), row.url, row.total), Part(f" from {row.programme}")]
        for row in rows
    ]
    return [Part("Newest grades: "), *parts_list(parts), Part(".")]


def grade_remarks(grading: Grading) -> list[str]:
    """What a reader should know of a grade besides: how it is known, corrected or contradicted.

    Needs `citations`.
    """
    remarks = []
    if grading.is_carried_forward:
        remarks.append("Carried forward: an earlier judgment that still stood.")
    if grading.is_inferred:
        remarks.append("Worked out, not read in a source.")
    if grading.first_grade is not None:
        when = f" on {day(grading.corrected_on)}" if grading.corrected_on else ""
        done = "corrected" if grading.grade is not None else "withdrawn"
        remarks.append(
            f"First published as {grading.get_first_grade_display().lower()}, {done}{when}: "
            f"{grading.correction_reason.rstrip('.')}."
        )
    for citation in grading.conflicting:
        given = citation.get_grade_given_display().lower()
        remarks.append(f"{citation.source.publisher} gives {given}.")
    if grading.grade is not None and grading.not_comparable_because:
        reason = grading.not_comparable_because.rstrip(".")
        remarks.append(f"Not comparable with an earlier grade: {reason}.")
    if grading.note:
        remarks.append(f"{grading.note.rstrip('.')}.")
    return remarks


def citations_by_source(citations: Iterable[Citation]) -> list[tuple[Source, str, str]]:
    """Each source once, with the places in it and whose words they are."""
    places = {}
    for citation in citations:
        places.setdefault((citation.source, citation.get_attribution_display()), []).append(
            citation.locator
        )
    return [
        (source, ", ".join(filter(None, locators)), attribution)
        for (source, attribution), locators in places.items()
    ]
