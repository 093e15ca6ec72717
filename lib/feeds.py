"""Atom feeds (RFC 4287): what is newest, for those who follow a page with a feed reader."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone, localtime
from django.utils.xmlutils import SimplerXMLGenerator

from .sentences import Sentence

FORMAT = "atom"
MOST_ENTRIES = 50
# When the names of entries were first given: part of them for good (RFC 4151).
NAMED_IN = "2026"
# Of a feed without entries: it stays the same until there is one.
EMPTY_SINCE = datetime(2026, 1, 1, tzinfo=get_default_timezone())
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

Absolute = Callable[[str], str]


class Entry(NamedTuple):
    """An entry: `key` names it on this site for good, `url` is its page, `at` is since when."""

    key: str
    title: str
    url: str
    html: SafeString
    at: datetime
    category: str = ""


class AtomFeed(Atom1Feed):
    """An Atom feed whose entries hold HTML, and which changes only as they do."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("generator", "Inspection findings")

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=localtime(EMPTY_SINCE))


def html_of(parts: Sentence, absolute: Absolute) -> SafeString:
    """A sentence with its links, whose addresses are whole."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="{}">{}</a>', absolute(part.url), part.text),)
            if part.url
            else (part.text,)
            for part in parts
        ),
    )


def respond(
    request: HttpRequest, title: str, address: str, entries: Sequence[Entry]
) -> HttpResponse:
    """The feed of a page at an address, with these entries; the page's filters are in both."""
    absolute = request.build_absolute_uri
    page = absolute(address)
    named = f"tag:{request.get_host().partition(':')[0]},{NAMED_IN}:"
    feed = AtomFeed(
        title=clean(title),
        link=page,
        description=None,
        language="en-GB",
        author_name="Inspection findings",
        feed_url=with_format(page),
        feed_guid=f"{named}{address}",
        feed_copyright=settings.DATA_LICENCE or None,
    )
    for entry in entries[:MOST_ENTRIES]:
        feed.add_item(
            title=clean(entry.title),
            link=absolute(entry.url),
            description=None,
            unique_id=f"{named}{entry.key}",
            pubdate=localtime(entry.at),
            updateddate=localtime(entry.at),
            categories=[entry.category] if entry.category else [],
            content=clean(entry.html),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def with_format(address: str) -> str:
    """The address of the feed of a page."""
    return f"{address}{'&' if '?' in address else '?'}format={FORMAT}"


def clean(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return NOT_IN_XML.sub("\ufffd", text)
