"""The table of forces and units, on the page and in downloads."""

import django_tables2 as tables
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.html import format_html

from findings.addresses import NEGATIVE, POSITIVE, action_list, finding_list
from findings.choices import (
    ENDED_STATUSES,
    NO_RESPONSE,
    NONE_RECORDED,
    Stance,
)
from findings.models import Response
from findings.tables import SILENCE
from inspections.choices import Grade, MissingReason
from inspections.dates import day
from inspections.sentences import citations_by_source, citations_in_words
from inspections.summaries import HeadlineGrading, gradings_before
from lib.lists.tables import DATE, NUMBER, ROOMY, ListTable, rank


class OrganisationTable(ListTable):
    """Organisations, each with its headline grade, its response, its findings and its actions."""

    name = tables.Column("Body", accessor="short_name", linkify=True)
    grade = tables.Column("Grade", accessor="pk")
    response = tables.Column("Response", accessor="stance", empty_values=(), orderable=False)
    fieldwork = tables.Column("Fieldwork", accessor="fieldwork_to", empty_values=())
    published = tables.Column("Published", accessor="published_on", empty_values=(), attrs=DATE)
    improve = tables.Column("To improve", accessor="negative", attrs=NUMBER)
    strengths = tables.Column("Strengths, practice", accessor="positive", attrs=NUMBER)
    open = tables.Column("Open actions", attrs=NUMBER)
    overdue = tables.Column("Overdue", attrs=NUMBER)
    region = tables.Column("Region", accessor="region__name")
    kind = tables.Column("Kind")
    source = tables.Column("Source of the grade", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Bodies by their newest grade for tackling serious and organised crime"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before = {}

    def grading(self, record):
        if record.headline:
            return record.headline[0]
        if record.valid_from and record.pk not in self.before:
            self.before |= gradings_before([record], self.filterset.at)
        return HeadlineGrading.of(record, self.before.get(record.pk)).grading

    def order_name(self, organisations, descending):
        return organisations.order_by("-short_name" if descending else "short_name"), True

    def order_grade(self, organisations, descending):
        return organisations.order_by(
            rank("headline_grading", [*reversed(Grade), *MissingReason], descending), "short_name"
        ), True

    def order_fieldwork(self, organisations, descending):
        return organisations.order_by(unknown_last("fieldwork_to", descending), "short_name"), True

    def order_published(self, organisations, descending):
        return organisations.order_by(unknown_last("published_on", descending), "short_name"), True

    def value_name(self, record):
        return record.name

    def render_region(self, record):
        return format_html('<a href="{}">{}</a>', record.region.get_absolute_url(), record.region)

    def render_kind(self, record):
        kind = record.get_kind_display()
        ended = record.has_ended(self.filterset.today)
        return f"{kind}, ended on {day(record.valid_to)}" if ended else kind

    def value_kind(self, record):
        return record.get_kind_display()

    def render_grade(self, record):
        return render_to_string(
            "components/grade.html", {"grading": self.grading(record), "dates_beside": True}
        )

    def value_grade(self, record):
        return self.grading(record).judgment

    def value_fieldwork(self, record):
        grading = self.grading(record)
        return (grading.fieldwork if grading.pk else "") or MissingReason.NOT_FOUND.label

    def render_fieldwork(self, record):
        fieldwork = self.value_fieldwork(record)
        counts = record.published_on and not record.fieldwork_to
        return f"{fieldwork}; age counts from publication" if counts else fieldwork

    def render_published(self, record):
        return day(record.published_on) if record.published_on else MissingReason.NOT_FOUND.label

    def value_published(self, record):
        return (
            record.published_on.isoformat()
            if record.published_on
            else MissingReason.NOT_FOUND.label
        )

    def value_response(self, record):
        return Stance(record.stance).label if record.stance else NO_RESPONSE

    def render_response(self, record):
        return render_to_string(
            "components/stance.html", {"response": record.stance and Response(stance=record.stance)}
        )

    def render_improve(self, record):
        return counted_link(record.negative, finding_list(organisation=record.slug, kind=NEGATIVE))

    def render_strengths(self, record):
        return counted_link(record.positive, finding_list(organisation=record.slug, kind=POSITIVE))

    def render_open(self, record):
        ended = [f"-{status.slug}" for status in ENDED_STATUSES]
        return counted_link(record.open, action_list(organisation=record.slug, status=ended))

    def render_overdue(self, record):
        return counted_link(record.overdue, action_list(organisation=record.slug, overdue="yes"))

    def render_source(self, record):
        sources = self.sources(record)
        return (
            render_to_string("findings/_source.html", {"cited": citations_by_source(sources)})
            if sources
            else SILENCE
        )

    def value_source(self, record):
        return citations_in_words(self.sources(record)) or NONE_RECORDED

    def sources(self, record):
        return record.headline[0].citations.all() if record.headline else []


def counted_link(count, url):
    """A number that links to the rows that it counts."""
    return render_to_string("components/number.html", {"count": count, "url": url})


def unknown_last(field, descending):
    """An ordering by a date; rows without one come last in either direction."""
    return F(field).desc(nulls_last=True) if descending else F(field).asc(nulls_last=True)
