"""The tables of findings and of actions."""

import re
from functools import cache, lru_cache

import django_tables2 as tables
from django.db.models.functions import Length
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join

from inspections.sentences import citations_by_source
from lib.lists.tables import MAIN, ROOMY, ListTable, by_rank

from .choices import (
    NONE_RECORDED,
    ActionStatus,
    ClosureStatus,
    FindingKind,
    FindingProgress,
    Stance,
)
from .models import Action, Finding

NONE = '<span class="none">{}</span>'
SILENCE = format_html(NONE, NONE_RECORDED)
ELSEWHERE = "found in its detail, a response or a name"
NAMELESS = "no particular force"
LINK = '<a href="{}">{}</a>'
STANCE = '<span class="stance {}">{}</span> '
# They stand for what a theme's link keeps of the page's address, and around a summary, in which
# what was searched for is marked. No text has them.
BEFORE, AFTER, BEGIN, END = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
SUMMARY = re.compile(f"{BEGIN}(.*?){END}", re.DOTALL)
# Few findings differ in what these say: cells are made once.
MANY = 4_096


@lru_cache(MANY)
def organisation_link(slug, name):
    return format_html(LINK, reverse("forces:organisation_detail", args=[slug]), name)


@lru_cache(MANY)
def inspection_link(slug, text):
    return format_html(LINK, reverse("inspections:inspection_detail", args=[slug]), text)


@cache
def kind_cell(kind):
    return render_to_string("components/kind.html", {"finding": Finding(kind=kind)})


@cache
def status_cell(status):
    return render_to_string("components/status.html", {"action": Action(status=status)})


@cache
def progress_cell(said, confirmed):
    """What the force says, and what the inspectorate has confirmed."""
    return render_to_string("findings/_progress.html", {"said": said, "confirmed": confirmed})


@lru_cache(MANY)
def source_line(url, publisher, locators, attribution):
    name = format_html(LINK, url, publisher) if url else publisher
    places = f" {locators}" if locators else ""
    return format_html("<small>{}{}, {}</small>", name, places, attribution)


def sources_cell(citations):
    """Each source with the places in it, and whose words they are."""
    lines = (
        source_line(source.url, source.publisher, locators, attribution)
        for source, locators, attribution in citations_by_source(citations)
    )
    return format_html_join("", "{}", ((line,) for line in lines))


def by_stance(finding_responses):
    """Pairs of a stance, or None if there is no response, and the finding responses with it."""
    groups = {stance: [] for stance in (*Stance, None)}
    for row in finding_responses:
        groups[row.response and Stance(row.response.stance)].append(row)
    return [(stance, rows) for stance, rows in groups.items() if rows]


