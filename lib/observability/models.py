"""When commands last ran, for those who look whether they still do."""

from django.db import models


class CommandRun(models.Model):
    """The last run of a command: when it ended, what it said, and whether it failed."""

    command = models.CharField(max_length=100, primary_key=True)
    ended_at = models.DateTimeField()
    seconds = models.FloatField()
    said = models.TextField(blank=True, help_text="Its last line, or the sentence of its error.")
    failed = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        permissions = [("view_system", "Can see how the system is")]

    def __str__(self) -> str:
        return self.command
