"""Themes, findings, responses to them, and what the inspectorate confirmed."""

from collections import defaultdict
from dataclasses import replace

from django.utils.text import get_text_list

from inspections.resources.inspections import INSPECTION, ORGANISATION
from inspections.resources.programmes import QuestionWidget
from inspections.resources.sources import CitingResource
from lib.imports import kinds
from lib.imports.records import KindTable
from lib.imports.resources import Column, SheetResource
from lib.imports.runs import Run
from lib.imports.widgets import ManyWidget, RowWidget
from lib.lists.columns import column
from lib.sheets.values import clean_text

from ..models import (
    Confirmation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    Response,
    ResponseCitation,
    Theme,
)
from .downloads import FINDING_NAME

MOST_NAMED = 9
SEVERAL = "Several inspections have a finding with this reference: {}. Say which."
THEME = RowWidget(Theme, "slug", "name")
FINDING = RowWidget(Finding, "reference", within="inspection")


@kinds.register("themes")
class ThemeResource(SheetResource):
    """Themes."""

    key = ("theme",)

    theme = Column("slug", help="Its short name in addresses.", example="safeguarding")
    name = Column(example="Keeping people safe")
    definition = Column(example="How people at risk are kept safe.")
    replaced_by = Column(widget=THEME)

    class Meta:
        model = Theme


@kinds.register("findings", after=("inspections", "questions", "themes"))
class FindingResource(CitingResource):
    """What inspections found, each with its source."""

    key = ("inspection", "reference")
    within = "inspection"
    citation_model, citation_fact = FindingCitation, "finding"
    derived = (column("finding", FINDING_NAME, "What names it: inspection and reference.", "code"),)
    name_column = "finding"

    reference = Column(example="SW-1")
    inspection = Column(widget=INSPECTION, example="soc-south-west-2025")
    kind = Column(example="weakness")
    organisations = Column(
        widget=ManyWidget(ORGANISATION),
        help="Only those that the source names, with semicolons between them.",
        example="wiltshire;dorset",
    )
    region_wide = Column("is_region_wide", example="no")
    unnamed_organisations = Column()
    themes = Column(
        widget=ManyWidget(THEME),
        help="By short name or name, with semicolons between them.",
        example="safeguarding;workforce",
    )
    section = Column(widget=QuestionWidget())
    summary = Column(example="Two forces do not share what they know.")
    detail = Column()
    cause = Column(widget=FINDING)
    repeats = Column(widget=FINDING)

    class Meta:
        model = Finding

    def unfold(self, table: KindTable, run: Run) -> KindTable:
        """The table with an inspection in each row: that of the only finding so called.

        Further rows of a finding may leave it blank, and so may a file that corrects what is here.
        """
        if "reference" not in table.columns:
            return table
        at = table.columns["reference"]
        place = table.columns.get("inspection", max((row.width for row in table.rows), default=0))
        named: dict[str, dict[str, None]] = defaultdict(dict)
        blank = []
        for row in table.rows:
            reference, inspection = (clean_text(row.cell(each).value) for each in (at, place))
            if inspection:
                named[reference.casefold()][inspection] = None
            elif reference and place not in row.problems:
                blank.append((row, reference))
        rows = FINDING.rows(run)
        rows.need(reference for _, reference in blank)
        for row, reference in blank:
            stored = (finding.inspection.slug for finding in rows.find(reference))
            found = list(named[reference.casefold()]) or list(dict.fromkeys(stored))
            row.values += [None] * (place + 1 - len(row.values))
            if len(found) == 1:
                row.values[place] = found[0]
            elif found:
                row.problems[place] = SEVERAL.format(get_text_list(found[:MOST_NAMED], "and"))
        return replace(table, columns={"inspection": place} | table.columns)


@kinds.register("responses", after=("findings",))
class ResponseResource(CitingResource):
    """What forces, units and local policing bodies responded."""

    key = ("inspection", "finding", "organisation", "respondent", "role", "said_on", "summary")
    within = "inspection"
    citation_model, citation_fact = ResponseCitation, "response"

    inspection = Column(widget=INSPECTION, example="soc-south-west-2025")
    finding = Column(widget=FINDING)
    organisation = Column(widget=ORGANISATION, example="wiltshire")
    respondent = Column(example="organisation")
    role = Column(help="Who responded: a role, not a name.", example="chief constable")
    stance = Column(example="accepted")
    summary = Column(example="Accepts the report, and has begun to act on it.")
    said_on = Column(precision="said_precision", example="2025-06-12")
    for_region = Column("is_for_region", example="no")

    class Meta:
        model = Response


@kinds.register("closures", after=("findings",))
class ClosureResource(CitingResource):
    """What the inspectorate confirmed about findings: only ever added."""

    key = ("finding", "closure_status", "confirmed_on")
    within = "finding"
    only_added = True
    citation_model, citation_fact = ConfirmationCitation, "confirmation"

    finding = Column(widget=FINDING, example="soc-south-west-2025/SW-1")
    closure_status = Column(example="closed")
    confirmed_on = Column(example="2026-03-02")

    class Meta:
        model = Confirmation