class FindingTable(ListTable):
    """Findings, each with its responses, its progress and its sources."""

    reference = tables.Column("Finding", attrs={"td": {"class": "reference"}})
    summary = tables.Column("In our words", orderable=False, attrs=MAIN)
    kind = tables.Column("Kind")
    themes = tables.Column("Themes", accessor="pk", orderable=False)
    responses = tables.Column("Who it names, and their response", accessor="pk", orderable=False)
    progress = tables.Column("Progress", attrs=ROOMY)
    published = tables.Column("Published, source", accessor="inspection__published_on", attrs=ROOMY)

    caption = "Each finding with those it names, and their response to it"

    def show(self, rows):
        """With links of themes that keep the other choices, and what was searched for marked."""
        before, after = map(escape, self.filterset.address_around("theme"))
        marked = self.marked_summaries(rows)
        super().show(
            {
                key: SUMMARY.sub(lambda found, key=key: marked.get(key, found[1]), row)
                .replace(BEFORE, before)
                .replace(AFTER, after)
                for key, row in rows.items()
            }
        )

    def marked_summaries(self, keys):
        """The summaries of findings with what was searched for marked."""
        search = self.filterset.search
        if not search:
            return {}
        findings = Finding.objects.filter(pk__in=keys).only("summary")
        marked = {row.pk: search.highlight(row) for row in search.with_headline(findings)}
        return {
            key: text if "<mark>" in text else format_html("{}<small>{}</small>", text, ELSEWHERE)
            for key, text in marked.items()
        }

    def render_reference(self, record):
        return format_html(LINK, record.get_absolute_url(), record.reference)

    def order_reference(self, findings, descending):
        return findings.order_by(
            *(
                ("-inspection__slug", Length("reference").desc(), "-reference")
                if descending
                else findings.query.order_by
            )
        ), True

    order_kind = by_rank("kind", FindingKind)
    order_progress = by_rank("progress", FindingProgress)

    def render_kind(self, record):
        return kind_cell(record.kind)

    def render_summary(self, record):
        return format_html("{}{}{}", BEGIN, record.summary, END)

    def render_themes(self, record):
        links = [
            (f"{BEFORE}theme={theme.slug}{AFTER}", theme.name) for theme in record.themes.all()
        ]
        return format_html_join(", ", LINK, links) or SILENCE

    def render_responses(self, record):
        groups = by_stance(record.finding_responses)
        return format_html_join(
            "", "<div>{}</div>", ((group,) for group in self.named(record, groups))
        ) or format_html(NONE, NAMELESS)

    def named(self, record, groups):
        """Whom a finding names, by how they responded to it."""
        if record.is_region_wide:
            words = record.unnamed_organisations
            yield f"Region-wide, “{words}”" if words else "Region-wide"
        for stance, rows in groups:
            names = format_html_join(
                ", ",
                "{}{}",
                (
                    (
                        organisation_link(organisation.slug, str(organisation)),
                        ", for the region" if response and response.is_for_region else "",
                    )
                    for organisation, response in rows
                ),
            )
            yield format_html(STANCE, stance.slug, stance.label) + names if stance else names

    def statuses(self, record):
        return [status for status in ActionStatus if status in record.action_statuses]

    def confirmed(self, record):
        return ClosureStatus(record.closure_status) if record.closure_status else None

    def render_progress(self, record):
        return progress_cell(tuple(self.statuses(record)), self.confirmed(record))

    def render_published(self, record):
        inspection = record.inspection
        link = inspection_link(inspection.slug, inspection.published)
        if record.replaced_by:
            newer = inspection_link(record.replaced_by, "replaced by a newer one")
            link += format_html("<small>{}</small>", newer)
        return link + sources_cell(record.citations.all())


class ActionTable(ListTable):
    """Actions as their organisations report them."""

    action = tables.Column(
        "Action",
        accessor="plan__name",
        order_by=("plan__organisation__short_name", "plan__name", "number"),
        attrs=ROOMY,
    )
    summary = tables.Column("In our words", orderable=False, attrs=MAIN)
    organisation = tables.Column("Force or unit", accessor="plan__organisation__short_name")
    findings = tables.Column("Responds to", accessor="pk", orderable=False)
    status = tables.Column("Force says")
    owner = tables.Column("Owner", accessor="owner_role")
    due = tables.Column("Due", accessor="due_on")
    source = tables.Column("Source of the action", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Actions as the forces report them. The inspectorate has not confirmed them."

    order_status = by_rank("status", ActionStatus)

    def render_action(self, record):
        url, plan = record.get_absolute_url(), record.plan
        return format_html('<a href="{}">Action {}</a><small>{}</small>', url, record.number, plan)

    def render_organisation(self, record):
        organisation = record.plan.organisation
        return organisation_link(organisation.slug, str(organisation))

    def render_findings(self, record):
        links = [
            (finding.get_absolute_url(), finding.reference) for finding in record.findings.all()
        ]
        return format_html_join(", ", LINK, links) or SILENCE

    def render_status(self, record):
        return status_cell(record.status)

    def render_owner(self, record):
        return record.owner_role or SILENCE

    def render_due(self, record):
        return render_to_string(
            "findings/_due.html",
            {"action": record, "overdue": record.is_overdue(self.filterset.today)},
        )

    def render_source(self, record):
        return sources_cell(record.citations.all())
