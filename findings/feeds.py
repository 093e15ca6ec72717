"""The entries of feeds: what changed, the newest findings, and the actions that moved last."""

from django.db.models import F, Max
from django.db.models.functions import Coalesce, Greatest
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator, capfirst

from lib.feeds import EMPTY_SINCE, MOST_ENTRIES, Entry, html_of
from lib.sentences import plain_text

from . import sentences
from .choices import ActionStatus, FindingKind

LONGEST_TITLE = 100
OF_A_FORCE = "As the force reports. The inspectorate has not confirmed it."


def change_entries(rows, absolute):
    """An entry for each change with a day."""
    return [
        Entry(
            row.key,
            title_of(plain_text(sentences.change(row))),
            row.url,
            format_html(
                "<p>{}</p><p>{}</p>",
                html_of(sentences.change(row), absolute),
                sources_in_html(row, absolute),
            ),
            row.at,
            row.kind.slug,
        )
        for row in rows
    ]


def sources_in_html(row, absolute):
    """When it was, and where it was read."""
    when = f"{capfirst(row.day)}. " if row.day else ""
    if row.action:
        return f"{when}{OF_A_FORCE}"
    note = sentences.counted_from(row)
    links = links_of(row.citations, absolute)
    return format_html("{}{}Source: {}.", when, f"{capfirst(note)}. " if note else "", links)


def links_of(citations, absolute):
    """Sources with their links and the places in them."""
    return (
        format_html_join(
            "; ",
            '<a href="{}">{}</a>{}',
            (
                (
                    absolute(one.source.get_absolute_url()),
                    one.source,
                    f", {one.locator}" if one.locator else "",
                )
                for one in citations
            ),
        )
        or "none recorded"
    )


def title_of(text):
    return Truncator(text).chars(LONGEST_TITLE)


def newest_findings(findings, absolute):
    """An entry for each of the newest of these findings."""
    newest = findings.order_by("-inspection__public_at", "-pk")[:MOST_ENTRIES]
    newest = newest.select_related("inspection").prefetch_related("citations").defer("search")
    return [
        Entry(
            f"finding/{finding.pk}",
            title_of(f"{capfirst(FindingKind(finding.kind).label)}: {finding.summary}"),
            finding.get_absolute_url(),
            format_html(
                '<p><a href="{}">{}</a>, “{}”, published {}. {}</p><p>Source: {}.</p>',
                absolute(finding.get_absolute_url()),
                finding.reference,
                finding.inspection,
                finding.inspection.published,
                finding.summary,
                links_of(finding.citations.all(), absolute),
            ),
            finding.inspection.public_at,
            FindingKind(finding.kind).slug,
        )
        for finding in newest
    ]


def newest_actions(actions, absolute):
    """An entry for each of these actions that was reported on last.

    Since when: its last approved update, due date or owner, or else the report that its plan
    responds to.
    """
    last = Greatest(
        *(
            Max(f"{name}__published_at")
            for name in ("updates", "due_date_changes", "owner_changes")
        ),
        F("plan__inspection__public_at"),
    )
    moved = actions.for_display().annotate(moved_at=Coalesce(last, EMPTY_SINCE))
    return [
        Entry(
            f"action/{action.pk}",
            title_of(f"{action.plan.organisation}: {action.summary}"),
            action.get_absolute_url(),
            format_html(
                '<p><a href="{}">Action {} of “{}”</a>: {}. {} {}</p><p>Source: {}.</p>',
                absolute(action.get_absolute_url()),
                action.number,
                action.plan,
                ActionStatus(action.status).label,
                action.summary,
                OF_A_FORCE,
                links_of(action.citations.all(), absolute),
            ),
            action.moved_at,
            ActionStatus(action.status).slug,
        )
        for action in moved.order_by("-moved_at", "-pk")[:MOST_ENTRIES]
    ]
