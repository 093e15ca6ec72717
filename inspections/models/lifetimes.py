"""Which organisations existed when their region was last inspected, and whom a programme covers."""

from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from forces.choices import OrganisationKind
from forces.models import exists_on

from .gradings import Grading
from .inspections import Fieldwork

EXISTED_WHEN_INSPECTED = exists_on(F("last_inspected_on"))
DID_NOT_EXIST_THEN = Q(valid_from__gt=F("last_inspected_on"))
HAS_AREA = Q(kind=OrganisationKind.FORCE, ons_code__isnull=False)


def with_last_inspected(organisations, at, programme=None):
    """Each with the last day of the evidence behind its region's newest gradings of a programme.

    If none is given, of the headline question. Where fieldwork is not dated, that is the day of
    publication; without gradings, it is today.
    """
    chosen = (
        {"question__is_headline": True} if programme is None else {"question__programme": programme}
    )
    fieldwork = Fieldwork.objects.filter(
        inspection=OuterRef("inspection"), organisation=OuterRef("organisation")
    )
    gradings = (
        Grading.objects.published(at)
        .filter(organisation__region=OuterRef("region"), **chosen)
        .annotate(
            evidence_on=Coalesce(
                Subquery(fieldwork.values("fieldwork_to")), F("inspection__published_on")
            )
        )
        .order_by(F("inspection__published_on").desc(nulls_last=True), "-evidence_on")
    )
    newest = Subquery(gradings.values("evidence_on")[:1])
    return organisations.annotate(last_inspected_on=Coalesce(newest, Value(localdate(at))))


def covered_by(organisations, at, programme=None):
    """Those whom a programme covers: every force with a police area, and whom else it graded.

    A programme that graded a regional unit covers them all. If none is given, everyone is covered.
    """
    if programme is None:
        return organisations
    gradings = Grading.objects.published(at).filter(question__programme=programme)
    graded = gradings.filter(organisation=OuterRef("pk"))
    units = gradings.filter(organisation__kind=OrganisationKind.UNIT)
    all_units = Q(Exists(units), kind=OrganisationKind.UNIT)
    return organisations.filter(HAS_AREA | Q(Exists(graded)) | all_units)


def current_or_inspected(organisations, at, programme=None):
    """Organisations that a programme covers and that exist today, or did when it last inspected."""
    covered = covered_by(organisations, at, programme)
    return with_last_inspected(covered, at, programme).filter(
        exists_on(localdate(at)) | EXISTED_WHEN_INSPECTED & ~Q(valid_from__gt=localdate(at))
    )
