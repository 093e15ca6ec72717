"""The weekly mail to a member of staff: what changed in their organisations, and what waits for them.

It holds counts, titles and links, and of these only what its reader's roles open on that day.
"""

from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator, capfirst

from forces import access
from forces.attention import count_attention

from .attention import URGENT
from .models import Action, Confirmation, DueDateChange, Finding, ProgressUpdate
from .worklist import first_due

MOST_LINES = 10
SALT = "weekly mail"


class Line(NamedTuple):
    """One thing that changed, and where to read of it."""

    text: str
    url: str


class Change(NamedTuple):
    """Things of one kind that changed: the first of them, and how many more."""

    heading: str
    lines: list[Line]
    more: int


def absolute(path):
    return f"{settings.SITE_ADDRESS}{path}"


def stop_token(user):
    """What proves that whoever holds it got this person's mail; good for nothing but to end it."""
    return signing.dumps(user.pk, salt=SALT)


def user_of(token):
    """The id of the person whose mail held this token; raises `BadSignature` for one that we never made."""
    return signing.loads(token, salt=SALT)


def action_title(action):
    return f"{action.plan.full_name}, action {action.number}: {Truncator(action.summary.removesuffix('.')).chars(80)}"


def action_page(action):
    return absolute(reverse("admin:findings_action_change", args=[action.pk]))


def day(on):
    return f"{on:%-d %B %Y}" if on else "no date"


def change(heading, rows, line):
    """The first few rows as lines, and how many more there are."""
    shown = list(rows[: MOST_LINES + 1])
    more = rows.count() - MOST_LINES if len(shown) > MOST_LINES else 0
    return Change(heading, [line(row) for row in shown[:MOST_LINES]], more)


def concerning(findings, user, on):
    """Those findings that are about somebody's organisations, or that these organisations' actions answer."""
    held = access.organisations(user, "findings.view_action", on)
    if held is None:
        return findings
    answered = Action.objects.filter(plan__organisation__in=held, findings__isnull=False)
    return findings.filter(
        Q(pk__in=Finding.objects.about(held).values("pk")) | Q(pk__in=answered.values("findings"))
    )


def changes(user, since, at):
    """What changed between two moments in the organisations of a person."""
    on = timezone.localdate(at)

    def lately(field):
        return {f"{field}__gt": since, f"{field}__lte": at}

    actions = access.rows(user, "findings.view_action", Action.objects.all(), on)
    updates = ProgressUpdate.objects.signed_off().filter(action__in=actions, **lately("signed_at"))
    moves = DueDateChange.objects.changes().filter(action__in=actions, **lately("at"))
    public = concerning(Finding.objects.published(at).defer("search"), user, on)
    confirmed = Confirmation.objects.published(at).filter(
        finding__in=public, **lately("recorded_at")
    )
    found = public.filter(**lately("inspection__public_at"))
    told = [
        change(
            "Progress published",
            updates.select_related("action__plan__organisation"),
            lambda update: Line(
                f"{action_title(update.action)}: force says {update.get_status_display()}",
                action_page(update.action),
            ),
        ),
        change(
            "Due dates moved",
            moves.select_related("action__plan__organisation"),
            lambda move: Line(
                f"{action_title(move.action)}: from {day(move.was_on)} to {day(move.due_on)}",
                action_page(move.action),
            ),
        ),
        change(
            "Confirmed by the inspectorate",
            confirmed.select_related("finding").defer("finding__search"),
            lambda row: Line(
                f"{row.finding.reference}, {row.get_closure_status_display()}: {Truncator(row.finding.summary).chars(80)}",
                absolute(row.finding.get_absolute_url()),
            ),
        ),
        change(
            "New findings",
            found.by_reference(),
            lambda row: Line(
                f"{row.reference}: {Truncator(row.summary).chars(80)}",
                absolute(row.get_absolute_url()),
            ),
        ),
    ]
    return [one for one in told if one.lines]


def digest(user, since, at):
    """The mail to a person of what changed since a moment and of what waits at another; None where there is nothing to tell."""
    on = timezone.localdate(at)
    waiting = [
        Line(f"{capfirst(item.rule.words)}: {item.count}", absolute(item.url))
        for item in count_attention(URGENT, user, on)
        if item.count
    ]
    changed = changes(user, since, at)
    if not waiting and not changed:
        return None
    due = [
        Line(
            f"{day(action.due_on)}{' (overdue)' if action.is_overdue(on) else ''}: {action_title(action)}",
            action_page(action),
        )
        for action in first_due(user, on)
    ]
    stop = absolute(reverse("account_stop_mail", args=[stop_token(user)]))
    told = {
        "changed": changed,
        "waiting": waiting,
        "due": due,
        "since": since,
        "worklist": absolute(reverse("admin:index")),
        "stop": stop,
    }
    return EmailMessage(
        "Inspection findings: what changed and what waits for you",
        render_to_string("findings/digest.txt", told),
        to=[user.email],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
