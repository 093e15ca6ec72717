"""Tables of gradings, on their pages and in downloads."""

import django_tables2 as tables
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import format_html

from lib.lists.tables import DATE, MAIN, NUMBER, ROOMY, InOrder, ListTable, rank

from .choices import Certainty, Grade, MissingReason
from .dates import iso
from .models import PLACED_ON, Source
from .sentences import citations_in_words, grade_remarks

YES_OR_NO = {True: "yes", False: "no"}
NOT_FOUND = MissingReason.NOT_FOUND.label
NO_DATE = "date not recorded"


class GradingTable(ListTable):
    """Gradings, each with what was asked, when it was published and where we read it."""

    organisation = tables.Column("Force or unit", accessor="organisation__short_name")
    question = tables.Column("What was asked", accessor="question__name", attrs=ROOMY)
    grade = tables.Column("Grade", accessor="judgment")
    remarks = tables.Column("What to know", accessor="pk", orderable=False)
    inspection = tables.Column("Inspection", accessor="inspection__title", orderable=False)
    published = tables.Column(
        "Published", accessor="inspection__published_on", empty_values=(), attrs=DATE
    )
    fieldwork = tables.Column(
        "Fieldwork", accessor="fieldwork_to", empty_values=(), orderable=False
    )
    source = tables.Column("Source", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Gradings, the newest first"

    def order_organisation(self, gradings, descending):
        name = "-organisation__short_name" if descending else "organisation__short_name"
        return gradings.order_by(name), True

    def order_question(self, gradings, descending):
        name = "-question__name" if descending else "question__name"
        return gradings.order_by(name), True

    def order_grade(self, gradings, descending):
        return gradings.order_by(rank("judged", [*reversed(Grade), *MissingReason], descending)), 1

    def order_published(self, gradings, descending):
        day = PLACED_ON.desc if descending else PLACED_ON.asc
        return gradings.order_by(day(nulls_last=True)), True

    def render_organisation(self, record):
        row = record.organisation
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), row.short_name)

    def value_organisation(self, record):
        return record.organisation.short_name

    def render_question(self, record):
        question = record.question
        name = (
            format_html('<a href="{}">{}</a>', question.strand.get_absolute_url(), question.name)
            if question.strand
            else question.name
        )
        return format_html("{}<small>{}</small>", name, question.programme.short_name)

    def value_question(self, record):
        return f"{record.question.programme.short_name}: {record.question.name}"

    def render_grade(self, record):
        context = {
            "grading": record,
            "response": record.response,
            "with_stance": True,
            "dates_beside": True,
            "without_remarks": True,
        }
        return render_to_string("components/grade.html", context)

    def value_grade(self, record):
        return record.judgment

    def value_remarks(self, record):
        return " ".join(grade_remarks(record)) or "–"

    render_remarks = value_remarks

    def render_inspection(self, record):
        inspection = record.inspection
        return format_html('<a href="{}">{}</a>', inspection.get_absolute_url(), inspection.title)

    def value_inspection(self, record):
        return record.inspection.title

    def render_published(self, record):
        return record.inspection.published if record.inspection.published_on else NOT_FOUND

    def value_published(self, record):
        return record.inspection.published_iso or NOT_FOUND

    def value_fieldwork(self, record):
        return record.fieldwork or NOT_FOUND

    render_fieldwork = value_fieldwork

    def render_source(self, record):
        return render_to_string("inspections/_citation.html", {"citations": record.citations.all()})

    def value_source(self, record):
        return citations_in_words(record.citations.all()) or "none recorded"


class SourceTable(ListTable):
    """Sources, each with who published it, and how many facts cite it."""

    source = tables.Column("Source", accessor="title", attrs=MAIN)
    publisher = tables.Column("Publisher")
    kind = tables.Column("Kind", orderable=False)
    published = tables.Column("Published", accessor="published_on", empty_values=(), attrs=DATE)
    address = tables.Column("Read it at", accessor="url", empty_values=(), orderable=False)
    facts = tables.Column("Facts that cite it", accessor="pk", orderable=False, attrs=NUMBER)

    caption = "Sources, by publisher"

    def order_source(self, sources, descending):
        return sources.order_by("-title" if descending else "title"), True

    def order_publisher(self, sources, descending):
        return sources.order_by("-publisher" if descending else "publisher"), True

    def order_published(self, sources, descending):
        day = F("published_on").desc if descending else F("published_on").asc
        return sources.order_by(day(nulls_last=True)), True

    def render_source(self, record):
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), self.name(record))

    def name(self, record):
        return record.title or "title not recorded"

    def value_source(self, record):
        return record.title

    def value_kind(self, record):
        return record.get_kind_display()

    render_kind = value_kind

    def render_published(self, record):
        return record.published or NO_DATE

    def value_published(self, record):
        return iso(record.published_on, record.published_precision) if record.published_on else ""

    def render_address(self, record):
        return format_html('<a href="{}">{}</a>', record.url, record.site) if record.url else "–"

    def value_address(self, record):
        return record.url or ""

    @cached_property
    def fact_counts(self):
        """How many facts cite each source of the page; in a download, of all."""
        shown = [row.pk for row in self.data] if isinstance(self.data, InOrder) else None
        return Source.objects.fact_counts(self.filterset.at, shown)

    def render_facts(self, record):
        count = self.fact_counts[record.pk]
        if not count:
            return "none: the law that pages rely on"
        return format_html('<a class="number" href="{}">{}</a>', record.get_absolute_url(), count)

    def value_facts(self, record):
        return self.fact_counts[record.pk]


class ProgrammeTable(ListTable):
    """Forces and units by questions of one programme; what has no grade says why."""

    force = tables.Column("Force or unit", accessor="organisation__name")
    slug = tables.Column("Slug", accessor="organisation__slug")
    region = tables.Column("Region", accessor="organisation__region__name")
    question = tables.Column("Question", accessor="question__name")
    grade = tables.Column("Grade")
    reason = tables.Column("Why there is no grade", accessor="missing_reason")
    known = tables.Column("How it is known", accessor="certainty")
    carried_forward = tables.Column("Carried forward", accessor="is_carried_forward")
    first_grade = tables.Column("Grade as first published")
    corrected = tables.Column("Corrected on", accessor="corrected_on")
    why_corrected = tables.Column("Why it was corrected", accessor="correction_reason")
    note = tables.Column("Note")
    published = tables.Column("Published", accessor="pk")
    inspection = tables.Column("Inspection", accessor="pk")
    source = tables.Column("Sources", accessor="pk")

    def value_grade(self, record):
        return record.get_grade_display() or ""

    def value_reason(self, record):
        return record.missing_reason and MissingReason(record.missing_reason).label

    def value_known(self, record):
        return Certainty(record.certainty).label if record.grade is not None else ""

    def value_carried_forward(self, record):
        return YES_OR_NO[record.is_carried_forward]

    def value_first_grade(self, record):
        return record.get_first_grade_display() or ""

    def value_corrected(self, record):
        return record.corrected_on.isoformat() if record.corrected_on else ""

    def value_published(self, record):
        return record.inspection.published_iso if record.inspection_id else ""

    def value_inspection(self, record):
        return record.inspection.title if record.inspection_id else ""

    def value_source(self, record):
        return citations_in_words(record.citations.all()) if record.pk else ""
