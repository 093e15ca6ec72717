"""The lists of findings, actions and bodies: one definition of columns for page and downloads."""

import django_tables2 as tables
from django.db.models import F
from django.db.models.functions import Length
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join

from forces.lists import ListTable, ranked
from inspections.choices import Grade, MissingReason
from inspections.dates import day
from inspections.summaries import standing

from .addresses import NEGATIVE, POSITIVE, REGION_WIDE, action_list, finding_list
from .choices import ENDED_STATUSES, NONE_RECORDED, ActionStatus, FindingKind, Progress, Stance, View
from .models import Response

MAIN = {"td": {"class": "main"}}
SILENCE = format_html('<span class="none">{}</span>', NONE_RECORDED)
ELSEWHERE = "found in its detail, an answer or a name"
DATE = {"td": {"class": "date"}}
ROOMY = {"td": {"class": "roomy"}}
NUMBER = {"th": {"class": "n"}, "td": {"class": "n"}}


def by_stance(answers):
    """Answers of the same stance together: pairs of a stance, or None where none is recorded, and the answers."""
    groups = {stance: [] for stance in (*Stance, None)}
    for answer in answers:
        groups[answer.response and Stance(answer.response.stance)].append(answer)
    return [(stance, held) for stance, held in groups.items() if held]


def whose(answer):
    """Whose answer it is, in words."""
    if answer.organisation is None:
        return "the region"
    for_region = answer.response is not None and answer.response.is_for_region
    return f"{answer.organisation}{', for the region' if for_region else ''}"


def cited(citations):
    """Each source once: the source, its locators, and whose words they are."""
    places = {}
    for citation in citations:
        places.setdefault((citation.source, citation.get_voice_display()), []).append(citation.locator)
    return [(source, ", ".join(filter(None, locators)), voice) for (source, voice), locators in places.items()]


def cited_in_words(citations):
    texts = [f"{source.publisher} {locators}".strip() + f" ({voice})" for source, locators, voice in cited(citations)]
    return "; ".join(texts)


class FindingTable(ListTable):
    """Findings, each with the answers beside it, its progress in both lanes, and its sources."""

    reference = tables.Column("Finding", linkify=True)
    summary = tables.Column("In our words", orderable=False, attrs=MAIN)
    kind = tables.Column("Kind")
    themes = tables.Column("Themes", accessor="pk", orderable=False)
    answers = tables.Column("Names, and answers", accessor="pk", orderable=False)
    progress = tables.Column("Progress", attrs=ROOMY)
    published = tables.Column("Published, source", accessor="inspection__published_on", attrs=ROOMY)

    caption = "Each finding beside the answer of those it names"

    def order_reference(self, findings, descending):
        return findings.order_by(
            *(("-inspection__slug", Length("reference").desc(), "-reference") if descending else findings.query.order_by)
        ), True

    def order_kind(self, findings, descending):
        return findings.order_by(ranked("kind", FindingKind, descending)), True

    def order_progress(self, findings, descending):
        return findings.order_by(ranked("progress", Progress, descending)), True

    def render_kind(self, record):
        return render_to_string("components/kind.html", {"finding": record})

    def value_kind(self, record):
        return record.get_kind_display()

    def render_summary(self, record):
        if not self.chosen.search:
            return record.summary
        marked = self.chosen.search.highlighted(record)
        return marked if "<mark>" in marked else format_html("{}<small>{}</small>", marked, ELSEWHERE)

    def render_themes(self, record):
        links = [(self.chosen.address(theme=[theme.slug]), theme.name) for theme in record.themes.all()]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or SILENCE

    def value_themes(self, record):
        return "; ".join(theme.name for theme in record.themes.all()) or NONE_RECORDED

    def render_answers(self, record):
        return render_to_string("findings/_answers.html", {"finding": record, "groups": by_stance(record.answers)})

    def value_answers(self, record):
        wide = [REGION_WIDE] if record.is_region_wide else []
        groups = [
            f"{', '.join(map(whose, answers))}: {stance.label if stance else NONE_RECORDED}"
            for stance, answers in by_stance(record.answers)
        ]
        return "; ".join([*wide, *groups])

    def said(self, record):
        return [status for status in ActionStatus if status in record.said]

    def confirmed(self, record):
        return View(record.view) if record.view else None

    def render_progress(self, record):
        return render_to_string("findings/_progress.html", {"said": self.said(record), "confirmed": self.confirmed(record)})

    def value_progress(self, record):
        said = ", ".join(status.label for status in self.said(record)) or "no action recorded"
        confirmed = self.confirmed(record)
        return f"force says: {said}; inspectorate: {confirmed.label if confirmed else NONE_RECORDED}"

    def render_published(self, record):
        return render_to_string("findings/_source.html", {"finding": record, "cited": cited(record.citations.all())})

    def value_published(self, record):
        return f"{record.inspection.published_on.isoformat()}; {cited_in_words(record.citations.all())}"


