"""The weekly mail to a member of staff: what changed in their organisations, and what to do.

It has counts, titles and links, and only what its reader's roles allow on that day. It goes at most
once a week, to people who have a role and an e-mail address, want it, and have something to read.
`forces.models.Digest` says who wants it and when the last one was sent.
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator, capfirst

from forces import access
from forces.attention import count_attention
from forces.models import Digest, Membership
from inspections.dates import day
from lib.mails import Line, Section, absolute, is_early, stoppable_mail

from .attention import URGENT
from .models import Action, Confirmation, DueDateChange, Finding, ProgressUpdate
from .worklist import first_due

FIRST_COVERS = timedelta(days=7)  # what a first mail covers
MOST_LINES = 10
SALT = "weekly mail"


def stop_token(user):
    """The token in a person's mail, which can stop the mail and do nothing else."""
    return signing.dumps(user.pk, salt=SALT)


def user_of(token):
    """The id of the person whose mail has this token; raises `BadSignature` if it is not ours."""
    return signing.loads(token, salt=SALT)


def shorten(text):
    """A text short enough for a line of the mail."""
    return Truncator(text).chars(80)


def action_title(action):
    """The name of an action in the mail."""
    summary = shorten(action.summary.removesuffix("."))
    return f"{action.plan.full_name}, action {action.number}: {summary}"


def action_page(action):
    """The address of an action's staff page."""
    return absolute(reverse("admin:findings_action_change", args=[action.pk]))


def due_day(on):
    """A due date in words."""
    return day(on) if on else "no date"


def section(heading, rows, line):
    """The section about these rows: the first few as lines, and how many more there are."""
    first = list(rows[: MOST_LINES + 1])
    more = rows.count() - MOST_LINES if len(first) > MOST_LINES else 0
    return Section(heading, [line(row) for row in first[:MOST_LINES]], more)


def concerning(findings, user, on):
    """The findings that are about a person's organisations, or that their actions answer."""
    ids = access.organisations(user, "findings.view_action", on)
    if ids is None:
        return findings
    actions = Action.objects.filter(plan__organisation__in=ids, findings__isnull=False)
    return findings.filter(
        Q(pk__in=Finding.objects.about(ids).values("pk")) | Q(pk__in=actions.values("findings"))
    )


def changes(user, since, at):
    """What changed in a person's organisations between two moments."""
    on = timezone.localdate(at)

    def lately(field):
        return {f"{field}__gt": since, f"{field}__lte": at}

    actions = access.rows(user, "findings.view_action", Action.objects.all(), on)
    updates = ProgressUpdate.objects.approved().filter(action__in=actions, **lately("published_at"))
    due_dates = DueDateChange.objects.changes().filter(action__in=actions, **lately("published_at"))
    public = concerning(Finding.objects.published(at).defer("search"), user, on)
    confirmed = Confirmation.objects.published(at).filter(
        finding__in=public, **lately("recorded_at")
    )
    found = public.filter(**lately("inspection__public_at"))
    sections = [
        section(
            "Progress published",
            updates.select_related("action__plan__organisation"),
            lambda update: Line(
                f"{action_title(update.action)}: force says {update.get_status_display()}",
                action_page(update.action),
            ),
        ),
        section(
            "Due dates moved",
            due_dates.select_related("action__plan__organisation"),
            lambda change: Line(
                f"{action_title(change.action)}: "
                f"from {due_day(change.was_on)} to {due_day(change.due_on)}",
                action_page(change.action),
            ),
        ),
        section(
            "Confirmed by the inspectorate",
            confirmed.select_related("finding__inspection").defer("finding__search"),
            lambda row: Line(
                f"{row.finding.reference}, {row.get_closure_status_display()}: "
                f"{shorten(row.finding.summary)}",
                absolute(row.finding.get_absolute_url()),
            ),
        ),
        section(
            "New findings",
            found.by_reference(),
            lambda row: Line(
                f"{row.reference}: {shorten(row.summary)}",
                absolute(row.get_absolute_url()),
            ),
        ),
    ]
    return [part for part in sections if part.lines]


def digest(user, since, at):
    """The mail to a person: what changed since a moment, and what waits for them now.

    None if there is nothing to say.
    """
    on = timezone.localdate(at)
    waiting = [
        Line(f"{capfirst(row.rule.words)}: {row.count}", absolute(row.url))
        for row in count_attention(URGENT, user, on)
        if row.count
    ]
    changed = changes(user, since, at)
    if not waiting and not changed:
        return None
    due = [
        Line(
            f"{due_day(action.due_on)}{' (overdue)' if action.is_overdue(on) else ''}: "
            f"{action_title(action)}",
            action_page(action),
        )
        for action in first_due(user, on)
    ]
    stop = absolute(reverse("account_stop_mail", args=[stop_token(user)]))
    context = {
        "changed": changed,
        "waiting": waiting,
        "due": due,
        "since": since,
        "worklist": absolute(reverse("admin:index")),
        "stop": stop,
    }
    return stoppable_mail(
        "Inspection findings: what has changed and what needs your attention",
        render_to_string("findings/digest.txt", context),
        user.email,
        stop,
    )


# Who gets it, and when


def members(on):
    """The accounts that have a role on a day and an e-mail address."""
    active = Membership.objects.active(on).values("user")
    accounts = get_user_model().objects.filter(pk__in=active, is_active=True)
    return accounts.exclude(email="").order_by("pk")


def settings_of(user):
    """A person's row of `Digest`; a new, unsaved one if they have none."""
    return Digest.objects.filter(user=user).first() or Digest(user=user)


def set_wanted(user, wanted):
    """Save whether a person wants the mail."""
    Digest.objects.update_or_create(user=user, defaults={"wanted": wanted})


def due(user, at, stored=None):
    """The mail to send to a person now.

    None if they do not want it, had one within the week, or have nothing to read.
    """
    stored = stored or settings_of(user)
    if not stored.wanted or is_early(stored.sent_at, at):
        return None
    return digest(user, stored.sent_at or at - FIRST_COVERS, at)


def send(user, at):
    """Send a person's mail if one is due; returns whether it was sent.

    Their row is locked meanwhile, and another process skips it. The time is saved after the mail is
    sent: after a crash between the two, the mail is sent twice rather than never.
    """
    Digest.objects.get_or_create(user=user)
    with transaction.atomic():
        stored = Digest.objects.select_for_update(skip_locked=True).filter(user=user).first()
        mail = stored and due(user, at, stored)
        if not mail:
            return False
        mail.send()
        stored.sent_at = at
        stored.save(update_fields=["sent_at"])
    return True
