"""The sitemap: every public page that is about one row, and the pages that lead to them."""

from functools import partial

from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from config.api.collections import COLLECTIONS
from findings.models import Finding, Plan, Theme
from forces.models import Organisation, Region
from inspections.models import Inspection, Programme, Source, Strand
from lib.audit.models import Change

OVERVIEWS = [
    "forces:region_list",
    "forces:organisation_list",
    "forces:compare",
    "inspections:inspection_list",
    "inspections:strand_list",
    "inspections:grading_list",
    "inspections:source_list",
    "inspections:about",
    "inspections:grades",
    "inspections:glossary",
    "data_sets",
    "inspections:accessibility",
    "inspections:privacy",
    "findings:change_list",
    "findings:correction_list",
    "findings:finding_list",
    "findings:theme_list",
    "findings:plan_list",
    "findings:action_list",
    "api:guide",
]


class Overviews(Sitemap):
    """The pages that are about no one row."""

    def items(self):
        return OVERVIEWS

    def location(self, name):
        return reverse(name)


class Guides(Sitemap):
    """The pages that explain each collection of the API."""

    def items(self):
        return [one.name for one in COLLECTIONS]

    def location(self, name):
        return reverse("api:collection", args=[name])


class Rows(Sitemap):
    """The pages of some rows; a page changed when its row last did, as the audit has it."""

    def __init__(self, get_rows):
        self.rows = list(get_rows(timezone.now()).order_by("pk"))

    @cached_property
    def changed_at(self):
        return Change.objects.last_changes(self.rows[0]._meta.db_table) if self.rows else {}

    def items(self):
        return self.rows

    def lastmod(self, row):
        return self.changed_at.get(row.pk)


# Each is made anew for every request.
SITEMAPS = {
    "overviews": Overviews,
    "guides": Guides,
    "regions": partial(Rows, Region.objects.published),
    "organisations": partial(Rows, Organisation.objects.published),
    "inspections": partial(Rows, Inspection.objects.published),
    "programmes": partial(Rows, Programme.objects.published),
    "questions": partial(Rows, Strand.objects.published),
    "sources": partial(Rows, Source.objects.listed),
    "findings": partial(
        Rows, lambda at: Finding.objects.published(at).by_reference().defer("search")
    ),
    "themes": partial(Rows, lambda at: Theme.objects.published(at).in_use()),
    "plans": partial(Rows, Plan.objects.published),
}
