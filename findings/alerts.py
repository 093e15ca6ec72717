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
from .choices import ActionStatus
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


class News(NamedTuple):
    """What is new on a page: the first lines, how many there would be, and whether some are of
    places that do not exist."""

    lines: list[Line]
    total: int
    is_synthetic: bool


class Topic:
    """A page that can be followed: its address today, and what it is in words.

    Each kind has a method `news(since, at)`: what is new on it since a moment.
    """

    def __init__(self, address, title, filterset):
        self.address, self.title, self.filterset = address, title, filterset

    @cached_property
    def words(self):
        words = self.filterset.words() if self.filterset.is_filtered else ""
        return one_line(f"{self.title}: {words}" if words else f"{self.title}, all")


class ChangesTopic(Topic):
    """What changed, with the choices of `/changes/` but for days."""

    def news(self, since, at):
        scope = self.filterset.scope(*self.filterset.kinds)
        return news_of(summaries.new_changes(since, at, scope, most=MOST_LINES))


class ListTopic(Topic):
    """A list, some of whose rows a search may choose."""

    @property
    def ids(self):
        """The rows that it finds; None for all."""
        filterset = self.filterset
        return filterset.postings.keys(filterset.bits) if filterset.is_filtered else None


class FindingsTopic(ListTopic):
    """A search of findings."""

    def news(self, since, at):
        new = summaries.new_changes(since, at, about="finding", ids=self.ids, most=MOST_LINES)
        return news_of(new)


class ActionsTopic(ListTopic):
    """A search of actions: those that are new, then what changed."""

    def news(self, since, at):
        ids = self.ids
        new = summaries.new_actions(since, at, ids, most=MOST_LINES)
        changed = news_of(
            summaries.new_changes(since, at, about="action", ids=ids, most=MOST_LINES)
        )
        lines = [
            Line(one_line(f"New: {action_in_words(row)}"), absolute(row.get_absolute_url()))
            for row in new.rows
        ]
        return News(
            [*lines, *changed.lines][:MOST_LINES],
            new.total + changed.total,
            changed.is_synthetic
            or any(row.plan.organisation.region.is_synthetic for row in new.rows),
        )


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


def read_list(topic_class, filter_class, title, path):
    """Reads the topic of an address of a list, and its parameters of today, as `read_changes`."""

    def read(params, at):
        filterset = filter_class(params, at, OTHER_PARAMS)
        if filterset.errors:
            return None, None
        address = path + filterset.address().removeprefix(".")
        return topic_class(address, title, filterset), filterset.renewed_params(params)

    return read


def readers():
    """What reads the parameters of each page that can be followed, by its path."""
    return {
        change_list(): read_changes,
        finding_list(): read_list(FindingsTopic, FindingFilter, "Findings", finding_list()),
        action_list(): read_list(ActionsTopic, ActionFilter, "Actions", action_list()),
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
    news = topic.news(following.told_up_to(), at)
    if not news.total:
        return None
    told = Section(topic.words, news.lines, news.total - len(news.lines))
    return TopicSection(told, absolute(topic.address), news.is_synthetic)


def news_of(new):
    """Changes as lines."""
    lines = [Line(line_of(row), absolute(row.url)) for row in new.rows]
    return News(lines, new.total, any(row.is_synthetic for row in new.rows))


def action_in_words(action):
    """An action as the force reports it, with its sources."""
    status = ActionStatus(action.status).label
    name = f"{action.plan.organisation}, action {action.number} of “{action.plan}”"
    return f"{name}: {action.summary} The force says {status}.{in_sources(action.citations.all())}"


def line_of(row):
    """A change in words, with its day and sources."""
    when = ", ".join(filter(None, [row.day, sentences.counted_from(row)]))
    return one_line(f"{plain_text(sentences.change(row))} ({when}){in_sources(row.citations)}")


def in_sources(citations):
    """Where it was read, with the place there."""
    sources = "; ".join(
        f"{one.source}, {one.locator}" if one.locator else str(one.source) for one in citations
    )
    return f" Source: {sources}." if sources else ""


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
