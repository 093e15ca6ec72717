"""Comments of local policing bodies on the reports about their forces."""

from django.db import models

from forces.constraints import of_our_time
from forces.models import Organisation
from lib.audit.triggers import audited

from .inspections import Inspection
from .sources import Citation, CitationManager


class PolicingBodyCommentManager(CitationManager):
    """Comments: those on public inspections."""

    def published(self, at):
        return self.filter(inspection__in=Inspection.objects.published(at))


@audited("inspection")
class PolicingBodyComment(Citation):
    """Where a force's local policing body published its comments on an inspection."""

    FACT = "inspection"
    inspection = models.ForeignKey(
        Inspection, models.CASCADE, related_name="policing_body_comments"
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="policing_body_comments",
        verbose_name="force",
        help_text="The force whose local policing body comments.",
    )
    published_on = models.DateField(
        "comments published on", null=True, blank=True, help_text="Empty where not known."
    )

    objects = PolicingBodyCommentManager()

    class Meta(Citation.Meta):
        abstract = False
        verbose_name = "local policing body’s comments"
        verbose_name_plural = "local policing bodies’ comments"
        constraints = [
            *of_our_time("policing_body_comment", "published_on"),
            models.UniqueConstraint(
                fields=["inspection", "organisation"],
                name="one_policing_body_comment_per_inspection_and_organisation",
                violation_error_message=(
                    "The comments of this force's local policing body on this inspection are "
                    "already recorded."
                ),
            ),
        ]

    @property
    def is_late(self):
        """Whether they were published after the last day for them; not if no date is known."""
        due_on = self.inspection.comments_due_on
        return bool(self.published_on and due_on and self.published_on > due_on)
