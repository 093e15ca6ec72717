"""Runs of imports that were written, and files that wait for their writer's word."""

from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.db import models

from lib.audit.triggers import audited

KEPT_FOR = timedelta(hours=1)
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


class UploadQuerySet(models.QuerySet):
    """Uploads: those that are too old to be kept."""

    def expired(self, at: datetime) -> "UploadQuerySet":
        return self.filter(at__lt=at - KEPT_FOR)


class Upload(models.Model):
    """Files that were sent and looked at: kept for their writer until imported or an hour old."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_uploads")
    at = models.DateTimeField(db_index=True)
    options = models.JSONField(default=dict, help_text="How the files are to be read.")

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"Upload {self.pk}"


class UploadedFile(models.Model):
    """One file of an upload."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    data = models.BinaryField()

    class Meta:
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
