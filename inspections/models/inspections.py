"""What was looked at, when, and how it was graded."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse

from forces.constraints import FormConstraintsMixin, of_our_time, slug_fits_addresses
from forces.models import Organisation, Region
from lib.audit.triggers import audited

from ..choices import Coverage, Grade, MissingReason, Precision, Scale
from ..constraints import cites_once
from ..dates import COMMENTS_WITHIN, comments_due, period
from .programmes import Programme, Question
from .sources import Citation, FactQuerySet


class InspectionQuerySet(FactQuerySet):
    """Inspections: public ones, in order, and those that need attention."""

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def published(self, at):
        """Inspections that the public may see at a moment; nothing else decides on embargoes."""
        return self.filter(public_at__lte=at)

    def newest_first(self):
        return self.order_by("-published_on", "slug")

    def relatives_of(self, inspection):
        """The inspection that this one supersedes, and the one that supersedes it."""
        return self.filter(Q(superseded_by=inspection) | Q(supersedes=inspection))

    def synthetic(self):
        return self.filter(region__is_synthetic=True)

    def awaiting_comments(self, on):
        """Inspections in the 56 days for comments, without a response from everyone they graded."""
        with_response = Inspection.objects.filter(
            pk=OuterRef("inspection"), responses__organisation=OuterRef("organisation")
        )
        silent = Grading.objects.filter(~Exists(with_response), inspection=OuterRef("pk"))
        return self.filter(
            Exists(silent), published_on__lte=on, published_on__gte=on - COMMENTS_WITHIN
        )


@audited()
class Inspection(FormConstraintsMixin, models.Model):
    """One inspection of a region's organisations or of all, and the publication that reports it."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="inspections")
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspections",
        help_text="Empty when national.",
    )
    title = models.CharField(max_length=300)
    slug = models.SlugField(max_length=100, unique=True)
    published_on = models.DateField()
    public_at = models.DateTimeField(
        "becomes public at",
        null=True,
        blank=True,
        help_text="Nothing of it shows before. Empty: not yet decided.",
    )
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        help_text="The inspection it replaces.",
    )
    follow_up = models.TextField(
        blank=True, help_text="What the inspectorate said it would do next."
    )
    findings_recorded = models.CharField(
        max_length=20,
        choices=Coverage,
        default=Coverage.GRADES_ONLY,
        help_text="How far its findings are entered here. Pages say 0 only where they are.",
    )

    objects = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_on", "slug"]
        constraints = [
            slug_fits_addresses("inspection"),
            *of_our_time("inspection", "published_on", moments=["public_at"]),
            models.CheckConstraint(
                condition=~Q(supersedes=F("id")),
                name="inspection_does_not_supersede_itself",
                violation_error_message="An inspection cannot supersede itself.",
            ),
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)

    natural_key.dependencies = ["inspections.programme", "forces.region"]

    def get_absolute_url(self):
        return reverse("inspections:inspection_detail", args=[self.slug])

    @property
    def comments_due_on(self):
        return comments_due(self.published_on)


@audited("inspection")
class InspectionCitation(Citation):
    """Where the facts about an inspection itself were read."""

    FACT = "inspection"
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("inspection")]


class FieldworkQuerySet(FactQuerySet):
    """Fieldwork of public inspections."""

    def get_by_natural_key(self, inspection, organisation):
        return self.get(inspection__slug=inspection, organisation__slug=organisation)

    def published(self, at):
        return self.filter(inspection__in=Inspection.objects.published(at))


@audited()
class Fieldwork(models.Model):
    """The fieldwork of one inspection in one organisation: how old its evidence is."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="fieldwork")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="fieldwork")
    fieldwork_from = models.DateField()
    fieldwork_to = models.DateField()
    precision = models.CharField(max_length=10, choices=Precision, default=Precision.DAY)
    caveat = models.TextField(blank=True, help_text="What other sources say of when it took place.")

    objects = FieldworkQuerySet.as_manager()

    class Meta:
        ordering = ["inspection", "organisation"]
        verbose_name = verbose_name_plural = "fieldwork"
        constraints = [
            *of_our_time("fieldwork", "fieldwork_from", "fieldwork_to"),
            models.UniqueConstraint(
                fields=["inspection", "organisation"],
                name="one_fieldwork_per_inspection_and_organisation",
                violation_error_message=(
                    "Fieldwork in this force or unit for this inspection is already recorded."
                ),
            ),
            models.CheckConstraint(
                condition=Q(fieldwork_to__gte=F("fieldwork_from")),
                name="fieldwork_ends_after_it_begins",
                violation_error_message="Fieldwork cannot end before it begins.",
            ),
        ]

    def __str__(self):
        return f"{self.organisation}, {self.period}"

    def natural_key(self):
        return (self.inspection.slug, self.organisation.slug)

    natural_key.dependencies = ["inspections.inspection", "forces.organisation"]

    @property
    def period(self):
        """Its dates in words."""
        return period(self.fieldwork_from, self.fieldwork_to, self.precision)


@audited("fieldwork")
class FieldworkCitation(Citation):
    """Where the dates of fieldwork were read."""

    FACT = "fieldwork"
    fieldwork = models.ForeignKey(Fieldwork, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("fieldwork")]


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

    def get_by_natural_key(self, inspection, organisation, programme, question):
        return self.get(
            inspection__slug=inspection,
            organisation__slug=organisation,
            question__programme__slug=programme,
            question__slug=question,
        )

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
        return self.order_by("-inspection__published_on", "question__position", "-id")

    def headline(self):
        """Each organisation's newest grading on the headline question."""
        return (
            self.filter(question__is_headline=True)
            .order_by("organisation_id", "-inspection__published_on", "-id")
            .distinct("organisation_id")
        )

    def for_comparison(self):
        """Each organisation's headline grading, with everything that a page shows."""
        return self.headline().for_display().prefetch_related("citations")


@audited()
class Grading(models.Model):
    """The judgment on one question about one organisation, or the reason why there is none."""

    # For one that is not saved: the gradings of what came before an organisation without its own.
    before = ()

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="gradings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="gradings")
    question = models.ForeignKey(Question, models.PROTECT, related_name="gradings")
    grade = models.PositiveSmallIntegerField(choices=Grade, null=True, blank=True)
    missing_reason = models.CharField(max_length=20, choices=MissingReason, blank=True)
    is_carried_forward = models.BooleanField("carried forward", default=False)
    not_comparable_because = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why it cannot be compared with the one before; empty when it can.",
    )

    objects = GradingQuerySet.as_manager()

    class Meta:
        ordering = ["-inspection__published_on", "organisation", "question"]
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
        ]

    def __str__(self):
        return f"{self.organisation}: {self.judgment}"

    def natural_key(self):
        return (
            *self.inspection.natural_key(),
            *self.organisation.natural_key(),
            *self.question.natural_key(),
        )

    natural_key.dependencies = [
        "inspections.inspection",
        "inspections.question",
        "forces.organisation",
    ]

    def clean(self):
        if self.question_id is None or self.inspection_id is None:
            return
        if self.question.programme_id != self.inspection.programme_id:
            raise ValidationError({"question": "This question belongs to another programme."})
        if self.grade is not None and self.grade not in self.scale.grades:
            raise ValidationError({"grade": "This programme's scale does not have this grade."})

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

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("grading")]
