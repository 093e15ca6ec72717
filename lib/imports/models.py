"""Runs of imports that were written, and files that wait for their writer's word."""

import pgtrigger
from django.conf import settings
from django.db import models

from lib.audit.triggers import audited

NAMED = 3  # files that the name of a run says


class ImportRunQuerySet(models.QuerySet):
    """Runs, those that stand and those that were undone."""

    def standing(self) -> "ImportRunQuerySet":
        return self.filter(undone_at__isnull=True)

    def of_file(self, name: str) -> "ImportRunQuerySet":
        """Runs that stand, of a file with this name."""
        return self.standing().filter(files__contains=[{"name": name}])


@audited()
class ImportRun(models.Model):
    """One import that was written: of which files, by whom, and how many rows it touched."""

    files = models.JSONField(help_text="Each file's name, kinds and SHA-256.")
    counts = models.JSONField(help_text="By kind: rows created, changed and unchanged.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="import_runs",
        help_text="Empty where a command ran without naming anybody.",
    )
    at = models.DateTimeField("imported at")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "import"
        permissions = [("undo_importrun", "Can undo an import as a whole")]
        triggers = [pgtrigger.Protect(name="runs_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Import {self.pk}: {self.file_names}"

    @property
    def file_names(self) -> str:
        """The names of its files, of many the first."""
        names = [file["name"] for file in self.files]
        more = len(names) - NAMED
        return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")

    @property
    def reason(self) -> str:
        """What the history of each of its rows says of why it changed."""
        return str(self)

    @property
    def totals(self) -> dict[str, int]:
        """The rows created, changed and unchanged, of all kinds together."""
        kinds = self.counts.values()
        return {
            name: sum(kind[name] for kind in kinds) for name in ("created", "changed", "unchanged")
        }


class WaitingFile(models.Model):
    """A file that was sent and looked at, kept for its writer until it is imported or an hour old."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="waiting_import_files"
    )
    at = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=200)
    data = models.BinaryField()
    options = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
