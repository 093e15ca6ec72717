"""Rows about themes and kinds of finding."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil
from types import MappingProxyType
from typing import NamedTuple

from forces.addresses import Scope
from forces.models import Organisation
from inspections.models import Programme
from lib.lists.freshness import until_changed
from lib.lists.selections import Selection

from ..addresses import NEGATIVE, POSITIVE, REGION_WIDE, finding_list
from ..choices import NEGATIVE_KINDS, POSITIVE_KINDS, PRACTICE_KINDS, FindingKind
from ..models import Finding, Theme
from .counts import (
    MOST_LISTED,
    FindingCounts,
    finding_counts,
    named_organisations,
    pair_of_counts,
)

HEAT_LEVELS = 4


Pair = tuple[int, int]  # how many findings are to improve, and how many strengths or practice


class ThemeRow(NamedTuple):
    """A theme with the counts of its findings, of those of each kind, and of those about the region
    as a whole."""

    theme: Theme
    counts: FindingCounts
    region_wide: Pair
    by_kind: Mapping[FindingKind, int] = MappingProxyType({})


@until_changed
def themes_by_slug(at: datetime) -> dict[str, Theme]:
    """Every theme in use, public or not, by name: to look up those that a list names."""
    return {theme.slug: theme for theme in Theme.objects.in_use().order_by("name")}


def findings_by_theme(findings: Selection, **scope: str | list[str]) -> list[ThemeRow]:
    """One row for each theme of these findings, the most frequent first."""
    found, rows = findings.counts("theme"), []
    for slug, theme in themes_by_slug(findings.at).items():
        if slug not in found:
            continue
        on_theme = findings.having(theme=slug)
        by_kind = kind_counts(on_theme)
        counts = finding_counts(on_theme, **scope, theme=slug)
        positive, negative = pair_of_counts(on_theme.having(organisation=REGION_WIDE))
        rows.append(ThemeRow(theme, counts, (negative, positive), by_kind))
    return sorted(rows, key=lambda row: -row.counts.total)


def kind_counts(findings: Selection) -> dict[FindingKind, int]:
    """How many findings of each kind that occurs there are."""
    kinds, counts = {kind.slug: kind for kind in FindingKind}, findings.counts("kind")
    return {kinds[slug]: count for slug, count in counts.items()}


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
    columns = [
        [choice | {"kind": choice.get("kind", kinds)} for kinds in (NEGATIVE, POSITIVE)]
        for choice in choices
    ]
    rows = []
    for theme in themes:
        own_scope = scope | {"theme": theme.slug}
        cells = [
            Cell(
                Mark(improve, own_scope | negative),
                Mark(strengths, own_scope | positive),
                ceil(improve * HEAT_LEVELS / steps),
            )
            for (improve, strengths), (negative, positive) in zip(
                counts[theme.pk], columns, strict=True
            )
        ]
        rows.append(MatrixRow(theme, cells, finding_list(**own_scope)))
    return rows


def counts_by_theme(
    findings: Selection, themes: Sequence[ThemeRow], facet: str, values: Collection[str]
) -> dict[int, list[Pair]]:
    """How many findings each theme, by its id, has with each of these values of a facet."""
    rows = {}
    for row in themes:
        on_theme = findings.having(theme=row.theme.slug)
        pairs = [
            on_theme.having(kind=kinds).counts_of(facet, values) for kinds in (NEGATIVE, POSITIVE)
        ]
        rows[row.theme.pk] = [tuple(counts[value] for counts in pairs) for value in values]
    return rows


def theme_by_organisation(
    themes: Sequence[ThemeRow],
    findings: Selection,
    organisations: Sequence[Organisation] | None = None,
    region_wide: bool = True,
    **scope: str | list[str],
) -> Matrix:
    """The findings of each theme by whom they name; a finding counts for each it names.

    The region as a whole has the first column if `region_wide`. If no organisations are given, all
    that the findings name have one, the unit first.
    """
    if organisations is None:
        organisations = named_organisations(findings)
    columns = [
        Column("Region-wide", "Region-wide", finding_list(**scope, organisation=REGION_WIDE), "")
    ] * region_wide
    columns += [
        Column(one.name, one.short_name, one.get_absolute_url(), one.slug) for one in organisations
    ]
    slugs = [organisation.slug for organisation in organisations]
    named = counts_by_theme(findings, themes, "organisation", slugs)
    counts = {row.theme.pk: [row.region_wide] * region_wide + named[row.theme.pk] for row in themes}
    choices = [{"organisation": REGION_WIDE}] * region_wide + [
        {"organisation": organisation.slug} for organisation in organisations
    ]
    rows = shade_rows([row.theme for row in themes], counts, choices, scope)
    return Matrix("Findings by theme and by whom they name", columns, rows)


def theme_by_programme(
    themes: Sequence[ThemeRow],
    findings: Selection,
    programmes: Sequence[Programme],
    **scope: str | list[str],
) -> Matrix:
    """The findings of each theme by the programme whose inspections made them."""
    columns = [
        Column(one.name, one.short_name, finding_list(**scope, programme=one.slug), one.slug)
        for one in programmes
    ]
    slugs = [programme.slug for programme in programmes]
    counts = counts_by_theme(findings, themes, "programme", slugs)
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
        row.theme.pk: [
            (0, count) if kind in POSITIVE_KINDS else (count, 0)
            for kind in kinds
            for count in [row.by_kind.get(kind, 0)]
        ]
        for row in themes
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


def findings_by_kind(findings: Selection, **scope: str | list[str]) -> list[KindRow]:
    """One row for each kind that occurs, with its first findings; what is to improve is first."""
    of_kind = {kind: findings.having(kind=kind.slug) for kind in kind_counts(findings)}
    ids = [pk for kind in of_kind.values() for pk in kind.keys(MOST_LISTED)]
    listed = (
        list(
            Finding.objects.filter(pk__in=ids)
            .defer("search")
            .by_reference()
            .with_responses()
            .prefetch_related("themes")
        )
        if ids
        else []
    )
    return [
        KindRow(
            kind,
            [finding for finding in listed if finding.kind == kind],
            of_kind[kind].count,
            finding_list(**scope, kind=kind.slug),
        )
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if kind in of_kind
    ]
