"""Gradings: a row for each, or a row for each force or unit and a column for each question."""

import re

from forces.models import Organisation
from forces.resources import OrganisationWidget
from lib.imports import kinds
from lib.imports.records import KindTable, Record
from lib.imports.resources import Column
from lib.imports.runs import Run
from lib.imports.wide import WideCell, unfold
from lib.imports.widgets import ChoiceWidget
from lib.lists.columns import column
from lib.sheets.cells import Row
from lib.sheets.values import match_key, parse_date

from ..choices import MissingReason
from ..models import Grading, GradingCitation, Inspection, Programme
from .inspections import INSPECTION, ORGANISATION
from .programmes import GRADE, QuestionWidget
from .sources import CitingResource

# "Investigating crime (PEEL 2023-25, 12 June 2025)"
QUESTION_OF = re.compile(r"(?P<question>.+?)\s*\((?P<programme>[^()]+),\s*(?P<date>[^(),]+)\)")


@kinds.register("gradings", after=("inspections", "questions"))
class GradingResource(CitingResource):
    """Gradings, each with its source."""

    key = ("inspection", "organisation", "question")
    within = "inspection"
    citation_model, citation_fact = GradingCitation, "grading"
    derived = (
        column("programme", "question__programme__slug", "The programme of inspections.", "code"),
    )
    further_links = ((("programme", "question"), "questions", ("programme", "question")),)

    inspection = Column(widget=INSPECTION, example="soc-south-west-2025")
    organisation = Column(widget=ORGANISATION, example="wiltshire")
    question = Column(
        widget=QuestionWidget(),
        help="The question by its name, short name or another wording.",
        example="Tackling serious and organised crime",
    )
    grade = Column(widget=GRADE, help="Blank where there is none.", example="Adequate")
    missing_reason = Column(help="Why there is no grade.")
    certainty = Column(help="Whether a source says it, or it was worked out.", example="read")
    carried_forward = Column("is_carried_forward", example="no")
    note = Column()
    not_comparable_because = Column()
    first_grade = Column(widget=GRADE)
    corrected_on = Column()
    correction_reason = Column()
    grade_given = Column(
        widget=GRADE,
        of_citation=True,
        help="The grade that this source gives, where it is another.",
    )
    citation_note = Column("note", of_citation=True)

    class Meta:
        model = Grading

    def needs_source(self, record: Record) -> bool:
        """A grade that no source gives has none."""
        return record.instance.missing_reason != MissingReason.NOT_FOUND

    @classmethod
    def accepts(cls, heading: str) -> bool:
        return QUESTION_OF.fullmatch(heading) is not None

    @classmethod
    def recognises(cls, headings: list[str]) -> bool:
        return "organisation" in map(match_key, headings) and any(map(cls.accepts, headings))

    def unfold(self, table: KindTable, run: Run) -> KindTable:
        """A row for each grade of a wide sheet."""
        questions = {}
        for heading, index in table.others.items():
            parts = QUESTION_OF.fullmatch(heading)
            programme = run.rows(Programme, ("slug", "name", "short_name")).find(
                parts["programme"].strip()
            )
            questions[index] = (parts["question"], programme, parts["date"])
        if not questions:
            return table
        reasons = ChoiceWidget(MissingReason).by_word
        widget, names = OrganisationWidget(), {}

        def read(row: Row, index: int) -> dict[str, WideCell]:
            question, programme, date = questions[index]
            named = row.cell(table.columns["organisation"]).value
            if named not in names:
                try:
                    names[named] = widget.clean(named, run=run)
                except ValueError:
                    names[named] = None
            inspection, problem = self.inspection_of(programme, date, names[named], run)
            reason = reasons.get(match_key(row.cell(index).value))
            return {
                "inspection": WideCell(inspection, problem),
                "question": WideCell(question),
                ("missing_reason" if reason else "grade"): WideCell(row.cell(index).value),
            }

        return unfold(table, list(self.fields), questions, read)

    def inspection_of(
        self, programme: list[Programme], date: str, organisation: Organisation | None, run: Run
    ) -> tuple[str | None, str | None]:
        """The short name of a programme's inspection of a force or unit; or what is wrong."""
        if len(programme) != 1:
            return None, "The heading names no programme that is recorded here."
        try:
            published = parse_date(date)
        except ValueError as error:
            return None, f"The date of the heading cannot be taken: {error}"
        if organisation is None:
            return None, ""  # which is said of its own cell
        by_programme = run.cache.setdefault((Inspection, "by programme"), {})
        if programme[0].pk not in by_programme:
            stored = Inspection.objects.filter(programme=programme[0].pk)
            new = [i for i in run.created(Inspection) if i.programme_id == programme[0].pk]
            by_programme[programme[0].pk] = [*stored, *new]
        found = [
            inspection
            for inspection in by_programme[programme[0].pk]
            if (inspection.published_on, inspection.published_precision) == tuple(published)
            and (
                inspection.organisation_id == organisation.pk
                or (
                    inspection.organisation_id is None
                    and inspection.region_id in (None, organisation.region_id)
                )
            )
        ]
        if len(found) == 1:
            return found[0].slug, None
        return None, (
            f"No inspection of {programme[0]} on this date is recorded for {organisation}."
            if not found
            else "More than one inspection fits this heading. Use a row for each grading."
        )
