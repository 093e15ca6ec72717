"""What was written down of a row."""

from lib.audit.models import Change


def last(row, **wanted):
    """The last change of a row."""
    return Change.objects.filter(table=row._meta.db_table, row=row.pk, **wanted).first()
