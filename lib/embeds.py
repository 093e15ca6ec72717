"""What other sites may show in a frame: pages of their own under /embed/, with no script, no form
and no cookie. Nothing else of the site may be framed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)


class EmbedMixin:
    """A page that any site may show in a frame; goes before the view's other classes."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Http404:
            # A sentence: the page that shows the frame may stand for years.
            context = {"canonical": request.build_absolute_uri("/"), "on": timezone.localdate()}
            response = render(request, "embeds/gone.html", context, status=404)
        # Before anybody else does: what is kept is kept without a header that forbids frames.
        return frameable(response.render() if hasattr(response, "render") else response)


def frameable(response: HttpResponse) -> HttpResponse:
    """The response, which any site may show in a frame."""
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.xframe_options_exempt = True
    return response


def snippet(address: str, title: str, height: int) -> SafeString:
    """The HTML with which another site shows an embed, `height` pixels high and as wide as fits."""
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" style="border: 0" '
        'loading="lazy"></iframe>',
        address,
        title,
        height,
    )
