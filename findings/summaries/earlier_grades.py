"""What a force was graded before on the same question, and whether the two can be compared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Q

from inspections.models import Grading, Inspection, Programme
from inspections.summaries import break_between, cycles_of, placed_on
from lib.lists.postings import AnyOf


def any_of(column: str, values: Iterable[int]) -> AnyOf:
    """The condition that a column has one of these values; with none, it is asked all the same."""
    return AnyOf(F(column), list(values))


class EarlierGrade(NamedTuple):
    """The grade before another one; `break_reason` says why the two cannot be compared."""

    grade: str
    inspection: Inspection
    break_reason: str


def earlier_grades(ids: Sequence[int], at: datetime) -> dict[int, EarlierGrade]:
    """The public grade before each of these gradings, by its id; three queries.

    That is the newest one on the same question, or on the same strand in another cycle. Where an
    inspection asked several questions on the strand, none of another cycle is the one before.
    """
    graded = list(
        Grading.objects.filter(any_of("pk", ids))
        .order_by()
        .select_related("inspection", "question__programme")
    )
    strands = {one.question.strand_id for one in graded} - {None}
    questions = {one.question_id for one in graded}
    same = Q(any_of("question_id", questions)) | Q(any_of("question__strand_id", strands))
    others = defaultdict(list)
    candidates = Grading.objects.published(at).filter(
        same,
        any_of("organisation_id", {one.organisation_id for one in graded}),
        grade__isnull=False,
        is_carried_forward=False,
    )
    for one in candidates.order_by().select_related("inspection", "question__programme"):
        others[one.organisation_id].append(one)
    cycles = cycles_of(Programme.objects.all())
    found = {}
    for grading in graded:
        before = grade_before(grading, others[grading.organisation_id])
        if before:
            reason = break_between(before, grading, cycles)
            found[grading.pk] = EarlierGrade(before.get_grade_display(), before.inspection, reason)
    return found


def grade_before(grading: Grading, others: Sequence[Grading]) -> Grading | None:
    """The one of these gradings of its organisation that came before it, if one did."""
    question = grading.question

    def is_same(one: Grading) -> bool:
        strand = one.question.strand_id
        return one.question_id == question.pk or (strand and strand == question.strand_id)

    those = [one for one in others if is_same(one) and placed_on(one) < placed_on(grading)]
    if not those:
        return None
    newest = max(those, key=placed_on).inspection_id
    last = [one for one in those if one.inspection_id == newest]
    exact = [one for one in last if one.question_id == question.pk]
    own = [one for one in others if one.inspection_id == grading.inspection_id and is_same(one)]
    if exact or (len(last) == 1 and len(own) <= 1):
        return (exact or last)[0]
    return None
