"""The script with which a reader explores a chart, beside the page and the library."""

import re
from importlib.resources import files

from django.conf import settings


def test_the_script_stands_in_for_every_style_that_plotly_writes():
    library = (files("plotly") / "package_data" / "plotly.min.js").read_text()
    script = (settings.BASE_DIR / "static/js/explore.js").read_text()
    assert "plotly.js-style-" in library
    assert "no-inline-styles" in library
    for name in re.findall(r'getElementById\("([0-9a-f]{64})"\)', library):
        assert name in script


def test_script_and_page_agree_on_what_a_phone_is():
    script = (settings.BASE_DIR / "static/js/explore.js").read_text()
    page = (settings.BASE_DIR / "templates/components/chart.html").read_text()
    assert set(re.findall(r"\(max-width: [\w.]+\)", script)) == set(
        re.findall(r"\(max-width: [\w.]+\)", page)
    )
