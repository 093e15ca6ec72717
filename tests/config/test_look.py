import gzip
import re
from datetime import date
from itertools import combinations, pairwise
from types import SimpleNamespace

import django_tables2 as tables
import pytest
from django.conf import settings
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import resolve, reverse

from findings.charts import PAINTS
from findings.choices import ActionStatus, ClosureStatus, FindingKind, Stance
from findings.models import Response
from inspections.choices import Grade, MissingReason, Scale
from inspections.markup import grade
from inspections.models import Grading, Inspection, Programme, Question
from lib.lists.tables import InOrder, ListTable

CSS = settings.BASE_DIR / "static" / "css"
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
COMPONENTS = sorted((settings.BASE_DIR / "templates" / "components").glob("*.html"))
ROOMS = ("config", "forces", "inspections", "findings", "static", "templates")

GRADES = [f"grade-{grade.slug}" for grade in Grade]
TEXTS = ["ink", "ink-soft", "link", "strength", "weakness", "practice", "confirmed", "claimed"]
TEXT_PAIRS = [
    *[(text, ground) for text in TEXTS for ground in ("paper", "panel")],
    *[("ink", ground) for ground in ("mark", "heat-1", "heat-2", "heat-3", "heat-4")],
    *[("paper", ground) for ground in ("ink", "ink-soft", "weakness")],
    *[(f"on-{grade}", grade) for grade in GRADES],
    ("link", "mark"),
]
MARKS = [*GRADES, "strength", "weakness", "practice", "confirmed", "claimed", "edge", "focus"]

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear light.
EYES = {
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
    "full colour": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def colours(css):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css))


def palettes():
    """Each colour by its name, in light and in dark."""
    light, dark = (
        (CSS / "tokens.css").read_text().split("@media screen and (prefers-color-scheme: dark)")
    )
    return {"light": colours(light), "dark": colours(light) | colours(dark)}


def linear(colour):
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(light):
    return sum(
        weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), light, strict=True)
    )


