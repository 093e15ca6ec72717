"""Gradings: the judgments of inspections, and why there is none."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, Value, Window
from django.db.models.functions import Coalesce, Rank

from forces.constraints import of_our_time
from forces.models import Organisation
from lib.audit.triggers import audited

from ..choices import Certainty, Grade, MissingReason, Scale
from ..constraints import cites_once
from ..dates import period
from .inspections import Fieldwork, Inspection
from .programmes import Question
from .sources import Citation, FactQuerySet


def new_year(year):
    """The first day of a year, as the database sees it."""
    return Func(year, Value(1), Value(1), function="make_date", output_field=models.DateField())


# The day by which gradings are put in order: of publication, or where no source dates it, the
# last on which it may have been: when the next cycle began, or two years after its own did.
PLACED_ON = Coalesce(
    "inspection__published_on",
    new_year(F("inspection__programme__followed_by__first_year")),
    new_year(F("inspection__programme__first_year") + 2),
)


class GradingQuerySet(FactQuerySet):
    """Gradings: public ones, headline gradings, and those that need attention."""

    def uncited(self):
        """Gradings without a source, except those that no source gives."""
        return super().uncited().exclude(missing_reason=MissingReason.NOT_FOUND)

    def without_cause_of_concern(self):
        """Inadequate gradings without a cause of concern for their organisation or its region."""
        causes = Inspection.objects.filter(
            pk=OuterRef("inspection"), findings__kind="cause_of_concern"
        )
        own = causes.filter(
            Q(findings__organisations=OuterRef("organisation")) | Q(findings__is_region_wide=True)
        )
        return self.filter(~Exists(own), grade=Grade.INADEQUATE)

    def published(self, at):
        return self.filter(inspection__in=Inspection.objects.published(at))

    def for_display(self):
        """Gradings with what is shown beside a grade: organisation, question, scale, fieldwork."""
        fieldwork = Fieldwork.objects.filter(
            inspection=OuterRef("inspection"), organisation=OuterRef("organisation")
        )
        return self.select_related("inspection", "organisation", "question__programme").annotate(
            fieldwork_from=Subquery(fieldwork.values("fieldwork_from")),
            fieldwork_to=Subquery(fieldwork.values("fieldwork_to")),
            fieldwork_precision=Subquery(fieldwork.values("precision")),
            fieldwork_caveat=Subquery(fieldwork.values("caveat")),
        )

    def newest_first(self):
        """The newest first; those without a date last."""
        return self.order_by(
            F("inspection__published_on").desc(nulls_last=True), "question__position", "-id"
        )

    def newest(self):
        """Each organisation's newest grading on each question."""
        newest_first = F("inspection__published_on").desc(nulls_last=True)
        return self.order_by("organisation_id", "question_id", newest_first, "-id").distinct(
            "organisation_id", "question_id"
        )

    def newest_on_strand(self):
        """The newest grades of each organisation on each strand: those of one inspection."""
        place = Window(
            Rank(),
            partition_by=["organisation", "question__strand"],
            order_by=[PLACED_ON.desc(nulls_last=True), F("inspection").desc()],
        )
        graded = self.filter(grade__isnull=False, question__strand__isnull=False)
        return self.filter(pk__in=graded.annotate(place=place).filter(place=1).values("pk"))

    def headline(self, question=None):
        """Each organisation's newest grading on a question: if none is given, the headline one."""
        chosen = {"question__is_headline": True} if question is None else {"question": question}
        return self.filter(**chosen).newest()

    def for_comparison(self, question=None):
        """Each organisation's headline grading, with everything that a page shows."""
        return self.headline(question).for_display().prefetch_related("citations")


