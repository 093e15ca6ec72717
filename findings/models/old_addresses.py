"""Old addresses of findings: by their reference alone, or by what once named them."""

from django.db.models import QuerySet

from inspections.models import Inspection
from lib.audit.models import Change
from lib.audit.old_addresses import current_values

from .findings import Finding


def findings_called(findings: QuerySet[Finding], reference: str) -> QuerySet[Finding]:
    """Those with this reference in any case; if there are none, those that once had it."""
    found = findings.filter(reference__iexact=reference)
    if found.exists():
        return found
    changes = Change.objects.of_old_values(Finding._meta.db_table, "reference", [reference])
    return findings.filter(pk__in=set(changes.values_list("row", flat=True)))


def moved_finding(findings: QuerySet[Finding], inspection: str, reference: str) -> Finding | None:
    """The finding that had this address, by old names or in an inspection that it was moved from.

    None unless there is exactly one; the inspection of a finding that the reader may see is public.
    """
    called = findings_called(findings, reference)
    own = Inspection.objects.filter(findings__in=findings)
    slugs = [inspection, *current_values(own, "slug", [inspection]).values()]
    for slug in slugs:
        if len(found := called.filter(inspection__slug__iexact=slug)[:2]) == 1:
            return found[0]
    left = Inspection.objects.filter(slug__in=slugs).values_list("pk", flat=True)
    moves = Change.objects.of_column(
        Finding, list(called.values_list("pk", flat=True)), "inspection_id"
    ).filter(before__inspection_id__in=list(left))
    found = called.filter(pk__in=set(moves.values_list("row", flat=True)))[:2]
    return found[0] if len(found) == 1 else None
