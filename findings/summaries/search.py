"""Rows about what a search of the whole site finds, by sort, the best first."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.timezone import localdate

from forces.addresses import organisation_list
from forces.choices import OrganisationKind
from forces.models import Alias, Organisation, Region
from forces.names import SMALL_WORDS, meant_by, name_key, words_of
from inspections.choices import Grade
from inspections.dates import day
from inspections.glossary import TERMS
from inspections.models import Inspection, Programme, Question, Strand

from ..addresses import finding_list
from ..models import Finding, Plan, Theme
from ..search import Search

FEW = 5
SHORTEST_START = 3  # letters of a word that stand for any word that begins so
PAGE = re.compile(r"(?:\S+?[:.]\S+?)?/[a-z-]+/([-\w]+)/?(?:[?#]\S*)?", re.ASCII)


class Result(NamedTuple):
    """A page that a search finds, and what it is."""

    title: str
    url: str
    note: str = ""
    is_synthetic: bool = False


class ResultGroup(NamedTuple):
    """The best results of one sort; `more` is where all are, `count` how many findings there are.

    `is_exact` if one of them is just what was typed.
    """

    title: str
    results: list[Result]
    more: str = ""
    more_words: str = ""
    count: int | None = None
    is_exact: bool = False


class SiteSearch(NamedTuple):
    """What a search finds; `candidates` are the organisations that initials may mean."""

    groups: list[ResultGroup]
    candidates: list[str]

    @property
    def is_synthetic(self) -> bool:
        return any(result.is_synthetic for group in self.groups for result in group.results)


class Entry(NamedTuple):
    """A row that may be found: by its names, or else by the words that describe it."""

    result: Result
    names: list[str]
    words: str = ""


def site_search(search: Search, at: datetime) -> SiteSearch:
    """Everything public that a search finds, grouped: what is exactly so first, then the best."""
    text = page_words(search.text)
    organisations, candidates = found_organisations(text, at)
    groups = [
        *organisations,
        group("Regions", text, regions(at), "/", "All regions"),
        group("Grades", text, grades(), reverse("inspections:grades"), "What grades mean"),
        found_findings(search, at),
        group(
            *("Inspections", text, [*programmes(at), *inspections(at)]),
            *(reverse("inspections:inspection_list"), "All inspections"),
        ),
        group(
            *("Questions", text, strands(at)),
            *(reverse("inspections:strand_list"), "All questions"),
        ),
        group("Themes", text, themes(at), reverse("findings:theme_list"), "All themes"),
        group("Plans", text, plans(at), reverse("findings:plan_list"), "All plans"),
        group("Terms", text, terms(), reverse("inspections:glossary"), "The whole glossary"),
    ]
    groups.sort(key=lambda group: not group.is_exact)
    return SiteSearch([group for group in groups if group.results], candidates)


def page_words(text: str) -> str:
    """The words to look for; of a page's address, those of its last part."""
    page = PAGE.fullmatch(text.strip())
    return page[1].replace("-", " ") if page else text


def quality(text: str, entry: Entry) -> int | None:
    """How well an entry matches: 0 is best, None not at all."""
    key = name_key(text)
    keys = [name_key(name) for name in entry.names]
    if key in keys:
        return 0
    if len(key) >= SHORTEST_START and any(name.startswith(key) for name in keys):
        return 1
    sought = words_of(text)
    sought = [word for word in sought if word not in SMALL_WORDS]
    if not sought:
        return None
    for place, texts in enumerate([entry.names, [*entry.names, entry.words]]):
        words = set().union(*map(words_of, texts))
        if all(any(begins(word, start) for word in words) for start in sought):
            return 2 + place
    return None


def begins(word: str, start: str) -> bool:
    """Whether a word is, or begins with, what was typed."""
    return word == start or (len(start) >= SHORTEST_START and word.startswith(start))


def group(
    title: str, text: str, entries: Iterable[Entry], more: str, more_words: str
) -> ResultGroup:
    """The entries that match, the best first, and by name where they match alike."""
    matches = [(quality(text, entry), entry) for entry in entries]
    found = [(place, entry.result) for place, entry in matches if place is not None]
    found.sort(key=lambda match: (match[0], match[1].title))
    results = [result for _, result in found]
    more_words = more_words if len(results) > FEW else ""
    is_exact = bool(found) and found[0][0] == 0
    return ResultGroup(title, results[:FEW], more, more_words, is_exact=is_exact)


def found_organisations(text: str, at: datetime) -> tuple[list[ResultGroup], list[str]]:
    """Forces and units, and which of them initials may mean, if that is more than one."""
    organisations = list(
        Organisation.objects.published(at)
        .unit_first()
        .select_related("region")
        .prefetch_related(Prefetch("aliases", Alias.objects.order_by("name")))
    )
    by_id = {organisation.pk: organisation for organisation in organisations}
    sure, candidates = meant_by(text, [organisation.as_named() for organisation in organisations])
    found = []
    for kind, title in (
        (OrganisationKind.FORCE, "Forces"),
        (OrganisationKind.UNIT, "Regional units"),
    ):
        of_kind = [one for one in organisations if one.kind == kind]
        if meant := [one for one in of_kind if one.pk in sure | candidates]:
            results = [organisation_entry(one, by_id, at).result for one in meant]
            found.append(ResultGroup(title, results, is_exact=True))
        elif not sure | candidates:
            entries = [organisation_entry(one, by_id, at) for one in of_kind]
            more = organisation_list(kind=kind.slug)
            found.append(group(title, text, entries, more, f"All {title.lower()}"))
    return found, [str(one) for one in organisations if one.pk in candidates]


