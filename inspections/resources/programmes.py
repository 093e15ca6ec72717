"""Strands, programmes, their questions and the meanings of grades."""

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Model, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.utils.text import get_text_list

from lib.imports import kinds
from lib.imports.problems import CellError
from lib.imports.reading import Reader
from lib.imports.records import Record
from lib.imports.resources import Column, SheetResource
from lib.imports.runs import Run
from lib.imports.widgets import ChoiceWidget, RowWidget, TextWidget
from lib.sheets.values import match_key, split_list

from ..choices import Grade, QuestionPart
from ..models import GradeMeaning, Programme, Question, Strand

PROGRAMME = RowWidget(Programme, "slug", "name", "short_name")
GRADE = ChoiceWidget(Grade, by_label=True)


class LinesWidget(TextWidget):
    """Texts with semicolons between them, kept one a line."""

    mend = "Put semicolons between several wordings."

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: Run | None = None
    ) -> str:
        return "\n".join(split_list(value))

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        return ";".join((value or "").splitlines())


class QuestionWidget(RowWidget):
    """A cell that names a question of the row's inspection's programme, by any of its wordings."""

    depends_on_row = True

    def __init__(self) -> None:
        super().__init__(Question)

    def prepare(self, values: Iterable[object], run: Run) -> None:
        """Questions are read by programme, when one is first named."""

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: Run | None = None
    ) -> Question:
        inspection = (row or {}).get("inspection")
        if not getattr(inspection, "programme_id", None):
            raise CellError("")  # what is wrong with the inspection is said there
        wordings = self.wordings(inspection.programme_id, run)
        word = match_key(value)
        if word in wordings:
            return wordings[word]
        near = [wordings[text].name for text in get_close_matches(word, wordings, 3)]
        names = list(dict.fromkeys(near)) or [
            question.name for question in dict.fromkeys(wordings.values())
        ]
        raise CellError(
            f"{inspection.programme} asks no such question.",
            f"Did you mean {get_text_list(names)}?",
        )

    def wordings(self, programme: int, run: Run) -> dict[str, Question]:
        """The questions of a programme by each of their wordings, those of this run too."""
        known = run.cache.get(QuestionWidget)
        if known is None:
            known = run.cache[QuestionWidget] = {}
            stored = Question.objects.select_related("programme")
            for question in (*stored, *run.created(Question)):
                of_programme = known.setdefault(question.programme_id, {})
                for text in (question.slug, *question.wordings):
                    of_programme.setdefault(match_key(text), question)
        return known.get(programme, {})


@kinds.register("strands")
class StrandResource(SheetResource):
    """Strands: subjects that questions ask about, cycle after cycle."""

    key = ("strand",)

    strand = Column("slug", help="Its short name in addresses.", example="investigating-crime")
    name = Column(example="Investigating crime")
    position = Column(example="2")
    description = Column()

    class Meta:
        model = Strand


@kinds.register("programmes")
class ProgrammeResource(SheetResource):
    """Programmes of inspections."""

    key = ("programme",)

    programme = Column("slug", help="Its short name in addresses.", example="peel-2023-25")
    name = Column(example="PEEL 2023-25")
    short_name = Column(example="PEEL 2023-25")
    scale = Column(help="How many levels its grades have.", example="five")
    description = Column()
    follows = Column(widget=PROGRAMME)
    not_comparable_because = Column()
    first_year = Column(example="2023")

    class Meta:
        model = Programme


@kinds.register("questions", after=("programmes", "strands"))
class QuestionResource(SheetResource):
    """The questions that a programme asks."""

    key = ("programme", "question")
    within = "programme"

    programme = Column(widget=PROGRAMME, example="peel-2023-25")
    question = Column("slug", help="Its short name.", example="investigating-crime")
    name = Column(example="Investigating crime")
    position = Column(example="4")
    part = Column(help="Its place in the programme.", example="question")
    strand = Column(widget=RowWidget(Strand, "slug", "name"), example="investigating-crime")
    headline = Column("is_headline", example="no")
    also_written = Column(
        widget=LinesWidget(),
        help="Other wordings that sources use, with semicolons between them.",
        example="Investigating offences;Investigations",
    )

    class Meta:
        model = Question

    def expression_also_written(self) -> Combinable:
        texts = ArrayField(TextField())
        lines = F("also_written"), Value("\n")
        return Func(*lines, function="string_to_array", output_field=texts)

    def complete(self, record: Record, reader: Reader) -> None:
        """What is only described in words has no grade."""
        question = record.instance
        is_graded = question.part != QuestionPart.NARRATIVE
        may_change = record.original is None or "part" in record.changed_fields
        if may_change and question.is_graded != is_graded:
            question.is_graded = is_graded
            record.changed_fields.add("is_graded")


@kinds.register("grade_meanings")
class GradeMeaningResource(SheetResource):
    """What each grade means on each scale."""

    key = ("scale", "grade")

    scale = Column(example="five")
    grade = Column(widget=GRADE, example="Good")
    meaning = Column(example="Shows substantially all the characteristics of good.")

    class Meta:
        model = GradeMeaning

    def public_rows(self, at: datetime) -> QuerySet:
        """All: they are of no inspection."""
        return GradeMeaning.objects.order_by("pk")
