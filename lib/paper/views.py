"""The view of a page as a PDF."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.text import slugify

from lib.charts.pictures import add_title
from lib.charts.svg import draw
from lib.charts.turns import DrawingBusy
from lib.charts.views import Chart

from .pages import for_paper, is_available, pdf

BUSY = {"Retry-After": "10", "Cache-Control": "no-store"}


def paper_address(name: str, slug: str, page: str) -> str:
    """The address of a PDF by the name of its view, or "" where none can be made.

    `page` is the address of the page, whose parameters the PDF has too.
    """
    _, mark, query = page.partition("?")
    return reverse(name, args=[slug]) + mark + query if is_available() else ""


class PaperMixin:
    """The view of a page as a tagged PDF; goes before the page's own class.

    Its address is that of the page with the name of a file.
    """

    def get_own_address(self) -> str:
        """The address of the page itself, which the PDF names."""
        path = self.request.path
        return super().get_own_address().replace(path, path.rpartition("/")[0] + "/", 1)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        page = super().render_to_response(context, **kwargs)
        if page.status_code != 200:
            return page
        if not is_available():
            raise Http404("No PDF is made here.")
        try:
            charts = [context[name] for name in getattr(self, "charts", ()) if context[name]]
            pictures = {chart.light: self.picture(chart) for chart in charts}
            content = pdf(for_paper(page.render().content.decode(), pictures))
        except DrawingBusy:
            return busy("Another PDF is made before this one. Ask again in a few seconds.")
        if not content:
            return busy("The PDF cannot be made now. The page itself can be printed.")
        name = f"{slugify(str(self.object))}-{self.on}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return HttpResponse(content, "application/pdf", headers=headers)

    def picture(self, chart: Chart) -> str:
        """A chart as SVG; empty if it cannot be drawn."""
        drawing = draw(chart.figure)
        return add_title(drawing, chart.sentence) if drawing else ""


def busy(words: str) -> HttpResponse:
    return HttpResponse(words, "text/plain", 503, headers=BUSY)
