"""Which organisations existed when their region was last inspected."""

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from forces.models import exists_on

from .gradings import Grading
from .inspections import Fieldwork

EXISTED_WHEN_INSPECTED = exists_on(F("last_inspected_on"))
DID_NOT_EXIST_THEN = Q(valid_from__gt=F("last_inspected_on"))


def with_last_inspected(organisations, at):
    """Each with the last day of the evidence behind its region's newest headline gradings.

    Where fieldwork is not dated, that is the day of publication; without gradings, it is today.
    """
    fieldwork = Fieldwork.objects.filter(
        inspection=OuterRef("inspection"), organisation=OuterRef("organisation")
    )
    gradings = (
        Grading.objects.published(at)
        .filter(question__is_headline=True, organisation__region=OuterRef("region"))
        .annotate(
            evidence_on=Coalesce(
                Subquery(fieldwork.values("fieldwork_to")), F("inspection__published_on")
            )
        )
        .order_by("-inspection__published_on", "-evidence_on")
    )
    newest = Subquery(gradings.values("evidence_on")[:1])
    return organisations.annotate(last_inspected_on=Coalesce(newest, Value(localdate(at))))


def current_or_inspected(organisations, at):
    """Organisations that exist today, or did when their region was last inspected."""
    return with_last_inspected(organisations, at).filter(
        exists_on(localdate(at)) | EXISTED_WHEN_INSPECTED & ~Q(valid_from__gt=localdate(at))
    )
