"""What forces, units and local policing bodies responded."""

from typing import NamedTuple

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from forces.constraints import of_our_time
from forces.models import Organisation
from inspections.choices import Precision
from inspections.constraints import cites_once
from inspections.dates import day
from inspections.models import Citation, FactQuerySet, Inspection
from lib.audit.triggers import audited

from ..choices import Respondent, Stance
from .fields import search_vector


class ResponseQuerySet(FactQuerySet):
    """Responses: public ones."""

    def published(self, at):
        public = Inspection.objects.published(at)
        return self.filter(Q(inspection__in=public) | Q(finding__inspection__in=public))

    def newest_first(self):
        return self.order_by(F("said_on").desc(nulls_last=True), "-pk")

    def by_organisations(self):
        """What forces and units respond themselves, the newest last."""
        return self.filter(respondent=Respondent.ORGANISATION).order_by(
            F("said_on").asc(nulls_first=True), "pk"
        )


@audited()
class Response(models.Model):
    """What a force, a unit or a local policing body responded to an inspection or a finding."""

    inspection = models.ForeignKey(
        Inspection, models.PROTECT, null=True, blank=True, related_name="responses"
    )
    finding = models.ForeignKey(
        "Finding", models.PROTECT, null=True, blank=True, related_name="responses"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="responses", verbose_name="force or unit"
    )
    respondent = models.CharField(
        max_length=15,
        choices=Respondent,
        default=Respondent.ORGANISATION,
        help_text="The force or unit itself, or its local policing body.",
    )
    is_for_region = models.BooleanField(
        "for the region", default=False, help_text="It speaks for the whole region."
    )
    stance = models.CharField(max_length=20, choices=Stance)
    role = models.CharField(max_length=200, help_text="Who responded: a role, not a name.")
    summary = models.TextField()
    said_on = models.DateField(null=True, blank=True)
    said_precision = models.CharField(max_length=10, choices=Precision, default=Precision.DAY)
    search = search_vector("summary")

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["organisation"]
        indexes = [GinIndex(fields=["search"], name="response_search")]
        constraints = [
            *of_our_time("response", "said_on"),
            models.CheckConstraint(
                condition=Q(inspection__isnull=True) ^ Q(finding__isnull=True),
                name="response_answers_an_inspection_or_a_finding",
                violation_error_message=(
                    "A response is to an inspection or to a finding: exactly one of the two."
                ),
            ),
            models.UniqueConstraint(
                fields=["inspection", "organisation", "role", "said_on", "summary"],
                condition=Q(inspection__isnull=False),
                nulls_distinct=False,
                name="response_to_an_inspection_is_recorded_once",
                violation_error_message="This response to this inspection is already recorded.",
            ),
            models.UniqueConstraint(
                fields=["finding", "organisation", "respondent"],
                name="one_response_per_finding_and_respondent",
                violation_error_message=(
                    "The response of this force or unit to this finding is already recorded."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.organisation}: {self.get_stance_display()}"

    @property
    def said(self):
        """When it was said, in words, as exact as known; empty where not known."""
        return day(self.said_on, self.said_precision) if self.said_on else ""

    @property
    def stance_slug(self):
        return Stance(self.stance).slug

    @property
    def stance_in_words(self):
        """Its stance with what it responds to: "disputes the report"."""
        return Stance(self.stance).towards("the finding" if self.finding_id else "the report")


class FindingResponse(NamedTuple):
    """An organisation that a finding names, and its response to the finding if one is recorded."""

    organisation: Organisation
    response: Response | None


@audited("response")
class ResponseCitation(Citation):
    """Where a response was read."""

    FACT = "response"
    response = models.ForeignKey(Response, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("response")]
