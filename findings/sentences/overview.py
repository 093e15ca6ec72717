"""Sentences that sum up rows of findings and actions."""

from collections import Counter
from collections.abc import Sequence

from django.urls import reverse
from django.utils.text import capfirst, get_text_list

from forces.choices import OrganisationKind
from forces.names import region_in_words
from lib.lists.facets import NONE
from lib.sentences import Part, Sentence, number_in_words, parts_list, plural, quantity

from ..addresses import action_list, finding_list
from ..choices import ActionStatus, FindingProgress, Stance
from ..models import Finding, Plan, Response, Theme
from ..summaries import FindingCounts, Matrix, PlanRow, RegionCount, ThemeRow

MOST_NAMED = 3


def share(part: int, whole: int, noun: str) -> str:
    """A part of a whole: "eight of 25 findings", "none of two actions", "all three plans"."""
    if part == whole == 2:
        return f"both {noun}s"
    if part == whole:
        return f"all {quantity(whole, noun)}" if whole > 1 else f"the only {noun}"
    return f"{number_in_words(part) if part else 'none'} of {quantity(whole, noun)}"


def balance(counts: FindingCounts) -> str:
    """Whether the findings on a theme are more often good or bad."""
    if counts.positive == counts.negative:
        return "for better and worse alike"
    if not counts.negative:
        return "always for better"
    if not counts.positive:
        return "always for worse"
    return f"more often for {'better' if counts.positive > counts.negative else 'worse'}"


def findings_by_theme(rows: Sequence[ThemeRow], total: int, **scope: str | list[str]) -> Sentence:
    """Which theme is raised most, and by how many of all the findings, with links to both."""
    if not total:
        return [Part("No finding is recorded.")]
    everything = finding_list(**scope)
    findings = Part(quantity(total, "finding"), everything, total)
    if not rows:
        whole = Part("the only finding", everything, total) if total == 1 else findings
        any_of = "any of " if total > 1 else ""
        return [Part(f"No theme is recorded for {any_of}"), whole, Part(".")]
    most = rows[0].counts.total
    top = [row for row in rows if row.counts.total == most]
    if len(top) == 1:
        (row,) = top
        start = f"is the theme raised most, {balance(row.counts)}: "
        start = "is the only theme raised, by " if len(rows) == 1 else start
        of = [Part(number_in_words(most), row.counts.url, most), Part(" of "), findings]
        if most == total:
            of = [Part(share(most, total, "finding"), row.counts.url, most)]
        return [Part(f"{row.theme.name} {start}"), *of, Part(".")]
    on_top = finding_list(**scope, theme=[row.theme.slug for row in top])
    themes = [Part(capfirst(quantity(len(top), "theme")), on_top)]
    if len(top) <= MOST_NAMED:
        themes = parts_list([[Part(row.theme.name, row.counts.url, most)] for row in top])
    verb = " are each raised by " if len(top) == len(rows) else " are raised most, each by "
    of = [Part(f"{number_in_words(most)} of "), findings]
    if most == total:
        of = [Part(share(most, total, "finding"), everything, total)]
    return [*themes, Part(verb), *of, Part(".")]


def theme_by_organisation(matrix: Matrix) -> str:
    """Which organisation is named on most themes, and which are left out."""
    return " ".join(filter(None, (most_themes(matrix), left_out(matrix))))


def left_out(matrix: Matrix) -> str:
    """The organisations whose findings are not recorded here; empty if there are none."""
    names = [organisation.short_name for organisation in matrix.left_out]
    if not names:
        return ""
    nouns = OrganisationKind.nouns(organisation.kind for organisation in matrix.left_out)
    several = quantity(len(names), *nouns)
    whose = get_text_list(names, "and") if len(names) <= MOST_NAMED else several
    return f"Findings of {whose} are not recorded here."


def most_themes(matrix: Matrix) -> str:
    """Which organisation is named on most themes, leaving out the region as a whole."""
    organisations = matrix.columns[1:]
    reach = [
        sum(cell.count > 0 for cell in cells)
        for cells in zip(*(row.cells[1:] for row in matrix.rows), strict=True)
    ]
    most = max(reach, default=0)
    if not most:
        return "No finding on a theme names a force or unit."
    top = [
        organisation.short_name
        for organisation, themes in zip(organisations, reach, strict=True)
        if themes == most
    ]
    of = share(most, len(matrix.rows), "theme")
    if len(top) == len(organisations) > 1:
        return f"Every force and unit is named on the same number of themes: {of}."
    if len(top) > MOST_NAMED:
        several = capfirst(quantity(len(top), "force or unit", "forces and units"))
        return f"{several} are named on most themes, each on {of}."
    if len(top) > 1:
        return f"{get_text_list(top, 'and')} are named on most themes, each on {of}."
    return f"{top[0]} is named on more themes than any other: {of}."


def actions_by_status(rows: Sequence[PlanRow], **scope: str | list[str]) -> Sentence:
    """How many of their actions the organisations say are complete, with links."""
    if not rows:
        return [Part("No action is recorded.")]
    organisations = {row.organisation.short_name for row in rows}
    says = f"{organisations.pop()} says" if len(organisations) == 1 else "The forces say"
    return [Part(f"{says} that "), *complete_of(rows, **scope), Part(".")]


def leaning(counts: FindingCounts) -> Sentence:
    """How many findings are to improve and how many are strengths or practice, with links."""
    return [
        Part(
            f"{number_in_words(counts.negative)} to improve", counts.negative_url, counts.negative
        ),
        Part(" and "),
        Part(
            quantity(counts.positive, "strength or practice", "strengths and practice"),
            counts.positive_url,
            counts.positive,
        ),
    ]


