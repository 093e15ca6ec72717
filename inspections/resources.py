"""What import files say of sources, programmes, inspections and gradings."""

from lib.imports import kinds
from lib.imports.resources import Column, SheetResource

from .models import Source


@kinds.register("sources")
class SourceResource(SheetResource):
    """Sources."""

    key = ("source",)

    source = Column("slug", help="Its short name.", example="hmicfrs-2025-06-12-south-west")
    publisher = Column(example="HMICFRS")
    title = Column(example="An inspection of the South West")
    address = Column("url", example="https://hmicfrs.justiceinspectorates.gov.uk/…")
    kind = Column(example="inspectorate")
    published_on = Column(precision="published_precision", example="2025-06-12")
    what_was_read = Column("read_note", example="Pages 3 to 9.")

    class Meta:
        model = Source
