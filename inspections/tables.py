"""The tables of gradings and of sources."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from lib.lists.tables import DATE, MAIN, NUMBER, ROOMY, ListTable, by_rank, unknown_last

from .choices import Grade, MissingReason
from .markup import cited, grade
from .models import PLACED_ON, Source
from .sentences import grade_remarks

NOT_FOUND = MissingReason.NOT_FOUND.label
NO_DATE = "date not recorded"


class GradingTable(ListTable):
    """Gradings, each with what was asked, when it was published and where we read it."""

    organisation = tables.Column("Force or unit", accessor="organisation__short_name")
    question = tables.Column("What was asked", accessor="question__name", attrs=ROOMY)
    grade = tables.Column("Grade", accessor="judgment")
    remarks = tables.Column("What to know", accessor="pk", orderable=False)
    inspection = tables.Column("Inspection", accessor="inspection__title", orderable=False)
    published = tables.Column("Published", accessor="inspection__published_on", attrs=DATE)
    fieldwork = tables.Column("Fieldwork", accessor="fieldwork_to", orderable=False)
    source = tables.Column("Source", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Gradings, the newest first"

    order_grade = by_rank("judged", [*reversed(Grade), *MissingReason])
    order_published = unknown_last(PLACED_ON)

    def render_organisation(self, record):
        row = record.organisation
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), row.short_name)

    def render_question(self, record):
        question = record.question
        name = (
            format_html('<a href="{}">{}</a>', question.strand.get_absolute_url(), question.name)
            if question.strand
            else question.name
        )
        return format_html("{}<small>{}</small>", name, question.programme.short_name)

    def render_grade(self, record):
        return grade(
            record, record.response, with_stance=True, dates_beside=True, without_remarks=True
        )

    def render_remarks(self, record):
        remarks = " ".join(grade_remarks(record))
        if record.replaced_by:
            address = reverse("inspections:inspection_detail", args=[record.replaced_by])
            return format_html('{} <a href="{}">Replaced</a> by a newer one.', remarks, address)
        return remarks or "–"

    def render_inspection(self, record):
        inspection = record.inspection
        return format_html('<a href="{}">{}</a>', inspection.get_absolute_url(), inspection.title)

    def render_published(self, record):
        return record.inspection.published if record.inspection.published_on else NOT_FOUND

    def render_fieldwork(self, record):
        return record.fieldwork or NOT_FOUND

    def render_source(self, record):
        return cited(record.citations.all())


class SourceTable(ListTable):
    """Sources, each with who published it, and how often facts cite it."""

    source = tables.Column("Source", accessor="title", attrs=MAIN)
    publisher = tables.Column("Publisher")
    kind = tables.Column("Kind", orderable=False)
    published = tables.Column("Published", accessor="published_on", attrs=DATE)
    address = tables.Column("Read it at", accessor="url", orderable=False)
    facts = tables.Column("Times cited", accessor="pk", orderable=False, attrs=NUMBER)

    caption = "Sources, by publisher"

    order_published = unknown_last("published_on")

    def render_source(self, record):
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), self.name(record))

    def name(self, record):
        return record.title or "title not recorded"

    def render_kind(self, record):
        return record.get_kind_display()

    def render_published(self, record):
        return record.published or NO_DATE

    def render_address(self, record):
        return format_html('<a href="{}">{}</a>', record.url, record.site) if record.url else "–"

    @cached_property
    def fact_counts(self):
        """How often facts cite each source of the page."""
        return Source.objects.fact_counts(self.filterset.at, [row.pk for row in self.data])

    def render_facts(self, record):
        count = self.fact_counts[record.pk]
        if not count:
            return "none: a law"
        return format_html('<a class="number" href="{}">{}</a>', record.get_absolute_url(), count)
