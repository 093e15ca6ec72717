"""Static files that come from packages."""

import importlib.util
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class PlotlyFinder(BaseFinder):
    """Finds plotly.js in the plotly package, as plotly/plotly.min.js."""

    NAME = "plotly.min.js"

    def __init__(self):
        package = Path(importlib.util.find_spec("plotly").origin).parent
        self.storage = FileSystemStorage(location=package / "package_data")
        self.storage.prefix = "plotly"

    def find(self, path, find_all=False):
        found = [self.storage.path(self.NAME)] if path == f"plotly/{self.NAME}" else []
        return found if find_all or not found else found[0]

    def list(self, ignore_patterns):
        yield self.NAME, self.storage
