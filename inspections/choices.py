"""Grades, reasons for having none, and kinds of source."""

from collections.abc import Iterable

from django.db.models import IntegerChoices, TextChoices

from forces.choices import Slugged


class SourceKind(Slugged, TextChoices):
    """Who publishes a source."""

    INSPECTORATE = "inspectorate", "inspectorate’s page or report"
    PRESS = "press", "press"
    ORGANISATION = "organisation", "statement by a force, unit or commissioner"
    COMMITTEE = "committee", "committee paper"
    GOVERNMENT = "government", "government notice"
    LEGISLATION = "legislation", "legislation"


class Attribution(TextChoices):
    """Whose words a source gives for a fact."""

    INSPECTORATE = "inspectorate", "the inspectorate’s words"
    PRESS = "press", "press paraphrase"
    ORGANISATION = "organisation", "claimed by the force or unit"
    COMMISSIONER = "commissioner", "claimed by the commissioner"
    GOVERNMENT = "government", "the government’s words"


class Grade(Slugged, IntegerChoices):
    """The judgments a graded question may get, worst first: an order, never a quantity."""

    INADEQUATE = 1, "Inadequate"
    REQUIRES_IMPROVEMENT = 2, "Requires improvement"
    ADEQUATE = 3, "Adequate"
    GOOD = 4, "Good"
    OUTSTANDING = 5, "Outstanding"

    @property
    def letters(self) -> str:
        """Its initials, where there is no room for its name: a key stands beside them."""
        return "".join(word[0] for word in self.label.split()).upper()

    @property
    def short(self) -> str:
        """Its name as it fits in a narrow column: a key stands beside it."""
        return {Grade.REQUIRES_IMPROVEMENT: "Requires imp."}.get(self, self.label)


class Scale(TextChoices):
    """Which grades a programme uses; grades of different scales cannot be compared."""

    FIVE = "five", "five levels, since 2021/22"
    FOUR = "four", "four levels, before 2021/22"

    @property
    def grades(self) -> list[Grade]:
        """The scale's grades, worst first."""
        return [grade for grade in Grade if self is Scale.FIVE or grade is not Grade.ADEQUATE]


class MissingReason(Slugged, TextChoices):
    """Why there is no grade."""

    NOT_INSPECTED = "not_inspected", "not inspected"
    NOT_GRADED = "not_graded", "not graded"
    NOT_ASKED = "not_asked", "not asked in this cycle"
    CARRIED_FORWARD = "carried_forward", "carried forward"
    NOT_FOUND = "not_found", "not found in our sources"
    WITHDRAWN = "withdrawn", "withdrawn"
    DID_NOT_EXIST = "did_not_exist", "did not exist then"
    SOURCES_DIFFER = "sources_differ", "sources differ"

    @property
    def sign(self) -> str:
        """A sign for it in a crowded table: a key stands beside it."""
        return REASON_SIGNS[self]


REASON_SIGNS = dict(zip(MissingReason, "×□–←·‡∅≠", strict=True))
# What a reason says when a question has no grade because nobody asked it of that force.
NOT_GRADED_REASONS = (
    MissingReason.NOT_INSPECTED,
    MissingReason.NOT_GRADED,
    MissingReason.NOT_ASKED,
)


class Certainty(Slugged, TextChoices):
    """How a grade is known."""

    READ = "read", "read in a source"
    INFERRED = "inferred", "worked out, not read"


class QuestionPart(TextChoices):
    """What place a question has in its programme."""

    PILLAR = "pillar", "pillar"
    QUESTION = "question", "question"
    OVERALL = "overall", "overall judgment"
    NARRATIVE = "narrative", "described in words, not graded"


class MonitoringKind(Slugged, TextChoices):
    """What happened to an organisation between inspections."""

    ENGAGE_IN = "engage_in", "moved into Engage"
    ENGAGE_OUT = "engage_out", "moved out of Engage"
    ENGAGE_REPORTED = "engage_reported", "Engage, as others report it"
    CAUSE_OPENED = "cause_opened", "cause of concern opened"
    CAUSE_CLOSED = "cause_closed", "cause of concern closed"
    REVISIT = "revisit", "revisit or review"
    REPORT = "report", "report published"
    REGRADED = "regraded", "graded again"
    PERFORMANCE = "performance", "performance reported"
    OVERSIGHT = "oversight", "oversight meeting or evidence"
    REFORM = "reform", "police reform"


class Coverage(Slugged, TextChoices):
    """How far the findings of an inspection are recorded here."""

    WHOLE = "whole", "in full"
    IN_PART = "in_part", "in part"
    GRADES_ONLY = "grades_only", "not recorded here, only grades"

    @classmethod
    def together(cls, coverages: Iterable[str]) -> "Coverage":
        """How far the findings of several inspections are recorded, taken together."""
        found = set(coverages) or {cls.GRADES_ONLY}
        return cls(found.pop()) if len(found) == 1 else cls.IN_PART


class Precision(TextChoices):
    """How exact a source is about a date."""

    DAY = "day", "to the day"
    MONTH = "month", "to the month"
    YEAR = "year", "to the year"
