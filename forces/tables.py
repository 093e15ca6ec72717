"""The table of forces and units."""

import django_tables2 as tables
from django.utils.html import format_html

from findings.addresses import NEGATIVE, POSITIVE, action_list, finding_list
from findings.choices import (
    ENDED_STATUSES,
    NONE_RECORDED,
)
from findings.coverage import NO_ACTION, NO_DATE, NO_PLAN, NOT_RECORDED
from findings.models import Response
from findings.tables import SILENCE, organisation_link, sources_cell
from inspections.choices import Coverage, Grade, MissingReason
from inspections.dates import day
from inspections.markup import grade, stance
from inspections.summaries import HeadlineGrading, gradings_before
from lib.lists.tables import DATE, NUMBER, ROOMY, ListTable, by_rank, unknown_last
from lib.markup import number


class OrganisationTable(ListTable):
    """Organisations, each with its headline grade, its response, its findings and its actions."""

    name = tables.Column("Force or unit", accessor="short_name")
    grade = tables.Column("Grade", accessor="pk")
    response = tables.Column("Response to the report", accessor="stance", orderable=False)
    fieldwork = tables.Column("Fieldwork", accessor="fieldwork_to")
    published = tables.Column("Published", accessor="published_on", attrs=DATE)
    improve = tables.Column("To improve", accessor="negative", attrs=NUMBER)
    strengths = tables.Column("Strengths, practice", accessor="positive", attrs=NUMBER)
    open = tables.Column("Open actions", attrs=NUMBER)
    overdue = tables.Column("Overdue", attrs=NUMBER)
    region = tables.Column("Region", accessor="region__name")
    kind = tables.Column("Kind")
    recorded = tables.Column("Findings recorded", accessor="coverages", orderable=False)
    source = tables.Column("Source of the grade", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Forces and units by their newest grade"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before = {}
        choice = self.filterset.choice
        if choice.question:
            self.caption = f"Forces and units by their newest grade for {choice.words}"

    def grading(self, record):
        if record.headline:
            return record.headline[0]
        if record.valid_from and record.pk not in self.before:
            choice = self.filterset.choice
            self.before |= gradings_before([record], self.filterset.at, choice.chosen)
        return HeadlineGrading.of(record, self.before.get(record.pk)).grading

    order_grade = by_rank("headline_grading", [*reversed(Grade), *MissingReason])
    order_fieldwork = unknown_last("fieldwork_to")
    order_published = unknown_last("published_on")
    order_improve = unknown_last("negative")
    order_strengths = unknown_last("positive")
    order_open = unknown_last("open")
    order_overdue = unknown_last("overdue")

    def render_name(self, record):
        return organisation_link(record.slug, record.short_name)

    def render_region(self, record):
        return format_html('<a href="{}">{}</a>', record.region.get_absolute_url(), record.region)

    def render_kind(self, record):
        kind = record.get_kind_display()
        ended = record.has_ended(self.filterset.today)
        return f"{kind}, ended on {day(record.valid_to)}" if ended else kind

    def render_grade(self, record):
        return grade(self.grading(record), dates_beside=True)

    def render_fieldwork(self, record):
        grading = self.grading(record)
        fieldwork = (grading.fieldwork if grading.pk else "") or MissingReason.NOT_FOUND.label
        counts = record.published_on and not record.fieldwork_to
        return f"{fieldwork}; age counts from publication" if counts else fieldwork

    def render_published(self, record):
        known = record.published_on is not None
        return self.grading(record).inspection.published if known else MissingReason.NOT_FOUND.label

    def render_response(self, record):
        return stance(record.stance and Response(stance=record.stance))

    def render_improve(self, record):
        url = finding_list(organisation=record.slug, kind=NEGATIVE)
        return counted_link(record.negative, url, self.why_no_findings(record))

    def render_strengths(self, record):
        url = finding_list(organisation=record.slug, kind=POSITIVE)
        return counted_link(record.positive, url, self.why_no_findings(record))

    def why_no_findings(self, record):
        """What is said where there are none, but not all are recorded."""
        return NOT_RECORDED if self.render_recorded(record) == NOT_RECORDED else NONE_RECORDED

    def render_recorded(self, record):
        coverage = Coverage.together(record.coverages)
        is_found = record.positive or record.negative
        if coverage == Coverage.GRADES_ONLY and is_found:
            coverage = Coverage.IN_PART
        return NOT_RECORDED if coverage == Coverage.GRADES_ONLY else coverage.label

    def render_open(self, record):
        ended = [f"-{status.slug}" for status in ENDED_STATUSES]
        url = action_list(organisation=record.slug, status=ended)
        return counted_link(record.open, url, self.why_no_actions(record))

    def why_no_actions(self, record):
        return NO_ACTION if record.has_plan else NO_PLAN

    def render_overdue(self, record):
        url = action_list(organisation=record.slug, overdue="yes")
        return counted_link(record.overdue, url, self.why_not_overdue(record))

    def why_not_overdue(self, record):
        return self.why_no_actions(record) if record.open is None else NO_DATE

    def render_source(self, record):
        return sources_cell(self.sources(record)) or SILENCE

    def sources(self, record):
        return record.headline[0].citations.all() if record.headline else []


def counted_link(count, url, unknown):
    """A number that links to the rows that it counts; if None, why it is not known."""
    if count is None:
        return format_html("<small>{}</small>", unknown)
    return number(count, url)
