"""Permalinks: pages as they were when somebody cited them."""

import hashlib
from datetime import datetime

import pgtrigger
from django.db import models
from django.urls import reverse

from .content import PageContent

KEY_LENGTH = 16


class PermalinkManager(models.Manager):
    """Permalinks: the same content of a page is stored once."""

    def store(self, address: str, content: PageContent, at: datetime) -> "Permalink":
        """The permalink of what a page showed, which may be there already."""
        text = content.to_json()
        key = hashlib.sha256(f"{address}\n{text}".encode()).hexdigest()[:KEY_LENGTH]
        self.bulk_create(
            [Permalink(key=key, address=address, content=text, stored_at=at)],
            ignore_conflicts=True,
        )
        return self.get(key=key)


class Permalink(models.Model):
    """What a public page showed when somebody cited it.

    It is never changed. Whoever operates the site may delete one that should not have been public.
    """

    key = models.CharField(primary_key=True, max_length=KEY_LENGTH)
    address = models.TextField(help_text="The page, within the site.")
    content = models.TextField(help_text="What it showed, as JSON (lib.permalinks.content).")
    stored_at = models.DateTimeField(db_index=True)

    objects = PermalinkManager()

    class Meta:
        default_permissions = ()
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.address}, {self.stored_at:%-d %B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("permalink", args=[self.key])

    @property
    def page_content(self) -> PageContent:
        return PageContent.from_json(self.content)
