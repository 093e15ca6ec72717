"""Programmes of inspections, their questions and the meanings of grades."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from forces.addresses import page_address
from forces.constraints import FormConstraintsMixin, refuse_circle, slug_fits_addresses
from lib.audit.triggers import audited
from lib.embargo import shown_by_use

from ..choices import Grade, QuestionPart, Scale


class ProgrammeQuerySet(models.QuerySet):
    """Programmes of inspections, and those of which an inspection is public."""

    def published(self, at):
        inspections = self.model._meta.get_field("inspections").related_model.objects
        return self.filter(pk__in=inspections.published(at).order_by().values("programme"))

    def with_one_strand(self, at):
        """The strand of each programme that publicly asks about one only, by the programme's id."""
        asked = Question.objects.published(at).filter(programme__in=self, strand__isnull=False)
        pairs = asked.values_list("programme", "strand")
        strands, found = Strand.objects.in_bulk(), {}
        for programme, strand in pairs.order_by().distinct():
            found.setdefault(programme, []).append(strands[strand])
        return {programme: only[0] for programme, only in found.items() if len(only) == 1}

    def headline(self):
        """The programme of the headline question; None if no question is one."""
        return self.filter(questions__is_headline=True).first()


@audited()
class Programme(FormConstraintsMixin, models.Model):
    """A run of inspections that ask the same questions and use one scale of grades."""

    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=50, unique=True)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    scale = models.CharField(max_length=10, choices=Scale)
    description = models.TextField(blank=True)
    follows = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        help_text="The cycle before it.",
    )
    not_comparable_because = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why its grades cannot be compared with those of the cycle before it.",
    )
    first_year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Its first year: orders inspections without a date."
    )

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            slug_fits_addresses("programme"),
            models.CheckConstraint(
                condition=~Q(follows=F("id")),
                name="programme_does_not_follow_itself",
                violation_error_message="A programme cannot follow itself.",
            ),
            models.CheckConstraint(
                condition=Q(not_comparable_because="") | Q(follows__isnull=False),
                name="only_a_programme_that_follows_another_is_not_comparable",
                violation_error_message="Name the cycle with which it cannot be compared.",
            ),
            models.CheckConstraint(
                condition=Q(first_year__isnull=True) | Q(first_year__range=(1990, 2099)),
                name="programme_first_year_is_of_our_time",
                violation_error_message="The year must be between 1990 and 2099.",
            ),
        ]

    def __str__(self):
        return self.short_name

    def get_absolute_url(self):
        return page_address("inspections:inspection_detail", self.slug)

    def clean(self):
        refuse_circle(self, "follows", "Programmes cannot follow one another in a circle.")
        inspections = self._meta.get_field("inspections").related_model.objects
        if inspections.filter(slug=self.slug).exists():
            raise ValidationError({"slug": "An inspection has this web address name already."})


class StrandQuerySet(models.QuerySet):
    """Strands: those that a public question asks about, or none at all."""

    def published(self, at):
        return self.filter(shown_by_use(Strand, at))


@audited()
class Strand(models.Model):
    """A subject that questions of several programmes ask about, cycle after cycle."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(unique=True)
    description = models.TextField(blank=True)

    objects = StrandQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [slug_fits_addresses("strand")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return page_address("inspections:strand_detail", self.slug)


class QuestionQuerySet(models.QuerySet):
    """Questions of programmes: those that are graded, and those that a reader can choose."""

    def published(self, at):
        """Questions of public programmes that not only hidden facts use, and the headline one."""
        in_public = Q(programme__in=Programme.objects.published(at))
        return self.filter(in_public & shown_by_use(Question, at) | Q(is_headline=True))

    def graded(self):
        return self.filter(is_graded=True)

    def to_choose(self, at):
        """Graded questions of public programmes, and the headline one; newest programme first."""
        year = F("programme__first_year").desc(nulls_last=True)
        rows = self.published(at).filter(is_graded=True).select_related("programme")
        return rows.order_by(year, "programme__name", "position")


@audited("programme")
class Question(models.Model):
    """A question that a programme asks about each organisation; some have no grade."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="questions")
    slug = models.SlugField("web address name", max_length=100)
    name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=10, choices=QuestionPart, default=QuestionPart.QUESTION)
    strand = models.ForeignKey(
        Strand, models.PROTECT, null=True, blank=True, related_name="questions"
    )
    also_written = models.TextField(
        blank=True, help_text="Other wordings that sources use, one a line."
    )
    is_graded = models.BooleanField("graded", default=True)
    is_headline = models.BooleanField(
        "headline",
        default=False,
        help_text="Its grade is the one shown where forces and units are compared.",
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "slug"],
                name="question_is_asked_once_per_programme",
                violation_error_message=(
                    "This programme already has a question with this web address name."
                ),
            ),
            models.UniqueConstraint(
                fields=["programme", "position"],
                name="one_question_per_position",
                violation_error_message="This programme already has a question in this place.",
            ),
            models.UniqueConstraint(
                fields=["is_headline"],
                condition=Q(is_headline=True),
                name="one_headline_question",
                violation_error_message="Another question is the headline already.",
            ),
            models.CheckConstraint(
                condition=Q(is_headline=False) | Q(is_graded=True),
                name="headline_question_is_graded",
                violation_error_message="Only a graded question can be the headline.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def wordings(self):
        """Its name and the other wordings that sources use for it."""
        return [self.name, *self.also_written.splitlines()]


@audited()
class GradeMeaning(models.Model):
    """What a grade means on one scale, in our words."""

    scale = models.CharField(max_length=10, choices=Scale)
    grade = models.PositiveSmallIntegerField(choices=Grade)
    meaning = models.TextField()

    class Meta:
        ordering = ["scale", "-grade"]
        constraints = [
            models.UniqueConstraint(
                fields=["scale", "grade"],
                name="one_meaning_per_grade_of_a_scale",
                violation_error_message="This grade already has a meaning on this scale.",
            ),
            models.CheckConstraint(
                condition=~Q(scale=Scale.FOUR, grade=Grade.ADEQUATE),
                name="no_adequate_on_the_four_level_scale",
                violation_error_message="The four-level scale has no “adequate”.",
            ),
        ]

    def __str__(self):
        return f"{self.get_grade_display()}, {self.get_scale_display()}"

    @property
    def slug(self):
        return Grade(self.grade).slug
