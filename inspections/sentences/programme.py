"""Sentences about the grades of one programme: forces by questions."""

from collections.abc import Sequence

from django.utils.text import get_text_list

from forces.addresses import organisation_list
from lib.sentences import Part, Sentence, lower_first, number_in_words, parts_list, quantity

from ..choices import Grade
from ..dates import day
from ..models import Grading
from ..summaries import ForceGradings, QuestionGrades
from .gradings import KNOWN


def grades_on_question(row: QuestionGrades) -> Sentence:
    """How many forces' grades on a question are known, and how many have each, with links."""
    known = len(row.forces) - row.unknown.count
    about = f" on “{row.question}”"
    everyone = Part(
        quantity(len(row.forces), "force"), organisation_list(**row.scope), len(row.forces)
    )
    if not known:
        return [Part("Of "), everyone, Part(f", we have found no grade{about}.")]
    spread = [
        [Part(number_in_words(count.count), count.url, count.count), Part(f" {count.name.lower()}")]
        for count in row.counts
        if count.is_grade
    ]
    return [
        Part("Of "),
        everyone,
        Part(", we know the grades of "),
        Part(number_in_words(known), organisation_list(**row.scope, grade=KNOWN), known),
        Part(f"{about}: "),
        *parts_list(spread),
        Part("."),
    ]


def correction(grading: Grading) -> Sentence:
    """How and why a grade was corrected after it was published."""
    first = Grade(grading.first_grade).label.lower()
    when = f" on {day(grading.corrected_on)}" if grading.corrected_on else ""
    now = f" to {grading.judgment.lower()}" if grading.grade is not None else ""
    return [
        *_graded(grading),
        Part(f": {'corrected' if now else 'withdrawn'}{when} from {first}{now}. "),
        Part(f"{grading.correction_reason.rstrip('.')}."),
    ]


def conflict(grading: Grading) -> Sentence:
    """Which other grades sources give; needs `citations`."""
    given = {Grade(citation.grade_given).label.lower(): None for citation in grading.conflicting}
    if grading.grade is None:
        return [
            *_graded(grading),
            Part(f": sources differ. They give {get_text_list(list(given), 'and')}."),
        ]
    others = get_text_list(list(given), "and")
    return [
        *_graded(grading),
        Part(f": {grading.judgment.lower()}. Another source gives {others}."),
    ]


def _graded(grading: Grading) -> Sentence:
    """Whom a grading is about and on what, with a link to the inspection that gave it."""
    inspection = grading.inspection
    return [
        Part(str(grading.organisation), f"{inspection.get_absolute_url()}#gradings"),
        Part(f", {lower_first(grading.question.name)}"),
    ]


def ungraded(rows: Sequence[ForceGradings]) -> list[str]:
    """The organisations of which no grade is known, with the reason: a sentence a reason."""
    by_reason = {}
    for row in rows:
        if not row.graded:
            words = row.reason.label if row.reason else "no grade in any of our sources"
            by_reason.setdefault(words, []).append(str(row.organisation))
    return [f"{get_text_list(names, 'and')}: {words}." for words, names in by_reason.items()]
