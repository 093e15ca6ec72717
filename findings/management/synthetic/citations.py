"""Citations of reports that nobody wrote."""

from inspections.choices import Attribution
from lib.bulk_copy import copy_rows


def cite(model, pairs, attribution=Attribution.INSPECTORATE):
    """Make each row cite the report of the inspection beside it."""
    copy_rows(
        model,
        [f"{model.FACT}_id", "source_id", "locator", "attribution"],
        (
            (row.pk, inspection.report.pk, f"¶{place}", attribution)
            for place, (row, inspection) in enumerate(pairs, 1)
        ),
    )
