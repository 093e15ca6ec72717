"""A chart by itself: its own page, and how other sites may show it."""

from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils.text import slugify
from django.views.generic import View

from lib.embeds import EmbedMixin, snippet
from lib.lists import downloads
from lib.pages import PageMixin, Picture
from lib.parameters import single_value, unknown_parameters

from .layout import TEXT, text_width
from .pictures import LEADING
from .views import Chart, ChartImageMixin, ChartsMixin

# What is around the picture of an embed, in pixels: its edges, and the lines below.
AROUND, NARROWEST = 150, 320


class OneChartMixin(ChartsMixin):
    """A page of one of a page's charts; goes before that page's own class."""

    def get_canonical_address(self) -> str:
        return self.one_chart.page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What every page has; not what else the page of the chart shows."""
        self.object_list = ()
        return PageMixin.get_context_data(self, **kwargs) | {
            "chart": self.one_chart,
            "measure": self.get_measure(self.one_chart),
            "is_synthetic": self.is_synthetic,
        }


class ChartPageMixin(OneChartMixin):
    """The page of one chart: its picture, its table, its rows as data, and how to quote it."""

    template_name = "charts/chart_page.html"

    def get_ignored(self) -> list[str]:
        return unknown_parameters(self.request.GET, (*self.parameters, "format"))

    def get(self, request: HttpRequest, *args: Any, name: str, **kwargs: Any) -> HttpResponse:
        self.one_chart = self.find_chart(name)
        errors: list[str] = []
        file_format = single_value(request.GET, "format", errors)
        errors += downloads.format_errors(file_format, downloads.ALL_FORMATS, 0)
        if errors:
            raise BadRequest(*errors)
        if file_format:
            return self.download(file_format)
        return self.render_to_response(self.get_context_data())

    def download(self, file_format: str) -> HttpResponse:
        """The rows of the chart as a file."""
        chart, table = self.one_chart, self.one_chart.table
        about = downloads.about_rows(
            self.get_measure(chart),
            self.request.build_absolute_uri(chart.page),
            "none",
            len(table.records),
            0,
            self.at,
        )
        if self.is_synthetic:
            note = f"Rows may be made up, for places that do not exist. {about.note}"
            about = about._replace(note=note)
        lines = partial(downloads.lines_of_records, table.records, table.columns)
        name = slugify(f"{self.subject} {chart.name.replace('_', ' ')}")
        return downloads.respond(self.request, file_format, name, about, table.columns, lines)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chart = self.one_chart
        *before, (last, _) = self.crumbs
        home = chart.address.removesuffix(f"charts/{chart.name}")
        address = self.request.build_absolute_uri(chart.embed)
        title = ": ".join(filter(None, (self.subject, chart.sentence)))
        return super().get_context_data(**kwargs) | {
            "crumbs": [*before, (last, home), ("Chart", "")],
            "title": title,
            "heading": f"{last}: chart",
            "lede": self.get_measure(chart),
            "grid": chart.table.grid,
            "params": QueryDict(chart.query),
            "quote": " ".join([title, *self.get_particulars(chart)]),
            "snippet": snippet(address, title, embed_height(chart)),
        }

    def get_picture(self, context: dict[str, Any]) -> Picture:
        return self.one_chart.picture


class ChartEmbedMixin(EmbedMixin, OneChartMixin):
    """One chart as other sites may show it, always as it is now."""

    template_name = "charts/chart_embed.html"

    def get(self, request: HttpRequest, *args: Any, name: str, **kwargs: Any) -> HttpResponse:
        self.one_chart = self.find_chart(name)
        return self.render_to_response(self.get_context_data())


def embed_height(chart: Chart) -> int:
    """How high the frame of a chart must be: as high as on the narrowest screen."""
    words = f"{chart.sentence} {chart.caption}"
    lines = ceil(text_width(words, TEXT) / (NARROWEST - 64)) + 2
    return max(chart.height, chart.narrow_height) + ceil(lines * TEXT * LEADING) + AROUND


def chart_paths(route: str, page: type[View], name: str) -> list[URLPattern]:
    """The addresses of a page's charts: their drawings, their own pages and their embeds.

    `route` is that of the page, and `name` what those of its charts begin with.
    """

    def view(kind: type, what: str) -> Callable[..., HttpResponse]:
        members = {"__doc__": f"{what} of {page.__name__}.", "__module__": page.__module__}
        return type(f"{page.__name__}{kind.__name__}", (kind, page), members).as_view()

    return [
        path(
            f"{route}charts/<str:name>.<str:ending>",
            view(ChartImageMixin, "The pictures of the charts"),
            name=name,
        ),
        path(
            f"{route}charts/<slug:name>/",
            view(ChartPageMixin, "The pages of the charts"),
            name=f"{name}_page",
        ),
        path(
            f"embed/{route}charts/<slug:name>/",
            view(ChartEmbedMixin, "The embeds of the charts"),
            name=f"{name}_embed",
        ),
    ]
