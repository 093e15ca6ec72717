"""What happened to organisations between inspections."""

from django.db import models

from forces.constraints import of_our_time
from forces.models import Organisation
from lib.audit.triggers import audited

from ..choices import MonitoringKind, Precision
from ..constraints import cites_once
from ..dates import day
from .inspections import Inspection
from .sources import Citation, FactQuerySet


class MonitoringEventQuerySet(FactQuerySet):
    """Events of monitoring."""

    def published(self, at):
        """Events that the public may see: those of no inspection under embargo."""
        return self.filter(
            models.Q(inspection__isnull=True)
            | models.Q(inspection__in=Inspection.objects.published(at))
        )

    def newest_first(self):
        return self.order_by("-happened_on", "-id")


@audited("organisation")
class MonitoringEvent(models.Model):
    """What happened to a force or unit between inspections, such as a move into Engage."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="monitoring_events", verbose_name="force or unit"
    )
    kind = models.CharField("event", max_length=20, choices=MonitoringKind)
    happened_on = models.DateField()
    precision = models.CharField(max_length=10, choices=Precision, default=Precision.DAY)
    summary = models.TextField()
    inspection = models.ForeignKey(
        Inspection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="monitoring_events",
        help_text="The inspection behind it, if a source names one.",
    )

    objects = MonitoringEventQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_on", "-id"]
        constraints = [
            *of_our_time("monitoring_event", "happened_on"),
            models.UniqueConstraint(
                fields=["organisation", "kind", "happened_on", "summary"],
                name="monitoring_event_is_recorded_once",
                violation_error_message="This event is already recorded.",
            ),
        ]

    def __str__(self):
        return f"{self.organisation}: {self.get_kind_display()}, {self.happened}"

    @property
    def happened(self):
        """Its date in words, as exact as known."""
        return day(self.happened_on, self.precision)

    @property
    def kind_slug(self):
        return MonitoringKind(self.kind).slug


@audited("monitoring_event")
class MonitoringEventCitation(Citation):
    """Where an event was read."""

    FACT = "monitoring_event"
    monitoring_event = models.ForeignKey(MonitoringEvent, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("monitoring_event")]