def findings_by_region(rows: Sequence[RegionCount]) -> Sentence:
    """How many findings there are, and how many of each region, with links to their lists."""
    total = sum(row.found for row in rows)
    if not total:
        return [Part("No finding is recorded yet.")]
    found = Part(capfirst(quantity(total, "finding")), finding_list(), total)
    verb = f" {plural(total, 'is', 'are')} recorded"
    named = [(_region(row), row) for row in rows]
    if len(rows) == 1:
        return [found, Part(f"{verb} for "), named[0][0], Part(".")]
    counts = [
        [
            Part(number_in_words(row.found), finding_list(region=row.slug or NONE), row.found),
            Part(" for "),
            name,
        ]
        for name, row in named
    ]
    return [found, Part(f"{verb}: "), *parts_list(counts), Part(".")]


def _region(row: RegionCount) -> Part:
    if not row.slug:
        return Part("the whole country")
    return Part(region_in_words(row.name), reverse("forces:region_detail", args=[row.slug]))


def themes(rows: Sequence[ThemeRow], total: int) -> Sentence:
    """How many findings there are, on how many themes."""
    if not total:
        return [Part("No finding is recorded.")]
    found = Part(capfirst(quantity(total, "finding")), finding_list(), total)
    return [
        found,
        Part(f" on {quantity(len(rows), 'theme')}. A finding on two themes counts in both."),
    ]


def theme(subject: Theme, counts: FindingCounts, everything: int) -> Sentence:
    """How many of all findings are about one theme, and how many of these are good or bad."""
    if not counts.total:
        others = quantity(everything, "finding")
        return [Part(f"No finding is recorded on this theme; {others} on others.")]
    return [
        Part(capfirst(number_in_words(counts.total)), counts.url, counts.total),
        Part(" of "),
        Part(quantity(everything, "finding"), finding_list(), everything),
        Part(f" {plural(counts.total, 'is', 'are')} about “{subject}”: "),
        *leaning(counts),
        Part("."),
    ]


def complete_of(rows: Sequence[PlanRow], **scope: str | list[str]) -> Sentence:
    """How many actions organisations call complete, with links."""
    complete, total = sum(row.complete for row in rows), sum(row.total for row in rows)
    complete_url = action_list(**scope, status=ActionStatus.COMPLETE.slug)
    if total == 1:
        return [
            Part("the only action", action_list(**scope), 1),
            Part(" is "),
            Part("complete", complete_url, 1) if complete else Part("not yet complete"),
        ]
    return [
        Part(number_in_words(complete) if complete else "none", complete_url, complete),
        Part(" of "),
        Part(quantity(total, "action"), action_list(**scope), total),
        Part(f" {plural(complete, 'is', 'are')} complete"),
    ]


def plans(rows: Sequence[PlanRow], closed: int) -> Sentence:
    """How many actions organisations call complete, and how many findings are closed."""
    if not rows:
        return [Part("No improvement plan is recorded.")]
    return [
        Part("The forces say that "),
        *complete_of(rows),
        Part(". The inspectorate has confirmed "),
        Part(
            quantity(closed, "finding"),
            finding_list(progress=FindingProgress.CONFIRMED.slug),
            closed,
        ),
        Part(" as closed." if closed else " as closed. Our sources may not report every closure."),
    ]


def plan(subject: Plan, rows: Sequence[PlanRow]) -> Sentence:
    """How many actions of its plan an organisation calls complete."""
    if not rows:
        return [Part("No action of this plan is recorded.")]
    return [
        Part(f"{subject.organisation} says that "),
        *complete_of(rows, plan=subject.slug),
        Part("."),
    ]


def finding(subject: Finding) -> Sentence:
    """Who is named in a finding, and how they responded to it; needs `with_responses()`."""
    named = list(subject.organisations.all())
    wide = "This finding is about the region as a whole" if subject.is_region_wide else ""
    if not named:
        unnamed = subject.unnamed_organisations
        whom = f"the source refers to “{unnamed}” and names no force" if unnamed else ""
        if wide:
            return [Part(f"{wide}; {whom}." if whom else f"{wide}.")]
        return [Part(f"{capfirst(whom)}." if whom else "This finding names no particular force.")]
    start = f"{wide} and names " if wide else "This finding names "
    responses = [
        row.response
        for row in subject.finding_responses
        if row.response and row.organisation in named
    ]
    if len(named) == 1:
        (organisation,) = named
        whom = [Part(str(organisation), organisation.get_absolute_url())]
        says = [
            f"The {organisation.get_kind_display()} {Stance(response.stance).towards('it')}"
            for response in responses
        ]
    else:
        nouns = OrganisationKind.nouns(organisation.kind for organisation in named)
        whom = [Part(quantity(len(named), *nouns))]
        counts = Counter(Stance(response.stance) for response in responses)
        says = [
            f"{capfirst(number_in_words(counts[stance]))} {stance.towards('it', counts[stance])}"
            for stance in Stance
            if stance in counts
        ]
    return [Part(start), *whom, Part(". ".join(["", *says]) + ".")]


def report_responses(responses: Sequence[Response]) -> Sentence:
    """What those whom a finding names say of the report as a whole, with links to where they do."""
    parts = []
    for stance in Stance:
        those = [response for response in responses if response.stance == stance]
        if not those:
            continue
        for place, response in enumerate(those):
            joint = "" if not place else " and " if place == len(those) - 1 else ", "
            wide = ", for the region," if response.is_for_region else ""
            organisation = response.organisation
            parts += [
                Part(joint),
                Part(str(organisation), organisation.get_absolute_url()),
                Part(wide),
            ]
        url = f"{those[0].inspection.get_absolute_url()}#responses"
        parts += [
            Part(" "),
            Part(stance.towards("the inspection report", len(those)), url),
            Part(". "),
        ]
    return [part for part in parts if part.text]
