"""Forms that were saved, forms that were not, and the files that were chosen in them."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import MessageDecoder, MessageEncoder
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from .tokens import VALID_FOR

KEPT_FOR = timedelta(hours=1)


class SentForm(models.Model):
    """A form that was sent, and what it led to: whoever sends it again gets the same.

    Until that is known it has the request that is to save it, by which the audit tells whether it
    did.
    """

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of all that was sent.")
    token = models.CharField(max_length=200, db_index=True)
    attempt = models.UUIDField(
        null=True, blank=True, help_text="The request that is to save it, until that has ended."
    )
    location = models.TextField(blank=True, help_text="Where it led.")
    page = models.TextField(blank=True, help_text="What it showed, where it led nowhere else.")
    messages = models.TextField(help_text="What the next page says, in Django's own form.")
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Form sent at {self.at}"

    def response(self, request: HttpRequest) -> HttpResponse:
        """The response that the first sending got, with its messages unless they still wait."""
        storage = get_messages(request)
        waiting = storage._loaded_messages
        for message in MessageDecoder().decode(self.messages):
            if message not in waiting:
                storage.add(message.level, message.message, message.extra_tags)
        return HttpResponseRedirect(self.location) if self.location else HttpResponse(self.page)


def encode_messages(storage: BaseStorage) -> str:
    """The messages that a request has added."""
    return MessageEncoder().encode(storage._queued_messages)


class UnsavedForm(models.Model):
    """What somebody typed on a page and did not save; for them alone."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=64, help_text="SHA-256 of the page's address.")
    data = models.TextField(help_text="What was typed, as a browser sends it.")
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["by", "page"], name="unsaved_once_a_page")]

    def __str__(self) -> str:
        return f"Unsaved form {self.pk}"


class HeldFile(models.Model):
    """A file that somebody chose in a form that was not saved; for them alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255, blank=True)
    data = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


def sweep(now: datetime) -> None:
    """Delete what is too old to be kept."""
    for model, age in ((SentForm, KEPT_FOR), (HeldFile, KEPT_FOR), (UnsavedForm, VALID_FOR)):
        model.objects.filter(at__lt=now - age).delete()