class ActionTable(ListTable):
    """Actions as their bodies report them, with what is not recorded named."""

    action = tables.Column(
        "Action", accessor="plan__name", order_by=("plan__organisation__short_name", "plan__name", "number"), attrs=ROOMY
    )
    summary = tables.Column("In our words", orderable=False, attrs=MAIN)
    body = tables.Column("Body", accessor="plan__organisation__short_name")
    answers = tables.Column("Answers", accessor="pk", orderable=False)
    status = tables.Column("Force says")
    owner = tables.Column("Owner", accessor="owner_role", empty_values=())
    due = tables.Column("Due", accessor="due_on", empty_values=())
    source = tables.Column("Source of the action", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Actions as the bodies report them; nothing here is the inspectorate’s word"

    def order_status(self, actions, descending):
        return actions.order_by(ranked("status", ActionStatus, descending)), True

    def render_action(self, record):
        url, plan = record.get_absolute_url(), record.plan
        return format_html('<a href="{}">Action {}</a><small>{}</small>', url, record.number, plan)

    def value_action(self, record):
        return str(record)

    def render_body(self, record):
        body = record.plan.organisation
        return format_html('<a href="{}">{}</a>', body.get_absolute_url(), body)

    def render_answers(self, record):
        links = [(finding.get_absolute_url(), finding.reference) for finding in record.findings.all()]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or SILENCE

    def value_answers(self, record):
        return ", ".join(finding.reference for finding in record.findings.all()) or NONE_RECORDED

    def render_status(self, record):
        return render_to_string("components/status.html", {"action": record})

    def value_status(self, record):
        return record.get_status_display()

    def render_owner(self, record):
        return record.owner_role or SILENCE

    def value_owner(self, record):
        return record.owner_role or NONE_RECORDED

    def render_due(self, record):
        return render_to_string("findings/_due.html", {"action": record, "overdue": record.is_overdue(self.chosen.today)})

    def value_due(self, record):
        if record.due_on is None:
            return NONE_RECORDED
        parts = [f"{record.due_on.isoformat()}, set by {record.get_due_set_by_display()}"]
        if record.first_due_on != record.due_on:
            parts.append(f"first {record.first_due_on.isoformat()}, moved because {record.due_moved_because}")
        if record.is_overdue(self.chosen.today):
            parts.append("overdue")
        return "; ".join(parts)

    def render_source(self, record):
        return render_to_string("findings/_source.html", {"cited": cited(record.citations.all())})

    def value_source(self, record):
        return cited_in_words(record.citations.all())


class OrganisationTable(ListTable):
    """Bodies, each with the grade that stands for it, its answer, what was found of it and what it says it does."""

    name = tables.Column("Body", accessor="short_name", linkify=True)
    grade = tables.Column("Grade", accessor="pk")
    response = tables.Column("Response", accessor="stance", empty_values=(), orderable=False)
    fieldwork = tables.Column("Fieldwork", accessor="fieldwork_to", empty_values=())
    published = tables.Column("Published", accessor="published_on", empty_values=(), attrs=DATE)
    improve = tables.Column("To improve", accessor="negative", attrs=NUMBER)
    strengths = tables.Column("Strengths, practice", accessor="positive", attrs=NUMBER)
    open = tables.Column("Open actions", attrs=NUMBER)
    overdue = tables.Column("Overdue", attrs=NUMBER)
    region = tables.Column("Region", accessor="region__name")
    kind = tables.Column("Kind")
    source = tables.Column("Source of the grade", accessor="pk", orderable=False, attrs=ROOMY)

    caption = "Bodies by their newest grade for tackling serious and organised crime"

    def grading(self, record):
        return standing(record, record.headline[0] if record.headline else None).grading

    def order_name(self, bodies, descending):
        return bodies.order_by("-short_name" if descending else "short_name"), True

    def order_grade(self, bodies, descending):
        return bodies.order_by(ranked("standing", [*reversed(Grade), *MissingReason], descending), "short_name"), True

    def order_fieldwork(self, bodies, descending):
        return bodies.order_by(known_last("fieldwork_to", descending), "short_name"), True

    def order_published(self, bodies, descending):
        return bodies.order_by(known_last("published_on", descending), "short_name"), True

    def value_name(self, record):
        return record.name

    def render_region(self, record):
        return format_html('<a href="{}">{}</a>', record.region.get_absolute_url(), record.region)

    def value_kind(self, record):
        return record.get_kind_display()

    def render_grade(self, record):
        return render_to_string("components/grade.html", {"grading": self.grading(record), "dates_beside": True})

    def value_grade(self, record):
        return self.grading(record).judgment

    def value_fieldwork(self, record):
        grading = self.grading(record)
        return (grading.fieldwork if grading.pk else "") or MissingReason.NOT_FOUND.label

    render_fieldwork = value_fieldwork

    def render_published(self, record):
        return day(record.published_on) if record.published_on else MissingReason.NOT_FOUND.label

    def value_published(self, record):
        return record.published_on.isoformat() if record.published_on else MissingReason.NOT_FOUND.label

    def value_response(self, record):
        return Stance(record.stance).label if record.stance else NONE_RECORDED

    def render_response(self, record):
        return render_to_string("components/stance.html", {"response": record.stance and Response(stance=record.stance)})

    def render_improve(self, record):
        return counted_link(record.negative, finding_list(body=record.slug, kind=NEGATIVE))

    def render_strengths(self, record):
        return counted_link(record.positive, finding_list(body=record.slug, kind=POSITIVE))

    def render_open(self, record):
        ended = [f"-{status.slug}" for status in ENDED_STATUSES]
        return counted_link(record.open, action_list(body=record.slug, status=ended))

    def render_overdue(self, record):
        return counted_link(record.overdue, action_list(body=record.slug, overdue="yes"))

    def render_source(self, record):
        sources = self.sources(record)
        return render_to_string("findings/_source.html", {"cited": cited(sources)}) if sources else SILENCE

    def value_source(self, record):
        return cited_in_words(self.sources(record)) or NONE_RECORDED

    def sources(self, record):
        return record.headline[0].citations.all() if record.headline else []


def counted_link(count, url):
    return render_to_string("components/number.html", {"count": count, "url": url})


def known_last(field, descending):
    """The order of a date that may not be known: what is not known stands last either way."""
    return F(field).desc(nulls_last=True) if descending else F(field).asc(nulls_last=True)
