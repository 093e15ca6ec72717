"""The sitemap: every public page that is about one row, and the pages that lead to them."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from findings.models import Finding, Plan, Theme
from forces.models import Organisation, Region
from inspections.models import Inspection
from lib.audit.models import Change

OVERVIEWS = [
    "forces:region_list",
    "forces:organisation_list",
    "forces:compare",
    "inspections:inspection_list",
    "inspections:source_list",
    "inspections:about",
    "inspections:grades",
    "inspections:glossary",
    "inspections:accessibility",
    "inspections:privacy",
    "findings:finding_list",
    "findings:theme_list",
    "findings:plan_list",
    "findings:action_list",
]


class Overviews(Sitemap):
    """The pages that are about no one row."""

    def items(self):
        return OVERVIEWS

    def location(self, name):
        return reverse(name)


class Rows(Sitemap):
    """The pages of a model's rows; a page changed when its row last did, as the audit has it."""

    def get_rows(self, at):
        raise NotImplementedError

    @cached_property
    def rows(self):
        return list(self.get_rows(timezone.now()))

    @cached_property
    def changed_at(self):
        return Change.objects.last_changes(self.rows[0]._meta.db_table) if self.rows else {}

    def items(self):
        return self.rows

    def lastmod(self, row):
        return self.changed_at.get(row.pk)


class Regions(Rows):
    def get_rows(self, at):
        return Region.objects.order_by("pk")


class Organisations(Rows):
    def get_rows(self, at):
        return Organisation.objects.order_by("pk")


class Inspections(Rows):
    def get_rows(self, at):
        return Inspection.objects.published(at).order_by("pk")


class Findings(Rows):
    def get_rows(self, at):
        return Finding.objects.published(at).defer("search").order_by("pk")


class Themes(Rows):
    def get_rows(self, at):
        return Theme.objects.in_use().order_by("pk")


class Plans(Rows):
    def get_rows(self, at):
        return Plan.objects.published(at).order_by("pk")


SITEMAPS = {
    kind.__name__.lower(): kind
    for kind in (Overviews, Regions, Organisations, Inspections, Findings, Themes, Plans)
}
