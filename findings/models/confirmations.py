"""Confirmations: what the inspectorate has said about findings."""

from django.db import models
from django.utils import timezone

from forces.constraints import of_our_time
from inspections.constraints import cites_once
from inspections.models import Citation, FactQuerySet, Inspection
from lib.audit.triggers import APPEND_ONLY, audited

from ..choices import ClosureStatus
from .findings import Finding


class ConfirmationQuerySet(FactQuerySet):
    """Confirmations: public ones, the latest first."""

    def published(self, at):
        return self.filter(finding__inspection__in=Inspection.objects.published(at))

    def latest_first(self):
        return self.order_by("-confirmed_on", "-id")


@audited("finding")
class Confirmation(models.Model):
    """What the inspectorate said about a finding on a day; it is never changed, only followed."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="confirmations")
    closure_status = models.CharField("inspectorate’s view", max_length=20, choices=ClosureStatus)
    confirmed_on = models.DateField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        ordering = ["-confirmed_on", "-id"]
        constraints = [*of_our_time("confirmation", "confirmed_on")]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return f"{self.finding.reference}: {self.get_closure_status_display()}"

    @property
    def closure_slug(self):
        return ClosureStatus(self.closure_status).slug


@audited("confirmation")
class ConfirmationCitation(Citation):
    """Where a confirmation was read."""

    FACT = "confirmation"
    confirmation = models.ForeignKey(Confirmation, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("confirmation")]
