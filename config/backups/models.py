"""The backups that were made."""

from django.db import models


class Backup(models.Model):
    """A backup that was made, wherever it is kept now: staff see when the last one was."""

    made_at = models.DateTimeField()
    name = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField("size in bytes")
    files = models.PositiveIntegerField(help_text="How many stored files it holds.")
    lost = models.PositiveIntegerField(
        help_text="How many stored files were missing or had changed, and are not in it."
    )

    class Meta:
        ordering = ["-made_at"]
        default_permissions = ()

    def __str__(self):
        return self.name
