"""Rows about one inspection: how it graded whom, and the comments on it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from forces.models import Organisation
from forces.summaries import Succession, descendants
from lib.lists.freshness import until_changed

from ..choices import MissingReason
from ..models import Fieldwork, Grading, Inspection, PolicingBodyComment, Question
from .headline import nearest


class OrganisationGradings(NamedTuple):
    """An organisation in one inspection: its fieldwork, and its gradings in question order."""

    organisation: Organisation
    fieldwork: Fieldwork | None
    gradings: list[Grading]


@until_changed
def inspection_called(at: datetime, slug: str) -> Inspection | None:
    """The public inspection with a slug."""
    inspections = Inspection.objects.published(at).filter(slug=slug)
    inspections = inspections.select_related("programme", "region", "organisation")
    return inspections.prefetch_related("citations").first()


@until_changed
def relatives_of(at: datetime, inspection: int) -> list[Inspection]:
    """The public inspection that the one with this id supersedes, and that which supersedes it."""
    return list(Inspection.objects.published(at).relatives_of(inspection))


@until_changed
def questions_of(at: datetime, programme: int) -> list[Question]:
    """The public questions of the programme with this id, in its order."""
    return list(Question.objects.published(at).filter(programme=programme).order_by("position"))


@until_changed
def gradings_and_fieldwork(at: datetime, inspection: int) -> tuple[list[Grading], list[Fieldwork]]:
    """The gradings and the fieldwork of the inspection with this id."""
    gradings = Grading.objects.filter(inspection=inspection).for_display()
    gradings = gradings.select_related("organisation__region", "question__strand")
    fieldwork = Fieldwork.objects.filter(inspection=inspection)
    fieldwork = fieldwork.select_related("organisation__region")
    return tuple(list(rows.prefetch_related("citations")) for rows in (gradings, fieldwork))


@until_changed
def comments_on(at: datetime, inspection: int) -> list[PolicingBodyComment]:
    """The comments of local policing bodies on the inspection with this id."""
    comments = PolicingBodyComment.objects.filter(inspection=inspection)
    return list(comments.select_related("organisation", "inspection", "source"))


def gradings_by_organisation(
    inspection: Inspection, questions: Sequence[Question], at: datetime
) -> list[OrganisationGradings]:
    """One row for each organisation that the inspection visited or graded, the unit first.

    For a question without a grading there is an unsaved one, which says that none was found.
    """
    found, visits = gradings_and_fieldwork(at, inspection.pk)
    gradings = {(grading.organisation_id, grading.question_id): grading for grading in found}
    fieldwork = {fieldwork.organisation_id: fieldwork for fieldwork in visits}
    organisations = {fact.organisation for fact in [*gradings.values(), *fieldwork.values()]}
    return [
        OrganisationGradings(
            organisation,
            fieldwork.get(organisation.pk),
            [
                gradings.get((organisation.pk, question.pk))
                or Grading(
                    inspection=inspection,
                    organisation=organisation,
                    question=question,
                    missing_reason=MissingReason.NOT_FOUND,
                )
                for question in questions
            ],
        )
        for organisation in sorted(
            organisations,
            key=lambda organisation: (not organisation.is_unit, organisation.short_name),
        )
    ]


def gradings_of_successors(
    rows: Sequence[OrganisationGradings],
    questions: Sequence[Question],
    successions: Sequence[Succession],
) -> list[OrganisationGradings]:
    """A row for each organisation that these became since: it did not exist then.

    Its unsaved gradings have those of the organisations before it.
    """
    inspected = {row.organisation: row for row in rows}
    later = []
    for organisation in descendants(inspected, successions):
        if organisation.valid_from is None:
            continue
        gradings = []
        for place, question in enumerate(questions):
            grading = Grading(
                organisation=organisation,
                question=question,
                missing_reason=MissingReason.DID_NOT_EXIST,
            )
            then = {row.organisation: row.gradings[place] for row in rows}
            grading.before = nearest(organisation, successions, then)
            gradings.append(grading)
        later.append(OrganisationGradings(organisation, None, gradings))
    return later


class CommentsClock(NamedTuple):
    """Local policing bodies' comments on an inspection: their last day, and those found.

    `missing` has the forces for which none were found; `late_since` is empty until they are late.
    """

    due_on: date
    late_since: date | None
    found: list[PolicingBodyComment]
    missing: list[Organisation]

    @property
    def is_over(self) -> bool:
        """Whether the last day has passed."""
        return self.late_since is not None


def comments_clock(
    inspection: Inspection, organisations: Iterable[Organisation], on: date, at: datetime
) -> CommentsClock | None:
    """The comments of the local policing bodies of those of these organisations that are forces.

    None where no last day for them is known. If there is only a regional unit, they are those of
    all forces that commented.
    """
    due_on = inspection.comments_due_on
    if due_on is None:
        return None
    forces = [organisation for organisation in organisations if not organisation.is_unit]
    comments = comments_on(at, inspection.pk)
    found = [row for row in comments if not forces or row.organisation in forces]
    with_comments = {row.organisation for row in found}
    return CommentsClock(
        due_on,
        due_on + timedelta(days=1) if due_on < on else None,
        found,
        [force for force in forces if force not in with_comments],
    )
