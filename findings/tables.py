"""The tables of findings and of actions."""

import django_tables2 as tables
from django.db.models.functions import Length
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join

from inspections.sentences import citations_by_source
from lib.lists.tables import MAIN, ROOMY, ListTable, rank

from .choices import (
    NONE_RECORDED,
    ActionStatus,
    ClosureStatus,
    FindingKind,
    FindingProgress,
    Stance,
)

SILENCE = format_html('<span class="none">{}</span>', NONE_RECORDED)
ELSEWHERE = "found in its detail, a response or a name"
NAMELESS = "no particular force"


def by_stance(finding_responses):
    """Pairs of a stance, or None if there is no response, and the finding responses with it."""
    groups = {stance: [] for stance in (*Stance, None)}
    for row in finding_responses:
        groups[row.response and Stance(row.response.stance)].append(row)
    return [(stance, rows) for stance, rows in groups.items() if rows]


class FindingTable(ListTable):
    """Findings, each with its responses, its progress and its sources."""

    reference = tables.Column("Finding", linkify=True)
    summary = tables.Column("In our words", orderable=False, attrs=MAIN)
    kind = tables.Column("Kind")
    themes = tables.Column("Themes", accessor="pk", orderable=False)
    responses = tables.Column("Who it names, and their response", accessor="pk", orderable=False)
    progress = tables.Column("Progress", attrs=ROOMY)
    published = tables.Column(
        "Published, source", accessor="inspection__published_on", empty_values=(), attrs=ROOMY
    )

    caption = "Each finding with those it names, and their response to it"

    def order_reference(self, findings, descending):
        return findings.order_by(
            *(
                ("-inspection__slug", Length("reference").desc(), "-reference")
                if descending
                else findings.query.order_by
            )
        ), True

    def order_kind(self, findings, descending):
        return findings.order_by(rank("kind", FindingKind, descending)), True

    def order_progress(self, findings, descending):
        return findings.order_by(rank("progress", FindingProgress, descending)), True

    def render_kind(self, record):
        return render_to_string("components/kind.html", {"finding": record})

    def render_summary(self, record):
        if not self.filterset.search:
            return record.summary
        marked = self.filterset.search.highlight(record)
        return (
            marked if "<mark>" in marked else format_html("{}<small>{}</small>", marked, ELSEWHERE)
        )

    def render_themes(self, record):
        links = [
            (self.filterset.address(theme=[theme.slug]), theme.name)
            for theme in record.themes.all()
        ]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or SILENCE

    def render_responses(self, record):
        return render_to_string(
            "findings/_responses.html",
            {"finding": record, "groups": by_stance(record.finding_responses)},
        )

    def statuses(self, record):
        return [status for status in ActionStatus if status in record.action_statuses]

    def confirmed(self, record):
        return ClosureStatus(record.closure_status) if record.closure_status else None

    def render_progress(self, record):
        return render_to_string(
            "findings/_progress.html",
            {"said": self.statuses(record), "confirmed": self.confirmed(record)},
        )

    def render_published(self, record):
        return render_to_string(
            "findings/_source.html",
            {"finding": record, "cited": citations_by_source(record.citations.all())},
        )


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
    owner = tables.Column("Owner", accessor="owner_role", empty_values=())
    due = tables.Column("Due", accessor="due_on", empty_values=())
    source = tables.Column("Source of the action", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Actions as the forces report them. The inspectorate has not confirmed them."

    def order_status(self, actions, descending):
        return actions.order_by(rank("status", ActionStatus, descending)), True

    def render_action(self, record):
        url, plan = record.get_absolute_url(), record.plan
        return format_html('<a href="{}">Action {}</a><small>{}</small>', url, record.number, plan)

    def render_organisation(self, record):
        organisation = record.plan.organisation
        return format_html('<a href="{}">{}</a>', organisation.get_absolute_url(), organisation)

    def render_findings(self, record):
        links = [
            (finding.get_absolute_url(), finding.reference) for finding in record.findings.all()
        ]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or SILENCE

    def render_status(self, record):
        return render_to_string("components/status.html", {"action": record})

    def render_owner(self, record):
        return record.owner_role or SILENCE

    def render_due(self, record):
        return render_to_string(
            "findings/_due.html",
            {"action": record, "overdue": record.is_overdue(self.filterset.today)},
        )

    def render_source(self, record):
        return render_to_string(
            "findings/_source.html", {"cited": citations_by_source(record.citations.all())}
        )
