"""Sentences that tell what changed: what is, and what was before."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.text import capfirst

from forces.sentences import names
from inspections.choices import MissingReason, Precision
from inspections.dates import day
from lib.sentences import Part, Sentence, days_apart, lower_first, quantity

from ..choices import ChangeKind, Respondent, Stance
from ..summaries import Change

UNTIL_LAST_DAY = {
    Precision.MONTH: "only the month is known; it counts from its last day",
    Precision.YEAR: "only the year is known; it counts from its last day",
}


def change(row: Change) -> Sentence:
    """What changed, with links to the fact and to whom it is about."""
    return SENTENCES[row.kind](row)


def changes(total: int, since: date | None, until: date | None) -> str:
    """How much changed, and between which days."""
    if since and until:
        when = f" from {day(since)} to {day(until)}"
    elif since:
        when = f" since {day(since)}"
    else:
        when = f" until {day(until)}" if until else ""
    order = ", the newest first" if total > 1 else ""
    return f"{capfirst(quantity(total, 'change'))}{when}{order}."


def corrections(rows: Sequence[Change]) -> str:
    """How much was corrected."""
    if not rows:
        return "No correction is recorded."
    order = ", the newest first" if len(rows) > 1 else ""
    return f"{capfirst(quantity(len(rows), 'correction'))}{order}."


def counted_from(row: Change) -> str:
    """How exactly its day is known, where that is not to the day."""
    if row.on is None:
        return "no day was found in our sources; it counts from the day when we were sure of it"
    return UNTIL_LAST_DAY.get(row.precision, "")


def _inspection(row: Change) -> Sentence:
    return [Part("Published: "), Part(f"“{row.inspection}”", row.url), Part(".")]


def _on_question(row: Change) -> str:
    return f"on “{row.question}” ({row.question.programme})"


def _grading(row: Change) -> Sentence:
    start = [*names(row.organisations), Part(": "), Part(row.new, row.url)]
    where = _on_question(row)
    if row.earlier:
        grade, reason = row.earlier.grade.lower(), lower_first(row.earlier.break_reason.rstrip("."))
        older = f"{grade} in “{row.earlier.inspection}” cannot be compared with it"
        return [*start, Part(f" {where}; {older}: {reason}.")]
    if not row.old:
        return [*start, Part(f" {where}; we know no grade before it.")]
    if row.old == row.new:
        return [*start, Part(f" {where}, as before.")]
    return [*start, Part(f" {where}; it was {row.old.lower()} before.")]


def _finding(row: Change) -> Sentence:
    whom = [Part(" about "), *names(row.organisations)] if row.organisations else []
    start = Part(f"{capfirst(row.new)} {row.finding.reference}", row.url)
    return [start, *whom, Part(f": {row.reason}")]


def _response(row: Change) -> Sentence:
    (organisation,) = row.organisations
    body = "The local policing body of " if row.who == Respondent.POLICING_BODY else ""
    thing = f"finding {row.finding.reference}" if row.finding else f"“{row.inspection}”"
    stance = next(one for one in Stance if one.label == row.new)
    return [
        Part(body),
        *names([organisation]),
        Part(" "),
        Part(stance.towards(thing), row.url),
        Part(f": {row.reason}"),
    ]


def _comments(row: Change) -> Sentence:
    return [
        Part("The local policing body of "),
        *names(row.organisations),
        Part(" published its "),
        Part(f"comments on “{row.inspection}”", row.url),
        Part("."),
    ]


def _of_action(row: Change) -> Sentence:
    action = Part(f"action {row.action.number} of “{row.action.plan}”", row.url)
    return [*names(row.organisations), Part(", "), action, Part(": ")]


def _progress(row: Change) -> Sentence:
    moved = f"{row.new}, before: {row.old}" if row.new != row.old else f"still {row.new}"
    return [*_of_action(row), Part(f"the force says {moved}. {row.reason}")]


def _due_date(row: Change) -> Sentence:
    was = date.fromisoformat(row.old)
    if not row.new:
        return [*_of_action(row), Part(f"due date {day(was)} taken away. Why: {row.reason}")]
    due = date.fromisoformat(row.new)
    apart = days_apart((due - was).days)
    moved = f"due date moved from {day(was)} to {day(due)} ({apart}), set by {row.who}"
    return [*_of_action(row), Part(f"{moved}. Why: {row.reason}")]


def _owner(row: Change) -> Sentence:
    old, new = (f"the {role}" if role else "nobody" for role in (row.old, row.new))
    return [*_of_action(row), Part(f"owned by {new}, before: {old}. Why: {row.reason}")]


def _confirmation(row: Change) -> Sentence:
    whom = [Part(" about "), *names(row.organisations)] if row.organisations else []
    before = f", before: {row.old}" if row.old else ""
    return [
        Part("The inspectorate on "),
        Part(f"finding {row.finding.reference}", row.url),
        *whom,
        Part(f": {row.new}{before}."),
    ]


def _monitoring(row: Change) -> Sentence:
    what = Part(row.new, f"{row.url}#monitoring")
    return [*names(row.organisations), Part(": "), what, Part(f". {row.reason}")]


def _correction(row: Change) -> Sentence:
    if row.fact == "confirmation":
        return _confirmation(row)
    if row.fact == "inspection":
        return [
            Part(f"“{row.inspection}”", row.url),
            Part(" was replaced by "),
            Part(f"“{row.other}”", row.other.get_absolute_url()),
            Part("."),
        ]
    reason = f": {lower_first(row.reason.rstrip('.'))}" if row.reason else ""
    grade = [*names(row.organisations), Part(", "), Part("grade", row.url)]
    if row.new == MissingReason.WITHDRAWN.label:
        first = f"; it was {row.old.lower()}" if row.old else ""
        return [*grade, Part(f" {_on_question(row)} withdrawn{first}{reason}.")]
    moved = f"corrected from {row.old.lower()} to {row.new.lower()}"
    return [*grade, Part(f" {_on_question(row)} {moved}{reason}.")]


def _organisation(row: Change) -> Sentence:
    (organisation,) = row.organisations
    name = Part(organisation.name, row.url)
    if row.fact == "beginning":
        rest = [Part("; it was split off from "), *names([row.other])] if row.other else []
        return [name, Part(" began"), *rest, Part(".")]
    rest = [Part("; it was succeeded by "), *names([row.other])] if row.other else []
    return [name, Part(" ended"), *rest, Part(".")]


SENTENCES: dict[ChangeKind, Callable[[Change], Sentence]] = {
    ChangeKind.INSPECTION: _inspection,
    ChangeKind.GRADING: _grading,
    ChangeKind.FINDING: _finding,
    ChangeKind.RESPONSE: _response,
    ChangeKind.COMMENTS: _comments,
    ChangeKind.PROGRESS: _progress,
    ChangeKind.DUE_DATE: _due_date,
    ChangeKind.OWNER: _owner,
    ChangeKind.CONFIRMATION: _confirmation,
    ChangeKind.MONITORING: _monitoring,
    ChangeKind.CORRECTION: _correction,
    ChangeKind.ORGANISATION: _organisation,
}
