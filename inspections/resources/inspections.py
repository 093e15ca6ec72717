"""Inspections, their fieldwork, comments on them, and what happened between them."""

from collections.abc import Iterator

from forces.models import Region
from forces.resources import OrganisationWidget
from lib.imports import kinds
from lib.imports.records import Record
from lib.imports.resources import Column, SheetResource
from lib.imports.runs import Run
from lib.imports.widgets import RowWidget

from ..models import (
    Fieldwork,
    FieldworkCitation,
    Inspection,
    InspectionCitation,
    MonitoringEvent,
    MonitoringEventCitation,
    PolicingBodyComment,
    Source,
)
from .programmes import PROGRAMME
from .sources import CitingResource

INSPECTION = RowWidget(Inspection, "slug", "title")
ORGANISATION = OrganisationWidget()


@kinds.register("inspections", after=("programmes", "regions", "organisations", "sources"))
class InspectionResource(CitingResource):
    """Inspections. One that is imported is a draft, until a steward says when it becomes public."""

    key = ("inspection",)
    citation_model, citation_fact = InspectionCitation, "inspection"

    inspection = Column("slug", help="Its short name in addresses.", example="soc-south-west-2025")
    programme = Column(widget=PROGRAMME, example="soc")
    region = Column(widget=RowWidget(Region, "slug", "name"), example="south-west")
    organisation = Column(widget=ORGANISATION)
    title = Column(example="Serious and organised crime: South West")
    published_on = Column(precision="published_precision", example="2025-06-12")
    public_at = Column(
        help="When it becomes public. Only read where the command says --as-published; otherwise "
        "a new inspection is a draft, and one that is here stays as it is."
    )
    supersedes = Column(widget=INSPECTION)
    follow_up = Column()
    findings_recorded = Column(example="in_part")

    class Meta:
        model = Inspection

    def reads(self, column: Column, run: Run) -> bool:
        return column.column_name != "public_at" or run.as_published

    def needs_source(self, record: Record) -> bool:
        """A publication may be its own source."""
        return False


@kinds.register("fieldwork", after=("inspections",))
class FieldworkResource(CitingResource):
    """The dates of fieldwork."""

    key = ("inspection", "organisation")
    within = "inspection"
    citation_model, citation_fact = FieldworkCitation, "fieldwork"

    inspection = Column(widget=INSPECTION, example="soc-south-west-2025")
    organisation = Column(widget=ORGANISATION, example="wiltshire")
    fieldwork_from = Column(precision="precision", example="2024-06")
    fieldwork_to = Column(precision="precision", ends_period=True, example="2024-07")
    caveat = Column()

    class Meta:
        model = Fieldwork

    def check(self, record: Record, run: Run) -> Iterator[tuple[str, str, str]]:
        first, last = record.values.get("fieldwork_from"), record.values.get("fieldwork_to")
        if first and last and first.precision != last.precision:
            yield (
                "fieldwork_to",
                "The first and the last day are not equally exact.",
                "Write both to the day, or both to the month.",
            )


@kinds.register("policing_body_comments", after=("inspections",))
class PolicingBodyCommentResource(SheetResource):
    """Where local policing bodies published their comments on inspections."""

    key = ("inspection", "organisation")
    within = "inspection"

    inspection = Column(widget=INSPECTION, example="soc-south-west-2025")
    organisation = Column(widget=ORGANISATION, example="wiltshire")
    published_on = Column(example="2025-08-01")
    source = Column(widget=RowWidget(Source, "slug", "url"), example="hmicfrs-south-west-2025")
    locator = Column(example="page 2")
    attribution = Column(help="Whose words they are.", example="commissioner")

    class Meta:
        model = PolicingBodyComment


@kinds.register("monitoring", after=("inspections",))
class MonitoringEventResource(CitingResource):
    """What happened to forces and units between inspections."""

    key = ("organisation", "event", "happened_on", "summary")
    within = "organisation"
    citation_model, citation_fact = MonitoringEventCitation, "monitoring_event"

    organisation = Column(widget=ORGANISATION, example="wiltshire")
    event = Column("kind", example="engage_in")
    happened_on = Column(precision="precision", example="2022-07-21")
    summary = Column(example="Moved into Engage.")
    inspection = Column(widget=INSPECTION)

    class Meta:
        model = MonitoringEvent
