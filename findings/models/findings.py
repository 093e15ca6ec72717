"""Findings."""

import re

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Length, Lower
from django.urls import reverse

from forces.constraints import FormConstraintsMixin
from forces.models import Organisation
from inspections.choices import Attribution
from inspections.constraints import cites_once
from inspections.models import Citation, FactQuerySet, Inspection, Programme, Question
from lib.audit.triggers import audited
from lib.sheets.values import match_key

from ..choices import NEGATIVE_KINDS, POSITIVE_KINDS, FindingKind
from .fields import search_vector
from .responses import FindingResponse, Response
from .themes import Theme

LONGEST_REFERENCE = 50
NUMBERED = re.compile(r"(.*?)([0-9]*)")


class FindingQuerySet(FactQuerySet):
    """Findings: public ones, by whom and what they are about, and those that lack something."""

    def published(self, at):
        return self.filter(inspection__in=Inspection.objects.published(at))

    def in_region(self, region):
        """Findings of a region's inspections.

        These are named by their ids: by a join, the database would take every inspection to have
        as many findings as any other, and read those of all regions.
        """
        inspections = Inspection.objects.filter(region=region).order_by()
        return self.filter(inspection__in=list(inspections.values_list("pk", flat=True)))

    def of_programme(self, programme):
        """Findings of a programme's inspections, or of all where it is None."""
        return self.filter(inspection__programme=programme) if programme else self

    def on_strand(self, strand, at):
        """Findings on a strand: by their section, or where their programme asks nothing else."""
        programmes = [
            programme
            for programme, only in Programme.objects.with_one_strand(at).items()
            if only == strand
        ]
        whole = Q(section__strand__isnull=True, inspection__programme__in=programmes)
        return self.filter(Q(section__strand=strand) | whole)

    def naming(self, organisations):
        """Findings that name any of these organisations."""
        named = self.model.organisations.through.objects.filter(organisation__in=organisations)
        return self.filter(pk__in=named.values("finding"))

    def synthetic(self):
        return self.filter(inspection__region__is_synthetic=True)

    def positive(self):
        return self.filter(kind__in=POSITIVE_KINDS)

    def negative(self):
        return self.filter(kind__in=NEGATIVE_KINDS)

    def on_theme(self, theme):
        return self.filter(
            pk__in=self.model.themes.through.objects.filter(theme=theme).values("finding")
        )

    def about(self, organisations):
        """Findings that name any of these organisations, or are about their region as a whole."""
        region_wide = Q(is_region_wide=True, inspection__region__organisations__in=organisations)
        return self.filter(Q(organisations__in=organisations) | region_wide).distinct()

    def without_theme(self):
        return self.filter(themes__isnull=True)

    def without_recommendation(self):
        """Causes of concern without a recommendation."""
        return self.filter(kind=FindingKind.CAUSE_OF_CONCERN, recommendations__isnull=True)

    def by_reference(self):
        """In the order of their references, F2 before F10; with what their addresses need."""
        return self.select_related("inspection").order_by(
            "inspection__slug", Length("reference"), "reference"
        )

    def called(self, inspection, reference):
        """The finding with a reference, in an inspection with a slug, in large or small letters."""
        inspections = Inspection.objects.filter(slug__iexact=inspection).order_by()
        folded = self.alias(folded=Lower("reference")).filter(folded=reference.lower())
        return folded.filter(inspection__in=inspections)

    def repeating_text(self, finding):
        """Others of its inspection, or about a force or unit that it names, with its words."""
        named = finding.organisations.all()
        near = Q(inspection=finding.inspection_id) | Q(organisations__in=named)
        text = match_key(finding.summary)
        others = self.filter(near).exclude(pk=finding.pk).values_list("pk", "summary").order_by()
        equal = {pk for pk, summary in others if match_key(summary) == text}
        return self.filter(pk__in=equal).by_reference()

    def next_reference(self, inspection):
        """The number after the highest that goes on from its last one: "SW-13" after "SW-12"."""
        references = self.filter(inspection=inspection).order_by("-pk")
        numbered = [
            (stem, digits)
            for reference in references.values_list("reference", flat=True)
            for stem, digits in [NUMBERED.fullmatch(reference).groups()]
            if digits
        ]
        stem, digits = numbered[0] if numbered else ("F", "0")
        highest = max([int(n) for other, n in numbered if other.lower() == stem.lower()] or [0])
        return f"{stem}{str(highest + 1).zfill(len(digits))}"[:LONGEST_REFERENCE]

    def with_responses(self):
        """With what `finding_responses` and `is_claim` need: three more queries for any number."""
        responses = Response.objects.by_organisations().select_related("organisation")
        return self.select_related("inspection").prefetch_related(
            Prefetch("organisations", Organisation.objects.unit_first()),
            Prefetch("responses", responses),
            "citations",
        )


