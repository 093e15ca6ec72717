"""Which rows of a model are in the scope that a reader asks changes for."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db.models import Model, Q, QuerySet

from forces.models import Organisation, Region
from inspections.models import Grading, Inspection

from ..choices import ChangeKind
from ..models import Finding, Plan, Theme


class ChangeScope(NamedTuple):
    """Which changes: about any of these organisations, regions, themes and plans, of these kinds.

    What is empty leaves nothing out.
    """

    organisations: Sequence[Organisation] = ()
    regions: Sequence[Region] = ()
    themes: Sequence[Theme] = ()
    plans: Sequence[Plan] = ()
    kinds: Sequence[ChangeKind] = ()


class Paths(NamedTuple):
    """How the rows of a model are narrowed to a scope; without a path, none of them is in one."""

    organisations: Callable[[list[int]], Q]
    region: str
    finding: str = ""
    plan: str = ""


def paths(organisation: str, region: str, finding: str = "", plan: str = "") -> Paths:
    """Paths of a model whose rows are each about one organisation."""
    return Paths(lambda ids: Q(**{f"{organisation}__in": ids}), region, finding, plan)


def naming(path: str) -> Callable[[list[int]], Q]:
    """The condition that the finding at a path names any of these organisations."""
    named = Finding.organisations.through.objects

    def condition(ids: list[int]) -> Q:
        return Q(**{f"{path}__in": named.filter(organisation__in=ids).values("finding")})

    return condition


def inspecting(path: str) -> Callable[[list[int]], Q]:
    """The condition that the inspection at a path is of one of these, or graded it."""

    def condition(ids: list[int]) -> Q:
        own = Inspection.objects.filter(organisation__in=ids).order_by().values("pk")
        graded = Grading.objects.filter(organisation__in=ids).order_by().values("inspection")
        return Q(**{f"{path}__in": own}) | Q(**{f"{path}__in": graded})

    return condition


def narrow(rows: QuerySet, by: Paths, scope: ChangeScope) -> QuerySet:
    """Those of these rows that are in a scope, whatever their kind."""
    if scope.organisations:
        rows = rows.filter(by.organisations([one.pk for one in scope.organisations]))
    if scope.regions:
        rows = rows.filter(**{f"{by.region}__in": [one.pk for one in scope.regions]})
    if scope.themes:
        if not by.finding:
            return rows.none()
        on_theme = Finding.themes.through.objects.filter(theme__in=[t.pk for t in scope.themes])
        rows = rows.filter(pk__in=of_findings(rows.model, by.finding, on_theme.values("finding")))
    if scope.plans:
        if not by.plan:
            return rows.none()
        rows = rows.filter(**{f"{by.plan}__in": [one.pk for one in scope.plans]})
    return rows


def of_findings(model: type[Model], path: str, findings: QuerySet) -> QuerySet:
    """The ids of a model's rows that lead to any of these findings."""
    rows = model._default_manager.order_by()
    return rows.filter(**{f"{path}__in": findings}).values("pk")


OF_INSPECTION = Paths(inspecting("pk"), "region")
OF_GRADING = paths("organisation", "organisation__region")
OF_FINDING = Paths(naming("pk"), "inspection__region", "pk")
OF_RESPONSE = paths("organisation", "organisation__region", "finding")
OF_ACTION = paths(
    "action__plan__organisation",
    "action__plan__organisation__region",
    "action__findings",
    "action__plan",
)
OF_CONFIRMATION = Paths(naming("finding"), "finding__inspection__region", "finding")
OF_ORGANISATION = paths("pk", "region")
