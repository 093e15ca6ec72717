"""What stewards look into among inspections and their judgments."""

from forces.matters import Matter

from .models import Grading, Inspection, Visit


def uncited(model, needs=""):
    """The matter of facts that say nowhere where they were read."""
    return Matter("uncited", f"{model._meta.verbose_name_plural} without a source", model, lambda facts, user, on: facts.uncited(), needs)


MATTERS = [
    Matter(
        "awaiting_comments",
        "inspections within their 56 days for the local policing body’s comments, an answer not recorded",
        Inspection,
        lambda inspections, user, on: inspections.awaiting_comments(on),
    ),
    Matter(
        "without_cause_of_concern",
        "inadequate grades without a cause of concern",
        Grading,
        lambda gradings, user, on: gradings.without_cause_of_concern(),
    ),
    *map(uncited, (Inspection, Visit, Grading)),
]