@audited()
class Finding(FormConstraintsMixin, models.Model):
    """One thing that an inspection found, in our words, and whom it names."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings")
    reference = models.SlugField(
        max_length=LONGEST_REFERENCE,
        help_text="Unique within its inspection; part of the address.",
    )
    kind = models.CharField(max_length=20, choices=FindingKind)
    is_region_wide = models.BooleanField("region-wide", default=False)
    organisations = models.ManyToManyField(
        Organisation,
        blank=True,
        related_name="findings",
        verbose_name="forces and units",
        help_text="Only those that the source names.",
    )
    unnamed_organisations = models.CharField(
        "unnamed forces",
        max_length=100,
        blank=True,
        help_text="How the source describes forces that it does not name: “some forces”.",
    )
    themes = models.ManyToManyField(Theme, blank=True, related_name="findings")
    section = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    summary = models.TextField()
    detail = models.TextField(blank=True)
    cause = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="recommendations",
        help_text="The cause of concern that a recommendation belongs to.",
    )
    repeats = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="repeated_by",
        help_text="The earlier finding.",
    )
    search = search_vector("summary", "detail")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["inspection", "reference"]
        indexes = [
            GinIndex(fields=["search"], name="finding_search"),
            models.Index(
                "inspection", Length("reference"), "reference", name="finding_in_its_place"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "inspection",
                Lower("reference"),
                name="finding_reference_is_unique_in_its_inspection",
                violation_error_message="Another finding of this inspection has this reference.",
            ),
            models.CheckConstraint(
                condition=Q(cause__isnull=True) | Q(kind=FindingKind.RECOMMENDATION),
                name="only_a_recommendation_has_a_cause",
                violation_error_message="Only a recommendation belongs to a cause of concern.",
            ),
            models.CheckConstraint(
                condition=~Q(cause=F("id")) & ~Q(repeats=F("id")),
                name="finding_does_not_point_at_itself",
                violation_error_message="A finding cannot belong to or repeat itself.",
            ),
        ]

    def __str__(self):
        return f"{self.reference}: {self.summary}"

    def get_absolute_url(self):
        return reverse("findings:finding_detail", args=[self.inspection.slug, self.reference])

    def clean(self):
        if self.cause is not None and self.cause.kind != FindingKind.CAUSE_OF_CONCERN:
            raise ValidationError({"cause": "A recommendation belongs to a cause of concern."})

    @property
    def full_reference(self):
        """What names it among all findings: "soc-south-west-2025/F1"."""
        return f"{self.inspection.slug}/{self.reference}"

    @property
    def kind_slug(self):
        return FindingKind(self.kind).slug

    @property
    def is_positive(self):
        return self.kind in POSITIVE_KINDS

    @property
    def is_claim(self):
        """Whether only a force or unit itself is cited for it; needs `citations`."""
        attributions = {citation.attribution for citation in self.citations.all()}
        return attributions == {Attribution.ORGANISATION}

    @property
    def finding_responses(self):
        """A `FindingResponse` for each organisation named, with its response to this very finding.

        Organisations that respond to it without being named come first. A response to the report
        as a whole is none to the finding. Needs `with_responses()`.
        """
        by_organisation = {response.organisation: response for response in self.responses.all()}
        named = self.organisations.all()
        others = [
            FindingResponse(organisation, response)
            for organisation, response in by_organisation.items()
            if organisation not in named
        ]
        return [
            *others,
            *(
                FindingResponse(organisation, by_organisation.get(organisation))
                for organisation in named
            ),
        ]

    @property
    def report_responses(self):
        """The newest response to the report as a whole of each of those whom this finding names.

        If it is about the region as a whole, so are responses for the region. They say nothing of
        what is done well, and an organisation's response to the finding itself says more.
        """
        if self.is_positive:
            return []
        named = set(self.organisations.all()) - {
            response.organisation for response in self.responses.all()
        }
        newest = {
            response.organisation: response
            for response in self.inspection.responses.by_organisations().select_related(
                "organisation"
            )
            if response.organisation in named or (self.is_region_wide and response.is_for_region)
        }
        unit_first = sorted(newest, key=lambda one: (not one.is_unit, one.short_name))
        return [newest[organisation] for organisation in unit_first]


@audited("finding")
class FindingCitation(Citation):
    """Where a finding was read."""

    FACT = "finding"
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("finding")]
