"""Sentences that say what is newest of an organisation's grades, and how old its evidence is."""

from collections.abc import Sequence

from django.utils.text import capfirst, get_text_list

from lib.sentences import Part, Sentence, lower_first, number_in_words, plural

from ..choices import Grade
from ..models import Grading
from ..summaries import EvidenceSpan, HeadlineGrading
from .gradings import on_questions

MOST_NAMED = 3  # questions that the newest grades name; more are counted


def newest_report(gradings: Sequence[Grading], evidence: EvidenceSpan) -> Sentence:
    """What the newest report graded, how old its evidence is, and the response to it.

    The gradings are those of one report to one organisation, with what `Grading.response` needs.
    """
    by_grade = {}
    for grading in gradings:
        by_grade.setdefault(Grade(grading.grade), []).append(grading.question)
    said = [
        f"{grade.label.lower()} {_on(by_grade[grade], len(gradings))}"
        for grade in Grade
        if grade in by_grade
    ]
    inspection, response = gradings[0].inspection, gradings[0].response
    counted = f", {evidence.counted_from}" if evidence.counted_from else ""
    age = f" Its evidence is {evidence.age} old{counted}." if evidence.age else ""
    name = gradings[0].organisation
    responded = f"{name} {response.stance_in_words}" if response else "No response found"
    grades = capfirst(get_text_list(said, "and"))
    return [
        Part(f"{grades} in the newest dated report whose grades we know, "),
        Part(str(inspection), inspection.get_absolute_url()),
        Part(f", published {inspection.published}.{age} "),
        Part(responded, "#responses"),
        Part("."),
    ]


def _on(questions: Sequence[object], total: int) -> str:
    if len(questions) == 1 and questions[0].is_headline:
        return f"on {lower_first(questions[0].name)}"  # it has a name, which “overall” would hide
    if total <= MOST_NAMED or len(questions) == 1:
        return on_questions(questions)
    return f"on {number_in_words(len(questions))} {plural(len(questions), 'question')}"


def evidence_dates(headline_gradings: Sequence[HeadlineGrading]) -> str:
    """When the evidence behind grades was gathered and published, and for whom."""
    names = {}
    for row in headline_gradings:
        if row.grading.grade is not None:
            fieldwork = row.grading.fieldwork or "dates not found in our sources"
            when = f"fieldwork {fieldwork}, published {row.grading.inspection.published}"
            names.setdefault(when, []).append(str(row.organisation))
    if len(names) == 1:
        return f"{capfirst(next(iter(names)))}."
    return " ".join(f"{get_text_list(who, 'and')}: {when}." for when, who in names.items())
