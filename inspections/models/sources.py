"""Sources, and citations of them."""

from collections import Counter
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Count, OuterRef, Q

from forces.addresses import page_address
from forces.constraints import of_our_time
from lib.audit.triggers import audited
from lib.embargo import any_row

from ..choices import Attribution, Precision, SourceKind
from ..constraints import on_the_web
from ..dates import day


class SourceQuerySet(models.QuerySet):
    """Sources: those of public facts, and those of none."""

    def published(self, at):
        """Without those that only facts under embargo cite."""
        return self.filter(~cited_in(all_citations()) | cited_in(public_citations(at)))

    def listed(self, at):
        """Those that public facts cite, and laws, which need no fact."""
        uncited_law = Q(kind=SourceKind.LEGISLATION) & ~cited_in(all_citations())
        return self.filter(cited_in(public_citations(at)) | uncited_law)

    def fact_counts(self, at, among=None):
        """How often public facts cite each source, by its id: of these ids, or of all."""
        chosen = {} if among is None else {"source__in": among}
        first, *others = (
            citations.filter(**chosen).order_by().values_list("source").annotate(Count("pk"))
            for citations in public_citations(at)
        )
        counts = Counter()
        for source, count in first.union(*others, all=True):
            counts[source] += count
        return counts


def cited_in(citations):
    """The condition that a row of any of these querysets refers to a source."""
    return any_row([rows.filter(source=OuterRef("pk")).values("source") for rows in citations])


def all_citations():
    """Every row that refers to a source, in a queryset a model."""
    return [
        relation.related_model._default_manager.order_by().select_related(None)
        for relation in Source._meta.related_objects
    ]


def public_citations(at):
    """Those of public facts."""
    for citations in all_citations():
        fact = getattr(citations.model, "FACT", "") or "inspection"
        facts = citations.model._meta.get_field(fact).related_model._default_manager
        yield citations.filter(**{f"{fact}__in": facts.published(at)})


@audited()
class Source(models.Model):
    """A page, report, article or act in which a fact was read."""

    slug = models.SlugField("web address name", max_length=100, unique=True)
    publisher = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True, help_text="Empty where not recorded.")
    url = models.URLField("address", max_length=500, unique=True, null=True, blank=True)
    kind = models.CharField(max_length=20, choices=SourceKind)
    published_on = models.DateField(null=True, blank=True)
    published_precision = models.CharField(max_length=10, choices=Precision, default=Precision.DAY)
    read_note = models.TextField(
        "what was read", blank=True, help_text="Where only a part was read, which."
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["publisher", "title", "url"]
        constraints = [on_the_web("source"), *of_our_time("source", "published_on")]

    def __str__(self):
        return f"{self.publisher}: {self.label}"

    def get_absolute_url(self):
        return page_address("inspections:source_detail", self.slug)

    @property
    def site(self):
        """The name of the site that has it; empty where it has no address."""
        return urlsplit(self.url or "").netloc.removeprefix("www.")

    @property
    def label(self):
        """Its title, or its site where no title was recorded."""
        return self.title or urlsplit(self.url or "").netloc

    @property
    def published(self):
        return day(self.published_on, self.published_precision) if self.published_on else ""


class CitationManager(models.Manager):
    """Citations, each read with its source."""

    def get_queryset(self):
        return super().get_queryset().select_related("source")


class Citation(models.Model):
    """Where in a source a fact was read, and whose words it rests on.

    Each sort of fact has a table of its own.
    """

    FACT = ""

    source = models.ForeignKey(Source, models.PROTECT, related_name="%(class)ss")
    locator = models.CharField(
        max_length=200, blank=True, help_text="Where in the source: ¶8, page 3."
    )
    attribution = models.CharField(max_length=20, choices=Attribution)

    objects = CitationManager()

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self):
        return f"{self.source.publisher} {self.locator}".strip()


class FactQuerySet(models.QuerySet):
    """Rows with citations."""

    def uncited(self):
        return self.filter(citations__isnull=True)
