"""The table of a programme's grades in downloads: a force or unit and a question a row."""

import django_tables2 as tables

from lib.lists.tables import ListTable

from .choices import Certainty, MissingReason
from .sentences import citations_in_words

YES_OR_NO = {True: "yes", False: "no"}


class GradingTable(ListTable):
    """Gradings of a programme; what has no grade says why."""

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
