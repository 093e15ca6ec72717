"""Rows about themes and kinds of finding."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import NamedTuple

from django.db.models import Count, QuerySet
from django.db.models.functions import Length

from forces.addresses import Scope
from forces.models import Organisation
from inspections.models import Programme

from ..addresses import NEGATIVE, POSITIVE, REGION_WIDE, finding_list
from ..choices import NEGATIVE_KINDS, POSITIVE_KINDS, PRACTICE_KINDS, FindingKind
from ..models import Finding, Theme
from .counts import MOST_LISTED, FindingCounts, kind_counts, unjoined

HEAT_LEVELS = 4


Pair = tuple[int, int]  # how many findings are to improve, and how many strengths or practice


class ThemeRow(NamedTuple):
    """A theme with the counts of its findings, of those of each kind, and of those about the region
    as a whole."""

    theme: Theme
    counts: FindingCounts
    region_wide: Pair
    by_kind: Mapping[FindingKind, int] = MappingProxyType({})


def pair(counts: Mapping[FindingKind, int]) -> Pair:
    """How many of these findings are to improve, and how many are good."""
    return tuple(
        sum(counts.get(kind, 0) for kind in kinds) for kinds in (NEGATIVE_KINDS, POSITIVE_KINDS)
    )


def findings_by_theme(findings: QuerySet[Finding], **scope: str | list[str]) -> list[ThemeRow]:
    """One row for each theme of these findings, the most frequent first."""
    found, wide = defaultdict(Counter), defaultdict(Counter)
    counts = unjoined(findings).values_list("themes", "kind", "is_region_wide")
    for theme, kind, is_region_wide, count in counts.annotate(Count("pk")):
        found[theme][kind] += count
        if is_region_wide:
            wide[theme][kind] += count
    rows = []
    for theme in Theme.objects.in_use().filter(pk__in=found).order_by("name"):
        by_kind, own_scope = found[theme.pk], scope | {"theme": theme.slug}
        negative, positive = pair(by_kind)
        total = FindingCounts(positive, negative, by_kind.total(), own_scope)
        rows.append(ThemeRow(theme, total, pair(wide[theme.pk]), by_kind))
    return sorted(rows, key=lambda row: -row.counts.total)


class Mark(NamedTuple):
    """A number in a cell, and its link."""

    count: int
    scope: Scope

    @property
    def url(self) -> str:
        return finding_list(**self.scope)


class Cell(NamedTuple):
    """How many findings one theme has in one column: to improve, and strengths or practice.

    `level` is its shade, from 0 to 4: darker where there is more to improve.
    """

    improve: Mark
    strengths: Mark
    level: int

    @property
    def count(self) -> int:
        return self.improve.count + self.strengths.count


class Column(NamedTuple):
    """A column of the matrix: its name and its link, and the code of what it is about."""

    name: str
    short_name: str
    url: str
    slug: str = ""


class MatrixRow(NamedTuple):
    """A theme and its cells, in the order of the columns."""

    theme: Theme
    cells: list[Cell]
    url: str


class Matrix(NamedTuple):
    """A table of counts, one row for each theme; `id` tells two on one page apart.

    Organisations whose findings are not recorded here have no column: they are `left_out`.
    """

    caption: str
    columns: list[Column]
    rows: list[MatrixRow]
    id: str = ""
    left_out: Sequence[Organisation] = ()

    @property
    def labelled_rows(self) -> list[tuple[MatrixRow, list[tuple[Column, Cell]]]]:
        """Each row with its cells, and each of these with its column."""
        return [(row, list(zip(self.columns, row.cells, strict=True))) for row in self.rows]


def shade_rows(
    themes: Iterable[Theme],
    counts: Mapping[int, Sequence[Pair]],
    choices: Sequence[Scope],
    scope: Scope,
) -> list[MatrixRow]:
    """The rows of a matrix: each theme's counts in each column, darker with more to improve.

    `counts` has a list for each theme's id. `choices` has each column's parameters of a list.
    """
    most = max((improve for theme in themes for improve, _ in counts[theme.pk]), default=0)
    steps = max(most, HEAT_LEVELS)

    def mark(count: int, kinds: list[str], theme: Theme, choice: Scope) -> Mark:
        kind = choice.get("kind", kinds)
        return Mark(count, scope | {"theme": theme.slug} | choice | {"kind": kind})

    return [
        MatrixRow(
            theme,
            [
                Cell(
                    mark(improve, NEGATIVE, theme, choice),
                    mark(strengths, POSITIVE, theme, choice),
                    ceil(improve * HEAT_LEVELS / steps),
                )
                for (improve, strengths), choice in zip(counts[theme.pk], choices, strict=True)
            ],
            finding_list(**scope, theme=theme.slug),
        )
        for theme in themes
    ]


def counts_by_theme(findings: QuerySet[Finding], field: str) -> dict[tuple[int, int | str], Pair]:
    """How many findings each pair of a theme's id and a field's value has."""
    pairs = unjoined(findings).values_list("themes", field)
    return {
        (theme, value): (negative, positive)
        for theme, value, positive, negative, _ in pairs.annotate(**kind_counts())
    }


def theme_by_organisation(
    themes: Sequence[ThemeRow],
    findings: QuerySet[Finding],
    organisations: Sequence[Organisation] | None = None,
    region_wide: bool = True,
    **scope: str | list[str],
) -> Matrix:
    """The findings of each theme by whom they name; a finding counts for each it names.

    The region as a whole has the first column if `region_wide`. If no organisations are given, all
    that the findings name have one, the unit first.
    """
    named = counts_by_theme(findings, "organisations")
    if organisations is None:
        ids = {organisation for _, organisation in named}
        organisations = list(Organisation.objects.filter(pk__in=ids).unit_first())
    columns = [
        Column("Region-wide", "Region-wide", finding_list(**scope, organisation=REGION_WIDE), "")
    ] * region_wide
    columns += [
        Column(one.name, one.short_name, one.get_absolute_url(), one.slug) for one in organisations
    ]
    counts = {
        row.theme.pk: [row.region_wide] * region_wide
        + [named.get((row.theme.pk, organisation.pk), (0, 0)) for organisation in organisations]
        for row in themes
    }
    choices = [{"organisation": REGION_WIDE}] * region_wide + [
        {"organisation": organisation.slug} for organisation in organisations
    ]
    rows = shade_rows([row.theme for row in themes], counts, choices, scope)
    return Matrix("Findings by theme and by whom they name", columns, rows)


def theme_by_programme(
    themes: Sequence[ThemeRow],
    findings: QuerySet[Finding],
    programmes: Sequence[Programme],
    **scope: str | list[str],
) -> Matrix:
    """The findings of each theme by the programme whose inspections made them."""
    pairs = counts_by_theme(findings, "inspection__programme")
    columns = [
        Column(one.name, one.short_name, finding_list(**scope, programme=one.slug), one.slug)
        for one in programmes
    ]
    counts = {
        row.theme.pk: [pairs.get((row.theme.pk, one.pk), (0, 0)) for one in programmes]
        for row in themes
    }
    choices = [{"programme": programme.slug} for programme in programmes]
    rows = shade_rows([row.theme for row in themes], counts, choices, scope)
    return Matrix("Findings by theme, cycle by cycle", columns, rows, "-by-programme")


def theme_by_kind(themes: Sequence[ThemeRow], **scope: str | list[str]) -> Matrix:
    """The findings of each theme by kind; what needs to improve comes first."""
    kinds = [
        kind
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if any(row.by_kind.get(kind) for row in themes)
    ]
    columns = [
        Column(label, label, finding_list(**scope, kind=kind.slug), kind.slug)
        for kind in kinds
        for label in [kind.label.capitalize()]
    ]
    counts = {
        row.theme.pk: [pair({kind: row.by_kind.get(kind, 0)}) for kind in kinds] for row in themes
    }
    rows = shade_rows(
        [row.theme for row in themes], counts, [{"kind": kind.slug} for kind in kinds], scope
    )
    return Matrix("Findings by theme and kind", columns, rows, "-by-kind")


class KindRow(NamedTuple):
    """The findings of one kind: how many there are, and the first of them."""

    kind: FindingKind
    findings: list[Finding]
    total: int
    url: str

    @property
    def is_practice(self) -> bool:
        return self.kind in PRACTICE_KINDS


def findings_by_kind(findings: QuerySet[Finding], **scope: str | list[str]) -> list[KindRow]:
    """One row for each kind that occurs, with its first findings; what is to improve is first."""
    totals = dict(findings.order_by().values_list("kind").annotate(Count("pk")))
    in_order = findings.order_by("inspection_id", Length("reference"), "reference").values("pk")
    first = [in_order.filter(kind=kind)[:MOST_LISTED] for kind in totals]
    ids = [row["pk"] for row in first[0].union(*first[1:], all=True)] if first else []
    listed = list(
        Finding.objects.filter(pk__in=ids)
        .defer("search")
        .by_reference()
        .with_responses()
        .prefetch_related("themes")
    )
    return [
        KindRow(
            kind,
            [finding for finding in listed if finding.kind == kind],
            totals[kind],
            finding_list(**scope, kind=kind.slug),
        )
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if kind in totals
    ]
