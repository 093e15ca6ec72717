"""Rows about one inspection: how it graded whom, and the comments on it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from forces.models import Organisation
from forces.summaries import Succession, descendants

from ..choices import MissingReason
from ..models import Fieldwork, Grading, Inspection, PolicingBodyComment, Question
from .headline import nearest


class OrganisationGradings(NamedTuple):
    """An organisation in one inspection: its fieldwork, and its gradings in question order."""

    organisation: Organisation
    fieldwork: Fieldwork | None
    gradings: list[Grading]


def gradings_by_organisation(
    inspection: Inspection, questions: Sequence[Question]
) -> list[OrganisationGradings]:
    """One row for each organisation that the inspection visited or graded, the unit first.

    For a question without a grading there is an unsaved one, which says that none was found.
    """
    gradings = {
        (grading.organisation_id, grading.question_id): grading
        for grading in inspection.gradings.for_display()
        .select_related("organisation__region", "question__programme", "question__strand")
        .prefetch_related("citations")
    }
    fieldwork = {
        fieldwork.organisation_id: fieldwork
        for fieldwork in inspection.fieldwork.select_related(
            "organisation__region"
        ).prefetch_related("citations")
    }
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
    inspection: Inspection, organisations: Iterable[Organisation], on: date
) -> CommentsClock | None:
    """The comments of the local policing bodies of those of these organisations that are forces.

    None where no last day for them is known. If there is only a regional unit, they are those of
    all forces that commented.
    """
    due_on = inspection.comments_due_on
    if due_on is None:
        return None
    forces = [organisation for organisation in organisations if not organisation.is_unit]
    comments = list(inspection.policing_body_comments.select_related("organisation", "inspection"))
    found = [row for row in comments if not forces or row.organisation in forces]
    with_comments = {row.organisation for row in found}
    return CommentsClock(
        due_on,
        due_on + timedelta(days=1) if due_on < on else None,
        found,
        [force for force in forces if force not in with_comments],
    )
