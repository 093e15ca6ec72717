"""Charts on pages: a figure with its words and addresses, and the view that sends its pictures."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import Any, NamedTuple

import plotly.graph_objects as go
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.text import slugify
from django.views.generic import DetailView

from lib.pages import Picture
from lib.sentences import Part, Sentence, plain_text

from .layout import NARROW, Figure, narrow_figure, narrow_height
from .pictures import Legend, add_legend, add_title, png, stand_in
from .svg import draw
from .tables import Table
from .turns import DrawingBusy

ENDINGS = ("svg", "png", "json")
CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png", "json": "application/json"}
PARAMETERS = {"scheme": ("light", "dark"), "width": ("wide", "narrow"), "caption": ("yes",)}
BUSY = {"Retry-After": "5", "Cache-Control": "no-store"}
SCROLLBAR, PAGE_SHARE, REM = 16, 0.94, 16  # what a page leaves for a picture, as base.css has it
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)


class Chart(NamedTuple):
    """A figure with its sentence in parts, its caption, its table and its addresses.

    `address` is what all of them begin with, but for that of the embed.
    """

    name: str
    parts: Sentence
    caption: str
    figure: Figure
    table: Table
    address: str
    embed_address: str
    query: str = ""

    @property
    def sentence(self) -> str:
        return plain_text(self.parts)

    def at(self, ending: str, **parameters: str) -> str:
        """The address of the drawing (svg), the picture (png) or the figure (json)."""
        # The values are our own words, as `PARAMETERS` has them.
        options = [f"{name}={value}" for name, value in parameters.items()]
        query = "&".join(filter(None, [self.query, *options]))
        return with_query(f"{self.address}.{ending}", query)

    @property
    def anchor(self) -> str:
        return f"chart-{self.name}"

    @property
    def place(self) -> str:
        """The address of the chart among others, on the page that it belongs to."""
        path = self.address.removesuffix(f"charts/{self.name}")
        return f"{with_query(path, self.query)}#{self.anchor}"

    @property
    def page(self) -> str:
        """The address of its own page, to quote."""
        return with_query(f"{self.address}/", self.query)

    @property
    def embed(self) -> str:
        """The address of the chart as other sites may show it."""
        return with_query(self.embed_address, self.query)

    @property
    def svg(self) -> str:
        """The address of the picture with all that it says of itself; `png` is alike."""
        return self.at("svg", caption="yes")

    @property
    def png(self) -> str:
        return self.at("png")

    @property
    def picture(self) -> Picture:
        """The picture that goes with links."""
        return Picture(self.png, self.sentence)

    @property
    def light(self) -> str:
        return self.at("svg")

    @property
    def dark(self) -> str:
        return self.at("svg", scheme="dark")

    @property
    def light_narrow(self) -> str:
        return self.at("svg", width="narrow")

    @property
    def dark_narrow(self) -> str:
        return self.at("svg", scheme="dark", width="narrow")

    @property
    def data(self) -> str:
        return self.at("json")

    @property
    def data_narrow(self) -> str:
        return self.at("json", width="narrow")

    @property
    def width(self) -> int:
        return self.figure["layout"]["width"]

    @property
    def height(self) -> int:
        return self.figure["layout"]["height"]

    @property
    def narrow_on(self) -> str:
        """The screens on which the page has no room for the wide picture at its full size."""
        return f"(max-width: {ceil((self.width + SCROLLBAR) / PAGE_SHARE / REM)}rem)"

    @property
    def narrow_in_frame(self) -> str:
        """The frames that have no room for the wide picture at its full size."""
        return f"(max-width: {self.width + 2 * REM}px)"

    @property
    def narrow_width(self) -> int:
        return NARROW

    @property
    def narrow_height(self) -> int:
        return narrow_height(self.figure["layout"])


def with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


class ChartsMixin:
    """A page with charts: `charts` names a property for each, falsy where it would be empty.

    `chart_url` is the URL name of the drawings; `chart_paths` of lib/charts/pages.py makes it.
    `parameters` are the page's own, which the page itself checks. `crumbs` lead to the page.
    `is_synthetic` says whether it shows made-up data. It has `on`, its day.
    """

    charts = ()
    chart_url = ""
    parameters = ()
    crumbs: Sequence[tuple[str, str]]
    is_synthetic: bool

    def chart(
        self,
        figure: Callable[..., Figure],
        sentence: Sentence | str,
        *rows: Any,
        caption: str = "",
        query: str = "",
    ) -> Chart:
        """The chart that the function `figure` draws from `rows`; `caption` replaces its own."""
        name = figure.__name__
        kwargs = {key: value for key, value in self.kwargs.items() if key != "ending"}
        page, embed = (
            reverse(f"{self.chart_url}_{kind}", kwargs=kwargs | {"name": name})
            for kind in ("page", "embed")
        )
        parts = [Part(sentence)] if isinstance(sentence, str) else sentence
        words = caption or figure.caption
        # The page itself shows no table of it: only the chart's own page, embed and files do.
        table = SimpleLazyObject(partial(figure.table, *rows))
        address = page.removesuffix("/")
        return Chart(name, parts, words, figure(*rows), table, address, embed, query)

    def find_chart(self, name: str) -> Chart:
        """One of the page's charts; raises `Http404` for another name, or if it would be empty."""
        if name not in self.charts:
            raise Http404("No such chart.")
        if isinstance(self, DetailView):
            self.object = self.get_object()
        chart = getattr(self, name)
        if not chart:
            raise Http404("This chart would be empty.")
        return chart

    @property
    def subject(self) -> str:
        """What the page is about, where that is one row."""
        return str(getattr(self, "object", ""))

    def get_picture(self, context: dict[str, Any]) -> Picture:
        """The first chart that is no higher than wide: where links are shown, others are cut."""
        charts = (getattr(self, name) for name in self.charts)
        fitting = (chart for chart in charts if chart and chart.height <= chart.width)
        chart = next(fitting, None)
        return chart.picture if chart else super().get_picture(context)

    def get_measure(self, chart: Chart) -> str:
        """What a chart shows, of what."""
        return f"{self.subject}. {chart.caption}" if self.subject else chart.caption

    def get_particulars(self, chart: Chart) -> list[str]:
        """What goes with a chart wherever it is shown: its source, its day and its address."""
        context = {
            "on": date_format(self.on, "j F Y"),
            "is_synthetic": self.is_synthetic,
            "address": self.request.build_absolute_uri(chart.page),
        }
        lines = render_to_string("components/_chart_particulars.txt", context).splitlines()
        return [line.strip() for line in lines if line.strip()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        charts = {name: getattr(self, name) for name in self.charts}
        return super().get_context_data(**kwargs) | charts | {"is_synthetic": self.is_synthetic}


class ChartImageMixin:
    """The view of one of a page's charts as a picture; goes before the page's own class."""

    def get(
        self, request: HttpRequest, *args: Any, name: str, ending: str, **kwargs: Any
    ) -> HttpResponse:
        if ending not in ENDINGS:
            raise Http404("No such chart.")
        chart = self.find_chart(name)
        legend = Legend(chart.sentence, self.get_measure(chart), self.get_particulars(chart))
        response = chart_response(request, chart, ending, legend, page_parameters=self.parameters)
        if response.status_code == 200:
            subject = slugify(f"{self.subject} {name.replace('_', ' ')}")
            response["Content-Disposition"] = f'inline; filename="{subject}-{self.on}.{ending}"'
        return response


def chart_response(
    request: HttpRequest,
    chart: Chart,
    ending: str,
    legend: Legend,
    page_parameters: Sequence[str] = (),
) -> HttpResponse:
    """A chart as a picture (svg or png) or as data for plotly.js (json).

    A PNG always has its legend, an SVG where it is asked for one. `page_parameters` are those that
    the page's view has checked; unknown ones are ignored. Raises `BadRequest` for an unknown value,
    and `Http404` if the figure cannot be drawn.
    """
    if ending not in ENDINGS:
        raise Http404("A chart comes as svg, png or json.")
    options = {}
    for name, values in request.GET.lists():
        if name in page_parameters or name not in PARAMETERS:
            continue
        if len(values) > 1 or values[0] not in PARAMETERS[name]:
            raise BadRequest(
                "A chart has a scheme, light or dark, a width, wide or narrow, and may have a "
                "caption, yes."
            )
        options[name] = values[0]
    try:
        content = chart_content(chart, ending, legend, **options)
    except DrawingBusy:
        words = "Other charts are being drawn before this one. Try again in a few seconds."
        response = HttpResponse(words, "text/plain", 503, headers=BUSY)
        if ending == "svg":
            # Browsers show the picture of an error too.
            is_narrow = options.get("width") == "narrow"
            size = (
                (chart.narrow_width, chart.narrow_height)
                if is_narrow
                else (chart.width, chart.height)
            )
            response.content = stand_in(*size, options.get("scheme", "light"))
            response["Content-Type"] = CONTENT_TYPES[ending]
    else:
        response = HttpResponse(content, content_type=CONTENT_TYPES[ending])
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def chart_content(
    chart: Chart,
    ending: str,
    legend: Legend,
    scheme: str = "light",
    width: str = "wide",
    caption: str = "",
) -> str | bytes:
    """What is sent of a chart."""
    narrow = width == "narrow"
    if ending == "json":
        return go.Figure(narrow_figure(chart.figure) if narrow else chart.figure).to_json()
    drawing = draw(chart.figure, scheme, narrow)
    if drawing is None:
        raise Http404("This chart cannot be drawn here.")
    if ending == "png":
        picture = png(add_legend(drawing, legend, scheme))
        if not picture:
            raise Http404("This chart cannot be drawn here.")
        return picture
    return add_legend(drawing, legend, scheme) if caption else add_title(drawing, legend.title)
