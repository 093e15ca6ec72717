"""What was looked at, when, and how it was graded."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery

from forces.addresses import page_address
from forces.constraints import FormConstraintsMixin, of_our_time, slug_fits_addresses
from forces.models import Organisation, Region
from lib.audit.triggers import audited

from ..choices import Coverage, Precision
from ..constraints import cites_once
from ..dates import COMMENTS_WITHIN, comments_due, day, iso, month, period
from .programmes import Programme
from .sources import Citation, FactQuerySet

NO_DATE = "on a date not found in our sources"
NEWEST_FIRST = (
    F("published_on").desc(nulls_last=True),
    F("programme__first_year").desc(nulls_last=True),
)


class InspectionQuerySet(FactQuerySet):
    """Inspections: public ones, in order, and those that need attention."""

    def published(self, at):
        """Inspections that the public may see at a moment; nothing else decides on embargoes."""
        return self.filter(public_at__lte=at)

    def embargoed(self, at):
        """All others."""
        return self.exclude(public_at__lte=at)

    def newest_first(self):
        """The newest first; those without a date last, by their programme's first year."""
        return self.order_by(*NEWEST_FIRST, "slug")

    def relatives_of(self, inspection):
        """The inspection that this one supersedes, and the one that supersedes it."""
        return self.filter(Q(superseded_by=inspection) | Q(supersedes=inspection))

    def slug_of_replacement(self, path="inspection"):
        """The slug of the one of these that supersedes the inspection at a path of a row."""
        rows = self.filter(supersedes=OuterRef(path)).order_by()
        return Subquery(rows.values("slug")[:1])

    def synthetic(self):
        return self.filter(region__is_synthetic=True)

    def awaiting_comments(self, on):
        """Inspections in the 56 days for comments, without a response from everyone they graded."""
        itself = Q(responses__organisation=F("gradings__organisation"))
        return (
            self.filter(
                published_on__lte=on,
                published_on__gte=on - COMMENTS_WITHIN,
                published_precision=Precision.DAY,
            )
            .alias(
                graded=Count("gradings__organisation", distinct=True),
                responding=Count("responses__organisation", itself, distinct=True),
            )
            .filter(graded__gt=F("responding"))
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
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="own_inspections",
        verbose_name="force or unit",
        help_text="Whose own report this is. Empty when regional or national.",
    )
    title = models.CharField(max_length=300)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    published_on = models.DateField(null=True, blank=True, help_text="Empty where not known.")
    published_precision = models.CharField(max_length=10, choices=Precision, default=Precision.DAY)
    public_at = models.DateTimeField(
        "becomes public at",
        null=True,
        blank=True,
        help_text="Nothing of it shows before. Empty: not yet decided.",
        db_index=True,  # each request asks when the last embargo ended
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
        ordering = [F("published_on").desc(nulls_last=True), "slug"]
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

    def get_absolute_url(self):
        return page_address("inspections:inspection_detail", self.slug)

    def clean(self):
        if self.organisation is not None and self.region_id != self.organisation.region_id:
            raise ValidationError({"region": "This force or unit is in another region."})
        if Programme.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": "A programme has this web address name already."})

    @property
    def published(self):
        """When it was published in words, as exact as known."""
        return day(self.published_on, self.published_precision) if self.published_on else NO_DATE

    @property
    def published_month(self):
        """When it was published, as a narrow cell has it."""
        return month(self.published_on, self.published_precision) if self.published_on else ""

    @property
    def published_iso(self):
        """When it was published in ISO form, as exact as known; empty where not known."""
        return iso(self.published_on, self.published_precision) if self.published_on else ""

    @property
    def year(self):
        """The year of its publication, or the first of its programme; None where not known."""
        return self.published_on.year if self.published_on else self.programme.first_year

    @property
    def comments_due_on(self):
        """The last day for comments; None where no limit is known to run from a known day."""
        to_the_day = self.published_precision == Precision.DAY
        return comments_due(self.published_on) if self.published_on and to_the_day else None


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

    def published(self, at):
        return self.filter(inspection__in=Inspection.objects.published(at))


@audited()
class Fieldwork(models.Model):
    """The fieldwork of one inspection in one organisation: how old its evidence is."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="fieldwork")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="fieldwork", verbose_name="force or unit"
    )
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
