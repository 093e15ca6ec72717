"""What pages of every app share: the moment that they speak of, and their charts."""

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import DetailView

from .drawing import Chart, chart_response


class AsAt:
    """The moment that a page speaks of: decided once, at the top, and handed down to every room."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.at = timezone.now()
        self.on = timezone.localdate(self.at)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"as_at": self.at, "on": self.on}


class Charted:
    """A page with charts: each of `charts` is a property of its name, nothing where it would be empty.

    `chart_url` is the pattern of their addresses; `parameters` are the page's own, which it checks as it reads them.
    """

    charts = ()
    chart_url = ""
    parameters = ()

    def chart(self, name, sentence, measure, figure, query=""):
        address = reverse(self.chart_url, kwargs=self.kwargs | {"name": name, "ending": "svg"}).removesuffix(".svg")
        return Chart(name, sentence, measure, figure, address, query)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {name: getattr(self, name) for name in self.charts}


class ChartOf:
    """One of a page's charts, at an address of its own; goes before the page's own class."""

    def get(self, request, *args, name, ending, **kwargs):
        if name not in self.charts or ending not in ("svg", "json"):
            raise Http404("No such chart.")
        if isinstance(self, DetailView):
            self.object = self.get_object()
        chart = getattr(self, name)
        if not chart:
            raise Http404("This chart would be empty.")
        return chart_response(request, chart.figure, ending, self.parameters)
