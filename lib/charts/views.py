"""Charts on pages: a figure with its words and addresses, and the view that sends its picture."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import plotly.graph_objects as go
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import DetailView

from lib.sentences import Part, Sentence, plain_text

from .layout import NARROW, Figure, narrow_figure, narrow_height
from .svg import draw

ENDINGS = ("svg", "json")
PARAMETERS = {"scheme": ("light", "dark"), "width": ("wide", "narrow")}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)


class Chart(NamedTuple):
    """A figure with its sentence in parts, its caption and the addresses of its drawings."""

    name: str
    parts: Sentence
    caption: str
    figure: Figure
    address: str
    query: str = ""

    @property
    def sentence(self) -> str:
        return plain_text(self.parts)

    def at(self, ending: str, **parameters: str) -> str:
        """The address of the drawing (svg) or of the figure (json)."""
        query = "&".join(filter(None, [self.query, urlencode(parameters)]))
        return f"{self.address}.{ending}?{query}" if query else f"{self.address}.{ending}"

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
    def narrow_width(self) -> int:
        return NARROW

    @property
    def narrow_height(self) -> int:
        return narrow_height(self.figure["layout"])


class ChartsMixin:
    """A page with charts: `charts` names a property for each, falsy where it would be empty.

    `chart_url` is the URL name of the drawings. `parameters` are the page's own, which the page
    itself checks.
    """

    charts = ()
    chart_url = ""
    parameters = ()

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
        kwargs = self.kwargs | {"name": name, "ending": "svg"}
        address = reverse(self.chart_url, kwargs=kwargs).removesuffix(".svg")
        parts = [Part(sentence)] if isinstance(sentence, str) else sentence
        return Chart(name, parts, caption or figure.caption, figure(*rows), address, query)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            name: getattr(self, name) for name in self.charts
        }


class ChartImageMixin:
    """The view of one of a page's charts as a picture; goes before the page's own class."""

    def get(
        self, request: HttpRequest, *args: Any, name: str, ending: str, **kwargs: Any
    ) -> HttpResponse:
        if name not in self.charts or ending not in ENDINGS:
            raise Http404("No such chart.")
        if isinstance(self, DetailView):
            self.object = self.get_object()
        chart = getattr(self, name)
        if not chart:
            raise Http404("This chart would be empty.")
        return chart_response(request, chart.figure, ending, self.parameters)


def chart_response(
    request: HttpRequest, figure: Figure, ending: str, page_parameters: Sequence[str] = ()
) -> HttpResponse:
    """A figure as a picture (svg) or as data for plotly.js (json).

    `page_parameters` are those that the page's view has checked; unknown ones are ignored. Raises
    `BadRequest` for an unknown value, and `Http404` if the figure cannot be drawn.
    """
    if ending not in ENDINGS:
        raise Http404("A chart comes as svg or json.")
    options = {}
    for name, values in request.GET.lists():
        if name in page_parameters or name not in PARAMETERS:
            continue
        if len(values) > 1 or values[0] not in PARAMETERS[name]:
            raise BadRequest("A chart has a scheme, light or dark, and a width, wide or narrow.")
        options[name] = values[0]
    narrow = options.get("width") == "narrow"
    if ending == "svg":
        content = draw(figure, options.get("scheme", "light"), narrow)
        if content is None:
            raise Http404("This chart cannot be drawn here.")
        response = HttpResponse(content, content_type="image/svg+xml")
    else:
        data = go.Figure(narrow_figure(figure) if narrow else figure).to_json()
        response = HttpResponse(data, content_type="application/json")
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
