"""Sources, and the columns of every kind that cites one."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from lib.imports import kinds
from lib.imports.resources import Column, SheetResource
from lib.imports.widgets import RowWidget

from ..models import Source


@kinds.register("sources")
class SourceResource(SheetResource):
    """Sources: pages, reports, articles and acts."""

    key = ("source",)

    source = Column("slug", help="Its short name.", example="hmicfrs-south-west-2025")
    publisher = Column(example="HMICFRS")
    title = Column(example="Serious and organised crime: South West")
    address = Column("url", example="https://hmicfrs.justiceinspectorates.gov.uk/south-west")
    kind = Column(example="inspectorate")
    published_on = Column(precision="published_precision", example="2025-06-12")
    what_was_read = Column("read_note", example="Pages 3 to 9.")

    class Meta:
        model = Source

    def public_rows(self, at: datetime) -> QuerySet:
        """Those that have a page."""
        return Source.objects.listed(at)


class CitingResource(SheetResource):
    """A kind whose rows each name a source. Its own columns come first, these last."""

    source = Column(
        widget=RowWidget(Source, "slug", "url"),
        of_citation=True,
        help="Where it was read: a source by its short name or address.",
        example="hmicfrs-south-west-2025",
    )
    locator = Column(of_citation=True, example="paragraph 8")
    attribution = Column(of_citation=True, help="Whose words they are.", example="inspectorate")
    citation_columns_last = ("source", "locator", "attribution")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in self.citation_columns_last:
            if name in self.fields:
                self.fields.move_to_end(name)