def contrast(one, other):
    darker, lighter = sorted(luminance(linear(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def seen(light, eye):
    return [
        min(1, max(0, sum(m * c for m, c in zip(row, light, strict=True)))) for row in EYES[eye]
    ]


def lab(light):
    r, g, b = light
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        luminance(light),
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_stands_out_from_its_ground(scheme, text, ground):
    palette = palettes()[scheme]
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_stand_out_from_the_paper(scheme, mark):
    palette = palettes()[scheme]
    assert contrast(palette[mark], palette["paper"]) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_grades_keep_their_order_in_greyscale(scheme):
    lightness = [lab(linear(palettes()[scheme][grade]))[0] for grade in GRADES]
    assert all(better - worse >= 7 for worse, better in pairwise(lightness)), lightness


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_statuses_that_have_begun_keep_their_order_in_greyscale(scheme):
    """One bar has them beside one another, where a short one has no word in it."""
    begun = [
        PAINTS[status][0].removeprefix("var(--").removesuffix(")")
        for status in (
            ActionStatus.COMPLETE,
            ActionStatus.PENDING_SIGN_OFF,
            ActionStatus.EMBEDDING,
            ActionStatus.IN_PROGRESS,
        )
    ]
    lightness = [lab(linear(palettes()[scheme][paint]))[0] for paint in [*begun, "paper"]]
    assert all(abs(one - other) >= 7 for one, other in pairwise(lightness)), lightness
    assert lightness == sorted(lightness, reverse=scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_any_two_grades_differ_to_every_eye(scheme, eye):
    points = [lab(seen(linear(palettes()[scheme][grade]), eye)) for grade in GRADES]
    for one, other in combinations(points, 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 >= 10.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_the_two_worst_grades_differ_in_a_mark_of_nine_pixels(scheme, eye):
    """A small mark shows little of a hue: their lightness must differ, and greatly."""
    points = [lab(seen(linear(palettes()[scheme][grade]), eye)) for grade in GRADES[:2]]
    assert abs(points[0][0] - points[1][0]) >= 14
    assert sum((a - b) ** 2 for a, b in zip(*points, strict=True)) ** 0.5 >= 24


def test_every_colour_has_a_dark_twin():
    light, dark = (
        (CSS / "tokens.css").read_text().split("@media screen and (prefers-color-scheme: dark)")
    )
    assert colours(light).keys() == colours(dark).keys()


def test_colours_stand_in_tokens_css_alone():
    files = (
        path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*") if path.is_file()
    )
    strays = [
        f"{path.relative_to(settings.BASE_DIR)}: {match}"
        for path in files
        if path.suffix in {".css", ".html", ".js", ".py", ".svg"} and path.name != "tokens.css"
        for match in re.findall(
            r"(?<![&\w/])#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b(?!-)", path.read_text()
        )
    ]
    assert not strays


def test_every_variable_that_a_style_uses_is_declared():
    styles = "".join(path.read_text() for path in CSS.rglob("*.css"))
    assert set(re.findall(r"var\((--[\w-]+)", styles)) <= set(re.findall(r"(--[\w-]+):", styles))


def test_every_component_that_draws_has_its_block_in_the_same_order():
    blocks = re.findall(r"^(?:a)?\.([\w-]+)", (CSS / "components.css").read_text(), re.MULTILINE)
    names = [path.stem.replace("_", "-") for path in COMPONENTS if "class=" in path.read_text()]
    assert set(names) <= set(blocks)
    assert sorted(names, key=blocks.index) == names


@pytest.mark.parametrize(
    "selector",
    [
        *[f".grade-{grade.slug} " for grade in Grade],
        *[f".{kind.slug}" for kind in FindingKind],
        *[f".{status.slug}" for status in ActionStatus],
        *[f".confirmation.{view.slug}" for view in ClosureStatus],
    ],
)
def test_every_grade_kind_and_status_has_its_mark(selector):
    assert selector in (CSS / "components.css").read_text()


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates"))
)
def test_templates_hold_no_inline_style_or_script(path):
    template = path.read_text()
    assert not re.search(
        r"\sstyle=|<style|<script(?!( type=\"application/ld\+json\">\{|[^>]*\ssrc=))"
        r"|\son[a-z]+=|javascript:",
        template,
    )


def test_every_public_table_is_cards_on_a_phone_whose_cells_have_labels():
    """Two are not: a comparison keeps its columns side by side, a matrix has cards of its own."""
    tables = [
        (path.name, table)
        for path in TEMPLATES
        if "admin" not in path.parts
        for table in re.findall(r"<table\b.*?</table>", path.read_text(), re.DOTALL)
        if not re.match(r"<table[^>]*class=\"(compare|matrix)", table)
    ]
    assert len(tables) > 15
    for name, table in tables:
        assert re.match(r'<table\s+role="table"\s+class="[^"]*\bstacked\b', table), name
        for cell in re.findall(r"<td\b[^>]*>(?:</td>)?", table):
            assert 'role="cell"' in cell, (name, cell)
            # What has no label is empty, or stands across its card.
            assert re.search(r'data-label=|class="main|></td>', cell), (name, cell)


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_components_say_which_context_they_need(path):
    assert path.read_text().startswith("{% comment %}Context: ")


def test_the_styles_of_a_public_page_are_small():
    sheets = re.findall(
        r"static 'css/(\w+\.css)'", (settings.BASE_DIR / "templates" / "base.html").read_text()
    )
    assert sum(len(gzip.compress((CSS / sheet).read_bytes())) for sheet in sheets) <= 9 * 1024


class Table(ListTable):
    """A table as the lists of the site are."""

    caption = "Two findings"
    reference = tables.Column()
    kind = tables.Column()
    count = tables.Column(orderable=False)


def drawn(rf, address="/findings/", **context):
    rows = [
        SimpleNamespace(pk=1, reference="F1", kind="strength", count=2),
        SimpleNamespace(pk=2, reference="F2", kind="weakness", count=0),
    ]
    table = Table(InOrder(rows), order_by="-reference")
    table.show(table.rows_in_html())
    table.context = context
    return render_to_string("tables/table.html", {"table": table}, request=rf.get(address))


def test_a_table_names_its_rows_and_columns(rf):
    html = drawn(rf)
    assert '<th role="rowheader" scope="row">F2</th>' in html
    assert '<td role="cell" data-label="Kind">weakness</td>' in html, "a phone shows it alone"
    assert '<caption id="caption">Two findings</caption>' in html
    assert 'tabindex="0" role="region" aria-labelledby="caption"' in " ".join(html.split())


def test_a_table_says_by_which_column_it_is_sorted(rf):
    assert re.findall(r'aria-sort="(\w+)"', drawn(rf)) == ["descending", "none"]


def test_sort_links_keep_what_the_page_accepted_and_start_at_the_first_page(rf):
    html = drawn(
        rf, "/findings/?theme=a&page=3&junk=1", params=QueryDict("theme=a&page=3&format=csv")
    )
    assert re.findall(r'href="([^"]*)"', html) == [
        "?theme=a&amp;sort=reference",
        "?theme=a&amp;sort=kind",
    ]


def test_sort_links_keep_the_address_where_the_page_has_no_parameters_of_its_own(rf):
    assert 'href="?theme=a&amp;sort=kind"' in drawn(rf, "/findings/?theme=a&page=3")


def grading(**fields):
    grading = Grading(
        inspection=Inspection(published_on=date(2025, 6, 12)),
        question=Question(programme=Programme(scale=Scale.FIVE)),
        **fields,
    )
    grading.fieldwork_from = grading.fieldwork_to = grading.fieldwork_precision = None
    return grading


def test_a_grade_is_drawn_with_its_word_its_meaning_its_dates_and_the_answer():
    html = grade(grading(grade=Grade.INADEQUATE), Response(stance=Stance.DISPUTED))
    assert f'<a href="{reverse("inspections:grades")}#inadequate">Inadequate</a>' in html
    assert html.count("<i") == 5
    assert re.search(
        r"Fieldwork dates not found in our sources\s*</span><b> · </b>"
        r"<span>published 12 June 2025\s*</span>\s*"
        r"<b> · </b><span>age counts from publication</span>",
        html,
    )
    assert "disputed" in html


def test_an_organisation_whose_response_is_not_found_reads_no_response_found():
    html = grade(grading(grade=Grade.GOOD), with_stance=True)
    assert '<span class="none">no response found</span>' in html


def test_a_missing_grade_reads_its_reason():
    html = grade(grading(missing_reason=MissingReason.NOT_FOUND))
    assert '<span class="none">not found in our sources</span>' in html
    assert "<i" not in html


@pytest.mark.parametrize("code", [400, 403, 404, 500, 503])
def test_error_pages_need_no_request(code):
    assert "<h1>" in render_to_string(f"{code}.html")


@pytest.mark.parametrize(
    "name", ["base.html", "400.html", "403.html", "404.html", "500.html", "503.html"]
)
def test_the_frame_and_the_error_pages_lead_somewhere(name):
    # Written out, so that an error page can be drawn whatever is broken.
    for address in re.findall(
        r'(?:href|action)="(/[^"]*)"', (settings.BASE_DIR / "templates" / name).read_text()
    ):
        resolve(address)
