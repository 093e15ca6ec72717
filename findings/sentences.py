"""Sentences that sum up rows of findings and actions."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.text import capfirst, get_text_list

from lib.sentences import Part, Sentence, number_in_words, plural, quantity

from .addresses import action_list, finding_list
from .choices import ActionStatus, FindingProgress, Stance
from .models import Finding, FindingResponse, Plan, Theme
from .summaries import FindingCounts, FindingTotals, Matrix, PlanRow, RegionCount, ThemeRow

MOST_NAMED = 3


def share(part: int, whole: int, noun: str) -> str:
    """A part of a whole: "eight of 25 findings", "none of two actions", "all three plans"."""
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


def findings_by_theme(rows: Sequence[ThemeRow], total: int) -> str:
    """Which theme is raised most, and by how many of all the findings."""
    if not total:
        return "No finding is recorded."
    if not rows:
        return f"No theme is recorded for {share(total, total, 'finding')}."
    most = rows[0].counts.total
    top = [row for row in rows if row.counts.total == most]
    of = share(most, total, "finding")
    if len(rows) == 1:
        return f"{rows[0].theme.name} is the only theme raised, by {of}."
    if len(top) == 1:
        return f"{top[0].theme.name} is the theme raised most, {balance(top[0].counts)}: {of}."
    names = f": {'; '.join(row.theme.name for row in top)}" if len(top) <= MOST_NAMED else ""
    return f"{capfirst(number_in_words(len(top)))} themes are raised most, by {of} each{names}."


def theme_by_organisation(matrix: Matrix) -> str:
    """Which organisation is named on most themes, leaving out the region as a whole."""
    organisations = matrix.columns[1:]
    reach = [
        sum(cell.count > 0 for cell in cells)
        for cells in zip(*(row.cells[1:] for row in matrix.rows), strict=True)
    ]
    most = max(reach, default=0)
    if not most:
        return "No finding on a theme names a body."
    top = [
        organisation.short_name
        for organisation, themes in zip(organisations, reach, strict=True)
        if themes == most
    ]
    of = share(most, len(matrix.rows), "theme")
    if len(top) == len(organisations) > 1:
        return f"Every body is named on as many themes as the next: {of}."
    if len(top) > MOST_NAMED:
        several = capfirst(quantity(len(top), "body", "bodies"))
        return f"{several} are named on most themes, each on {of}."
    if len(top) > 1:
        return f"{get_text_list(top, 'and')} are named on most themes, each on {of}."
    return f"{top[0]} is named on most themes: {of}."


def actions_by_status(rows: Sequence[PlanRow]) -> str:
    """How many of their actions the organisations say are complete."""
    if not rows:
        return "No action is recorded."
    complete, total = sum(row.complete for row in rows), sum(row.total for row in rows)
    organisations = {row.organisation.short_name for row in rows}
    says = f"{organisations.pop()} says" if len(organisations) == 1 else "The bodies say"
    if total == 1:
        return f"{says} that the only action is {'' if complete else 'not yet '}complete."
    verb = plural(complete, "is", "are")
    return f"{says} that {share(complete, total, 'action')} {verb} complete."


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
    """How many findings there are, and in how many regions."""
    total = sum(row.found for row in rows)
    if not total:
        return [Part("No finding is recorded yet.")]
    found = Part(capfirst(quantity(total, "finding")), finding_list(), total)
    verb, regions = f" {plural(total, 'is', 'are')} recorded", [row for row in rows if row.slug]
    if len(regions) == len(rows) == 1:
        address = reverse("forces:region_detail", args=[regions[0].slug])
        return [found, Part(f"{verb}, of one region: "), Part(regions[0].name, address), Part(".")]
    country = " and the whole country" if len(regions) < len(rows) else ""
    return [found, Part(f"{verb}, of {quantity(len(regions), 'region')}{country}.")]


def themes(rows: Sequence[ThemeRow], total: int) -> Sentence:
    """How many findings there are, on how many themes."""
    if not total:
        return [Part("No finding is recorded.")]
    found = Part(capfirst(quantity(total, "finding")), finding_list(), total)
    return [
        found,
        Part(f" on {quantity(len(rows), 'theme')}. A finding on two themes counts in both."),
    ]


def theme(subject: Theme, counts: FindingCounts, everything: FindingCounts) -> Sentence:
    """How many of all findings are about one theme, and how many of these are good or bad."""
    if not counts.total:
        others = quantity(everything.total, "finding")
        return [Part(f"No finding is recorded on this theme; {others} on others.")]
    return [
        Part(capfirst(number_in_words(counts.total)), counts.url, counts.total),
        Part(" of "),
        Part(quantity(everything.total, "finding"), everything.url, everything.total),
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


def plans(rows: Sequence[PlanRow], findings: FindingTotals) -> Sentence:
    """How many actions organisations call complete, and how many findings are closed."""
    if not rows:
        return [Part("No improvement plan is recorded.")]
    return [
        Part("The bodies say that "),
        *complete_of(rows),
        Part(". The inspectorate has confirmed "),
        Part(
            quantity(findings.closed, "finding"),
            finding_list(progress=FindingProgress.CONFIRMED.slug),
            findings.closed,
        ),
        Part(" as closed."),
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
    """Who is named in a finding, and how they responded; needs `with_responses()`."""
    named = list(subject.organisations.all())
    responses = [row.response for row in subject.finding_responses if row.organisation in named]
    wide = "It is about the region as a whole" if subject.is_region_wide else ""
    if not named:
        whom = (
            f"the source speaks of “{subject.unnamed_organisations}” and names none"
            if subject.unnamed_organisations
            else "it names no body"
        )
        return [Part(f"{wide}; {whom}." if wide else f"{capfirst(whom)}.")]
    start = f"{wide} and names " if wide else "It names "
    if len(named) == 1:
        (organisation,), (response,) = named, responses
        answer = (
            f"whose answer is “{response.get_stance_display()}”"
            if response
            else "whose response we have not found"
        )
        return [
            Part(start),
            Part(str(organisation), organisation.get_absolute_url()),
            Part(f", {answer}."),
        ]
    answers = [
        f"{number_in_words(count)} {stance.label}"
        for stance in Stance
        if (
            count := sum(
                response is not None and response.stance == stance for response in responses
            )
        )
    ]
    silent = (
        [f"for {number_in_words(count)} we have found no response"]
        if (count := responses.count(None))
        else []
    )
    stances = "; ".join([*([get_text_list(answers, "and")] if answers else []), *silent])
    return [Part(f"{start}{quantity(len(named), 'body', 'bodies')}: {stances}.")]


def whose(row: FindingResponse) -> str:
    """Whose response it is, in words."""
    if row.organisation is None:
        return "the region"
    for_region = row.response is not None and row.response.is_for_region
    return f"{row.organisation}{', for the region' if for_region else ''}"
