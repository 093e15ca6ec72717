"""Pages of sources: their list, and one of each."""

from django.urls import reverse
from django.views.generic import DetailView

from findings import summaries as finding_summaries
from lib.audit.old_addresses import OldAddressMixin
from lib.lists.columns import Download
from lib.lists.views import TableList
from lib.pages import PageMixin

from ..filters import SourceFilter
from ..models import Source
from ..resources.downloads import source_columns
from ..tables import SourceTable


class SourceList(TableList):
    """Every source that a public fact cites, and laws, in one table."""

    filter_class, table_class = SourceFilter, SourceTable
    template_name = "inspections/source_list.html"
    title, nouns = "Sources", ("source", "sources")
    description = (
        "The reports, articles, statements and papers that the facts on this site come from, and "
        "how often they cite each."
    )

    def get_download(self, filterset):
        return Download(filterset.rows, source_columns(self.at))


class SourceDetail(OldAddressMixin, PageMixin, DetailView):
    """One source: what was read of it, and what rests on it."""

    def get_queryset(self):
        return Source.objects.listed(self.at)

    def get_context_data(self, **kwargs):
        rows = finding_summaries.facts_citing(self.object, self.at)
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                ("Sources", reverse("inspections:source_list")),
                (self.object.title or self.object.publisher, ""),
            ],
            "rows": rows,
            "is_synthetic": any(row.is_synthetic for row in rows),
        }
