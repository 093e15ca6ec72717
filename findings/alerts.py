"""The weekly mail to a reader: what changed on the pages that they follow.

A page is followed by its address: what changed about a force, region, theme or plan, or a search of
findings or of actions. A mail has what the site shows only since the last one, whenever that was
published; of a search, what changed about the rows that it finds now.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from django.core import signing
from django.db import transaction
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property

from lib.followers.models import CONFIRM_WITHIN, Follower
from lib.lists.views import OTHER_PARAMS
from lib.mails import Line, Section, absolute, is_early, stoppable_mail
from lib.sentences import plain_text

from . import sentences, summaries
from .addresses import action_list, change_list, finding_list
from .change_filters import DAYS, ChangeFilter
from .filters import ActionFilter, FindingFilter

MOST_LINES = 20
LONGEST_ADDRESS = 2_000
MOST_MOVES = 3
CONFIRM, STOP = "confirm that a page is followed", "end mail about pages that are followed"


class TopicSection(NamedTuple):
    """The part of a mail about one page: its lines, its address, and whether some are made up."""

    section: Section
    url: str
    is_synthetic: bool


class Topic:
    """A page that can be followed: its address today, and what it is in words."""

    def __init__(self, address, title, filterset):
        self.address, self.title, self.filterset = address, title, filterset

    @cached_property
    def words(self):
        words = self.filterset.words() if self.filterset.is_filtered else ""
        return one_line(f"{self.title}: {words}" if words else f"{self.title}, all")

    def new_changes(self, since, at):
        """What is new on it."""
        raise NotImplementedError


class ChangesTopic(Topic):
    """What changed, with the choices of `/changes/` but for days."""

    def new_changes(self, since, at):
        scope = self.filterset.scope(*self.filterset.kinds)
        return summaries.new_changes(since, at, scope, most=MOST_LINES)


class ListTopic(Topic):
    """A search of findings or of actions."""

    def new_changes(self, since, at):
        about = "finding" if isinstance(self.filterset, FindingFilter) else "action"
        ids = None
        if self.filterset.is_filtered:
            ids = self.filterset.postings.keys(self.filterset.bits)
        return summaries.new_changes(since, at, about=about, ids=ids, most=MOST_LINES)


def read_topic(address, at):
    """The page at an address of this site, if it can be followed; else None.

    Parameters that do not say which rows it has are left out, and old slugs replaced.
    """
    parts = urlsplit(address)
    params = QueryDict(parts.query)
    read = readers().get(parts.path)
    if not read or parts.scheme or parts.netloc:
        return None
    for _ in range(MOST_MOVES):
        topic, today = read(params, at)
        if topic is None or today is None:
            fits = topic and len(topic.address) <= LONGEST_ADDRESS
            return topic if fits else None
        params = today
    return None


def read_changes(params, at):
    """The topic of an address of `/changes/`, and its parameters of today if they are others."""
    params = params.copy()
    for name in DAYS:
        params.pop(name, None)
    filterset = ChangeFilter(params, at, OTHER_PARAMS)
    if filterset.errors:
        return None, None
    topic = ChangesTopic(filterset.address(), "What changed", filterset)
    return topic, filterset.params if filterset.moved else None


def read_list(filter_class, title, path):
    """Reads the topic of an address of a list, and its parameters of today, as `read_changes`."""

    def read(params, at):
        filterset = filter_class(params, at, OTHER_PARAMS)
        if filterset.errors:
            return None, None
        address = path + filterset.address().removeprefix(".")
        return ListTopic(address, title, filterset), filterset.renewed_params(params)

    return read


def readers():
    """What reads the parameters of each page that can be followed, by its path."""
    return {
        change_list(): read_changes,
        finding_list(): read_list(FindingFilter, "Findings", finding_list()),
        action_list(): read_list(ActionFilter, "Actions", action_list()),
    }


def one_line(text):
    """A text on one line."""
    return " ".join(text.split())


# The links in mails


def confirm_link(follower):
    """The address where a follower confirms what they asked for; it leads there for a week."""
    return link("follow_confirm", follower, CONFIRM)


def stop_link(follower):
    """The address where a follower ends the mail."""
    return link("follow_stop", follower, STOP)


def link(name, follower, salt):
    return absolute(reverse(name, args=[signing.dumps(follower.pk, salt=salt)]))


def follower_confirming(token):
    """Who may confirm with a token; None if they are gone. Raises `BadSignature` if it is not ours,
    or is too old."""
    return follower_of(signing.loads(token, salt=CONFIRM, max_age=CONFIRM_WITHIN))


def follower_stopping(token):
    """Who may end their mail with a token; None if they have. Raises `BadSignature`, as above."""
    return follower_of(signing.loads(token, salt=STOP))


def follower_of(pk):
    return Follower.objects.filter(pk=pk).first()


# The mails


def ask(email, address, at):
    """Send whoever wants to follow a page the link to confirm it, if one is due.

    It quotes nothing: whoever asks may be a stranger, who would write to others by it.
    """
    follower = Follower.objects.ask(email, address, at)
    if follower is None:
        return
    stop = stop_link(follower)
    context = {"confirm": confirm_link(follower), "stop": stop, "days": CONFIRM_WITHIN.days}
    stoppable_mail(
        "Inspection findings: confirm that you want mail",
        render_to_string("follow/confirm.txt", context),
        follower.email,
        stop,
    ).send()


def due(follower, at):
    """The mail to send to a follower now; None if one went this week, or nothing changed."""
    if is_early(follower.mailed_at, at):
        return None
    parts = [
        part
        for following in follower.followings.confirmed().select_related("follower")
        if (part := section(following, at))
    ]
    if not parts:
        return None
    stop = stop_link(follower)
    context = {
        "parts": parts,
        "stop": stop,
        "is_synthetic": any(part.is_synthetic for part in parts),
    }
    return stoppable_mail(
        "Inspection findings: what changed on pages that you follow",
        render_to_string("findings/alert.txt", context),
        follower.email,
        stop,
    )


def section(following, at):
    """What is new on a page that is followed; None if nothing is."""
    topic = read_topic(following.address, at)
    if topic is None:  # it is not public any more
        return None
    new = topic.new_changes(following.told_up_to(), at)
    if not new.total:
        return None
    lines = [Line(line_of(row), absolute(row.url)) for row in new.rows]
    is_synthetic = any(row.is_synthetic for row in new.rows)
    told = Section(topic.words, lines, new.total - len(lines))
    return TopicSection(told, absolute(topic.address), is_synthetic)


def line_of(row):
    """A change in words, with its day and sources."""
    when = ", ".join(filter(None, [row.day, sentences.counted_from(row)]))
    sources = "; ".join(
        f"{one.source}, {one.locator}" if one.locator else str(one.source) for one in row.citations
    )
    source = f" Source: {sources}." if sources else ""
    return one_line(f"{plain_text(sentences.change(row))} ({when}){source}")


def send(follower, at):
    """Send a follower's mail if one is due; returns whether it was sent.

    What was told is saved after the mail is sent: after a crash between the two, it is sent twice
    rather than never. Their row is locked meanwhile, and another process skips it.
    """
    mail = due(follower, at)
    if mail is None:
        return False
    with transaction.atomic():
        unlocked = Follower.objects.select_for_update(skip_locked=True)
        locked = unlocked.filter(pk=follower.pk, mailed_at=follower.mailed_at).first()
        if locked is None:  # another process is at it, or they have left meanwhile
            return False
        mail.send()
        locked.mailed_at = at
        locked.save(update_fields=["mailed_at"])
    return True
