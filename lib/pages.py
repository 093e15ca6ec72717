"""What every public page says of itself to those who link to it: its one address, a description, a
picture, linked data, and the parameters in its address that it does not know."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from django import template
from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from .as_at.links import keep_day
from .as_at.views import AsAtMixin
from .parameters import unknown_parameters
from .sentences import plain_text

CARD, CARD_SIZE = "card.png", (1200, 630)  # drawn by lib/charts/card.py
CARD_ALT = "Inspection findings: what police inspections found, region by region"
LONGEST_DESCRIPTION = 240
# No text may end the element that it stands in.
NOT_IN_SCRIPT = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&"}

LinkedData = dict[str, Any]

Row = TypeVar("Row")


class Picture(NamedTuple):
    """The picture that goes with a link to a page: its address and what it shows.

    The site's own has a known size.
    """

    address: str
    alt: str
    size: tuple[int, int] | tuple[()] = ()


register = template.Library()


@register.simple_tag(takes_context=True)
def block_text(context: Context, name: str) -> SafeString:
    """What a block of this page says, on one line: a tag's attribute may repeat it."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return SafeString(" ".join(block.render(context).split()))


@register.simple_tag
def follow_address(address: str) -> str:
    """Where readers ask for mail when a page changes; empty where no mail is sent."""
    query = urlencode({"page": address})
    return f"{reverse('follow')}?{query}" if settings.EMAIL_HOST else ""


@register.simple_tag(takes_context=True)
def address_on_paper(context: Context) -> str:
    """The whole address of this page, to be typed."""
    request, address = context["request"], context.get("own_address")
    address = address or request.path
    address = keep_day(address, request.as_at) if request.as_at else address
    return f"{request.scheme}://{request.get_host()}{address}"


def found_or_404(rows: Mapping[str, Row], slug: str) -> Row:
    """The row with a slug, or no page."""
    if slug not in rows:
        raise Http404
    return rows[slug]


class PageMixin(AsAtMixin):
    """A public page: it names the parameters in its address that it does not know.

    `parameters` are those that it knows.
    """

    parameters: tuple[str, ...] = ()

    def get_own_address(self) -> str:
        """The page's address within the site, with nothing that it does not know."""
        params = self.request.GET
        known = {name: params.getlist(name) for name in self.parameters if name in params}
        query = urlencode(known, doseq=True)
        return f"{self.request.path}?{query}" if query else self.request.path

    def get_canonical_address(self) -> str:
        """The address that stands for all that show the same."""
        return self.get_own_address()

    def get_ignored(self) -> list[str]:
        """The parameters in the address that the page does not know, as it may show them."""
        return unknown_parameters(self.request.GET, self.parameters)

    def get_description(self, context: dict[str, Any]) -> str:
        """The page in a sentence: its lede, if it has one."""
        lede = context.get("lede", "")
        text = lede if isinstance(lede, str) else plain_text(lede)
        return Truncator(text).chars(LONGEST_DESCRIPTION)

    def get_picture(self, context: dict[str, Any]) -> Picture:
        """The picture that goes with links to the page: the site's own, if it has no better one."""
        return Picture(static(CARD), CARD_ALT, CARD_SIZE)

    def get_linked_data(self, context: dict[str, Any]) -> list[LinkedData]:
        """What the page is in the words of schema.org: its place in the site."""
        crumbs = context.get("crumbs", [])
        items = [
            {
                "@type": "ListItem",
                "position": place,
                "name": str(title),
                "item": self.request.build_absolute_uri(url or context["own_address"]),
            }
            for place, (title, url) in enumerate(crumbs, 1)
        ]
        return [{"@type": "BreadcrumbList", "itemListElement": items}] if len(items) > 1 else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "ignored": self.get_ignored(),
            "own_address": self.get_own_address(),
        }

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        absolute, description = self.request.build_absolute_uri, self.get_description(context)
        picture = self.get_picture(context)
        head = {
            "canonical": absolute(self.get_canonical_address()),
            "description": description,
            "picture": picture._replace(address=absolute(picture.address)),
        }
        return super().render_to_response(
            context | head | {"linked_data": self.get_linked_data_text(context | head)}, **kwargs
        )

    def get_linked_data_text(self, context: dict[str, Any]) -> str:
        """The linked data as a script element may hold it; empty if there is none."""
        graph = self.get_linked_data(context)
        if not graph:
            return ""
        data = {"@context": "https://schema.org", "@graph": graph}
        return SafeString(json.dumps(data, ensure_ascii=False).translate(NOT_IN_SCRIPT))
