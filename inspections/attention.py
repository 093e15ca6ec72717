"""Attention rules for inspections, fieldwork and gradings."""

from forces.attention import AttentionRule

from .choices import Coverage
from .models import Fieldwork, Grading, Inspection


def uncited_rule(model, needs=""):
    """The rule that picks out rows of a model that cite no source."""
    one, many = (
        f"{name} without a source"
        for name in (model._meta.verbose_name, model._meta.verbose_name_plural)
    )
    return AttentionRule(
        "uncited", many, model, lambda facts, user, on: facts.uncited(), needs, one
    )


def findings_of_grades_only(inspections, user, on):
    """Inspections that have findings here, though a steward says that only grades are recorded."""
    with_findings = Inspection.objects.filter(findings__isnull=False)
    return inspections.filter(
        findings_recorded=Coverage.GRADES_ONLY, pk__in=with_findings.values("pk")
    )


ATTENTION_RULES = [
    AttentionRule(
        "awaiting_comments",
        (
            "inspections whose 56 days for local policing bodies’ comments are not over "
            "and where a response is missing"
        ),
        Inspection,
        lambda inspections, user, on: inspections.awaiting_comments(on),
        of_one=(
            "inspection whose 56 days for local policing bodies’ comments are not over "
            "and where a response is missing"
        ),
    ),
    AttentionRule(
        "findings_of_grades_only",
        "inspections that have findings but are marked as having only grades here",
        Inspection,
        findings_of_grades_only,
        of_one="inspection that has findings but is marked as having only grades here",
    ),
    AttentionRule(
        "without_cause_of_concern",
        "inadequate grades without a cause of concern",
        Grading,
        lambda gradings, user, on: gradings.without_cause_of_concern(),
        of_one="inadequate grade without a cause of concern",
    ),
    *map(uncited_rule, (Inspection, Fieldwork, Grading)),
]