@audited()
class Grading(models.Model):
    """The judgment on one question about one organisation, or the reason why there is none."""

    # For one that is not saved: the gradings of what came before an organisation without its own.
    before = ()

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="gradings")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="gradings", verbose_name="force or unit"
    )
    question = models.ForeignKey(Question, models.PROTECT, related_name="gradings")
    grade = models.PositiveSmallIntegerField(choices=Grade, null=True, blank=True)
    missing_reason = models.CharField(max_length=20, choices=MissingReason, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.READ)
    is_carried_forward = models.BooleanField("carried forward", default=False)
    note = models.TextField(
        blank=True, help_text="How it was worked out, or what stands behind it."
    )
    first_grade = models.PositiveSmallIntegerField(
        choices=Grade,
        null=True,
        blank=True,
        help_text="The grade as first published, where it was corrected or withdrawn later.",
    )
    corrected_on = models.DateField(null=True, blank=True)
    correction_reason = models.CharField("why it was corrected", max_length=300, blank=True)
    not_comparable_because = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why it cannot be compared with the one before; empty when it can.",
    )

    objects = GradingQuerySet.as_manager()

    class Meta:
        ordering = [
            F("inspection__published_on").desc(nulls_last=True),
            "organisation",
            "question",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "organisation", "question"],
                name="one_grading_per_inspection_organisation_and_question",
                violation_error_message=(
                    "The grading of this force or unit on this question is already recorded."
                ),
            ),
            models.CheckConstraint(
                condition=Q(grade__isnull=False, missing_reason="")
                | Q(grade__isnull=True) & ~Q(missing_reason=""),
                name="a_grade_or_a_reason_why_not",
                violation_error_message=(
                    "Give a grade, or the reason why there is none: exactly one of the two."
                ),
            ),
            models.CheckConstraint(
                condition=Q(grade__isnull=True) | Q(grade__in=Grade.values),
                name="grade_is_on_a_scale",
                violation_error_message="This grade is on no scale.",
            ),
            models.CheckConstraint(
                condition=Q(certainty=Certainty.READ) | ~Q(note=""),
                name="an_inferred_grade_says_how",
                violation_error_message="Say in the note how the grade was worked out.",
            ),
            models.CheckConstraint(
                condition=Q(
                    first_grade__isnull=True, corrected_on__isnull=True, correction_reason=""
                )
                | Q(first_grade__isnull=False, first_grade__in=Grade.values)
                & (Q(grade__isnull=False) | Q(missing_reason=MissingReason.WITHDRAWN))
                & ~Q(first_grade=F("grade"))
                & ~Q(correction_reason=""),
                name="a_corrected_grade_says_from_what_and_why",
                violation_error_message=(
                    "For a corrected or withdrawn grade give the grade as first published and why "
                    "that was."
                ),
            ),
            *of_our_time("grading", "corrected_on"),
        ]

    def __str__(self):
        return f"{self.organisation}: {self.judgment}"

    def clean(self):
        if self.question_id is None or self.inspection_id is None:
            return
        if self.question.programme_id != self.inspection.programme_id:
            raise ValidationError({"question": "This question belongs to another programme."})
        for field in ("grade", "first_grade"):
            value = getattr(self, field)
            if value is not None and value not in self.scale.grades:
                raise ValidationError({field: "This programme's scale does not have this grade."})

    @property
    def scale(self):
        return Scale(self.question.programme.scale)

    @property
    def judgment(self):
        """The grade as a word, or why there is none."""
        return (
            self.get_grade_display()
            if self.grade is not None
            else self.get_missing_reason_display()
        )

    @property
    def grade_slug(self):
        """The slug of the grade, or of the reason why there is none."""
        return (
            Grade(self.grade).slug
            if self.grade is not None
            else MissingReason(self.missing_reason).slug
        )

    @property
    def response(self):
        """The organisation's newest response to the report; needs `own_responses`.

        These are the responses that organisations gave themselves, the newest last, on each
        inspection.
        """
        own = [
            response
            for response in self.inspection.own_responses
            if response.organisation_id == self.organisation_id
        ]
        return own[-1] if own else None

    @property
    def is_inferred(self):
        return self.certainty == Certainty.INFERRED

    @property
    def conflicting(self):
        """The citations that give another grade; needs `citations`."""
        return [citation for citation in self.citations.all() if citation.grade_given is not None]

    @property
    def steps(self):
        """The scale's steps, worst first, true at this grade; empty without a grade."""
        return (
            [grade == self.grade for grade in self.scale.grades] if self.grade is not None else []
        )

    @property
    def fieldwork(self):
        """The dates of its fieldwork in words; empty where not known. Needs `for_display()`."""
        return period(self.fieldwork_from, self.fieldwork_to, self.fieldwork_precision)


@audited("grading")
class GradingCitation(Citation):
    """Where a grading was read."""

    FACT = "grading"
    grading = models.ForeignKey(Grading, models.CASCADE, related_name="citations")
    grade_given = models.PositiveSmallIntegerField(
        choices=Grade,
        null=True,
        blank=True,
        help_text="The grade that this source gives, where it is another.",
    )
    note = models.TextField(blank=True, help_text="What this source says besides.")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [
            cites_once("grading"),
            models.CheckConstraint(
                condition=Q(grade_given__isnull=True) | Q(grade_given__in=Grade.values),
                name="grade_given_is_on_a_scale",
                violation_error_message="This grade is on no scale.",
            ),
        ]