def organisation_entry(
    organisation: Organisation, public: Mapping[int, Organisation], at: datetime
) -> Entry:
    """An organisation, with its other names, and since when it is history.

    What took its place is named if it is among these public ones.
    """
    names = [organisation.name, organisation.short_name]
    aliases = organisation.aliases.all()
    other = [alias.name for alias in aliases if not alias.valid_to]
    old = [f"{alias.name} until {day(alias.valid_to)}" for alias in aliases if alias.valid_to]
    notes = [] if organisation.name == organisation.short_name else [organisation.name]
    notes.append(f"{organisation.region} region")
    if other:
        notes.append("also called " + ", ".join(other))
    if old:
        notes.append("called " + ", ".join(old))
    if organisation.valid_to and organisation.valid_to <= localdate(at):
        notes.append(f"until {day(organisation.valid_to)}")
        if successor := public.get(organisation.successor_id):
            notes.append(f"now {successor}")
    result = Result(
        organisation.short_name,
        organisation.get_absolute_url(),
        "; ".join(notes),
        organisation.region.is_synthetic,
    )
    return Entry(result, [*names, *(alias.name for alias in aliases)])


def programmes(at: datetime) -> list[Entry]:
    """Every programme of public inspections."""
    return [
        Entry(
            Result(
                f"{programme.name}: forces and their grades",
                programme.get_absolute_url(),
                programme.description,
            ),
            [programme.name, programme.short_name],
            programme.description,
        )
        for programme in Programme.objects.published(at)
    ]


def regions(at: datetime) -> list[Entry]:
    """Every region."""
    return [
        Entry(
            Result(region.name, region.get_absolute_url(), is_synthetic=region.is_synthetic),
            [region.name],
        )
        for region in Region.objects.published(at)
    ]


def grades() -> list[Entry]:
    """Every grade, leading to the forces and units that have it."""
    return [
        Entry(
            Result(
                f"Forces and units graded {grade.label.lower()}",
                organisation_list(grade=grade.slug),
            ),
            [str(grade.label)],
        )
        for grade in Grade
    ]


def inspections(at: datetime) -> list[Entry]:
    """Every public inspection."""
    rows = Inspection.objects.published(at).newest_first().select_related("programme", "region")
    return [
        Entry(
            Result(
                row.title,
                row.get_absolute_url(),
                f"{row.programme}, published {row.published}",
                bool(row.region and row.region.is_synthetic),
            ),
            [row.title, row.slug],
            f"{row.programme.name} {row.programme.short_name} {row.region or 'national'}",
        )
        for row in rows
    ]


def strands(at: datetime) -> list[Entry]:
    """Every strand, by its name and by the questions that ask about it."""
    asked = Prefetch("questions", Question.objects.published(at))
    rows = Strand.objects.published(at).prefetch_related(asked)
    return [
        Entry(
            Result(strand.name, strand.get_absolute_url(), strand.description),
            [strand.name],
            " ".join(
                [strand.description, *(word for q in strand.questions.all() for word in q.wordings)]
            ),
        )
        for strand in rows
    ]


def themes(at: datetime) -> list[Entry]:
    """Every theme in use."""
    return [
        Entry(
            Result(theme.name, theme.get_absolute_url(), theme.definition),
            [theme.name],
            theme.definition,
        )
        for theme in Theme.objects.published(at).in_use()
    ]


def plans(at: datetime) -> list[Entry]:
    """Every public plan."""
    return [
        Entry(
            Result(
                plan.name,
                plan.get_absolute_url(),
                str(plan.organisation),
                plan.organisation.region.is_synthetic,
            ),
            [plan.name],
            f"{plan.organisation} {plan.organisation.name}",
        )
        for plan in Plan.objects.published(at).select_related("organisation__region")
    ]


def terms() -> list[Entry]:
    """Every term of the glossary."""
    page = reverse("inspections:glossary")
    return [
        Entry(
            Result(term.name[0].upper() + term.name[1:], f"{page}#{term.slug}", term.meaning),
            [name for name in (term.name, term.abbreviation) if name],
            term.meaning,
        )
        for term in TERMS
    ]


def found_findings(search: Search, at: datetime) -> ResultGroup:
    """The findings that match best, and how many do."""
    if search.errors:
        return ResultGroup("Findings", [])
    found = search.filter(Finding.objects.published(at).by_reference())
    best = search.best_first(found).select_related("inspection__region").defer("search")
    best = list(best[:FEW])
    results = [
        Result(
            f"{finding.reference}: {finding.get_kind_display()}",
            finding.get_absolute_url(),
            finding.summary,
            bool(finding.inspection.region and finding.inspection.region.is_synthetic),
        )
        for finding in best
    ]
    count = found.count()
    words = f"All {count} findings" if count > 1 else "This finding in the list"
    is_exact = any(search.names(finding.reference) for finding in best[:1])
    return ResultGroup("Findings", results, finding_list(q=search.text), words, count, is_exact)
