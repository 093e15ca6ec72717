"""Every public address, so that a test of all pages names none: a new page is tested as soon as it
has a url pattern."""

from django.urls import get_resolver, reverse

from config.api.collections import COLLECTIONS
from findings.models import Finding, Plan, Theme
from forces.models import Organisation
from inspections.models import Inspection, Programme, Source, Strand
from lib.charts.views import ChartImageMixin
from lib.lists.downloads import FORMATS

from .pages import read

# Of these our sources record nothing.
UNKNOWN_REGION, UNKNOWN_ORGANISATION = "southern-wales", "gwent"
# What stands for the argument of a pattern; a pattern that is not named here and takes an argument
# fails the test.
SLUGS = {
    "forces:region_detail": lambda: ["south-west", UNKNOWN_REGION],
    "forces:organisation_detail": lambda: [*south_west_organisations(), UNKNOWN_ORGANISATION],
    "forces:organisation_summary": lambda: [*south_west_organisations(), UNKNOWN_ORGANISATION],
    "inspections:inspection_detail": lambda: [
        *Inspection.objects.values_list("slug", flat=True),
        *Programme.objects.values_list("slug", flat=True),
    ],
    "inspections:strand_detail": lambda: Strand.objects.values_list("slug", flat=True),
    "inspections:source_detail": lambda: Source.objects.order_by("-pk").values_list(
        "slug", flat=True
    )[::20],
    "findings:finding_detail": lambda: Finding.objects.values_list("inspection__slug", "reference"),
    "findings:theme_detail": lambda: Theme.objects.in_use().values_list("slug", flat=True),
    "findings:plan_detail": lambda: Plan.objects.values_list("slug", flat=True),
    "findings:plan_due_dates": lambda: Plan.objects.values_list("slug", flat=True),
    "api:collection": lambda: [one.name for one in COLLECTIONS],
}
LISTS = (
    "forces:organisation_list",
    "inspections:grading_list",
    "inspections:source_list",
    "findings:finding_list",
    "findings:action_list",
)
SEARCHES = ("?q=gloucestershire", "?q=inadequate", "?q=WMP", "?q=nothing+of+the+kind")
COMPARISON = "?organisation=swrocu&organisation=dorset&organisation=gloucestershire"


def south_west_organisations():
    return Organisation.objects.filter(region__slug="south-west").values_list("slug", flat=True)


def slugs_of(made):
    """What stands for each argument in an address of a made-up region."""
    return {
        "region": made.region.slug,
        "organisation": made.organisations[1].slug,
        "other": made.organisations[2].slug,
        "inspection": made.inspection.slug,
        "finding": made.findings[0].full_reference,
        "plan": made.plans[1].slug,
    }


def names():
    """Every named pattern of our three apps but the charts and embeds, which belong to their pages,
    files, which are none, and old addresses."""
    for namespace in ("forces", "inspections", "findings"):
        _, resolver = get_resolver().namespace_dict[namespace]
        for name in sorted({pattern.name for pattern in resolver.url_patterns}):
            if not name.endswith(("_chart", "_page", "_embed", "_file", "by_reference")):
                yield f"{namespace}:{name}"
    # The others are for programs: tests/api/ asks them.
    yield from ("api:guide", "api:collection")
    yield "data_sets"


def public_addresses():
    """One address of every page of the South West and of the country, a comparison included."""
    for name in names():
        if name in SLUGS:
            for slug in SLUGS[name]():
                yield reverse(name, args=slug if isinstance(slug, tuple) else [slug])
        else:
            yield reverse(name)
    yield reverse("forces:compare") + COMPARISON
    yield from (reverse("findings:search") + search for search in SEARCHES)
    yield from chart_pages()


def charts():
    """The charts of every page, as its view names them, by an address of the page.

    Those of due dates are not among them: our sources give none.
    """
    patterns = {}
    for namespace in ("forces", "inspections", "findings"):
        _, resolver = get_resolver().namespace_dict[namespace]
        for pattern in resolver.url_patterns:
            view = getattr(pattern.callback, "view_class", object)
            patterns[view] = f"{namespace}:{pattern.name}"
    pages = [view.__bases__[1] for view in patterns if issubclass(view, ChartImageMixin)]
    return {
        address_with_charts(patterns[page]): page.charts
        for page in pages
        if patterns[page] != "findings:plan_due_dates"
    }


def chart_pages():
    """The own page of each of those charts."""
    asked = {"grades_through_time": "?strand=serious-and-organised-crime"}
    for page, charts_of_page in charts().items():
        path, question, query = page.partition("?")
        for name in charts_of_page:
            yield f"{path}charts/{name}/{question}{query}{asked.get(name, '')}"


def embeds():
    """What other sites may show: each of those charts, and the cards of organisations."""
    yield from (f"/embed{address}" for address in chart_pages())
    for slug in [*south_west_organisations(), UNKNOWN_ORGANISATION]:
        yield reverse("forces:organisation_embed", args=[slug])


def address_with_charts(name):
    about = {
        "forces:region_detail": "south-west",
        "forces:organisation_detail": "gloucestershire",
        "inspections:strand_detail": "serious-and-organised-crime",
    }
    asked = {"forces:compare": COMPARISON}
    return reverse(name, args=[about[name]] if name in about else []) + asked.get(name, "")


def chart_addresses(page):
    """The addresses of a page's pictures, in every scheme and width, and of the data that they
    draw."""
    for figure in read(page).all("figure"):
        yield figure.attributes["data-figure"]
        yield figure.attributes["data-figure-narrow"]
        yield from (source.attributes["srcset"] for source in figure.all("source"))
        yield from (image.attributes["src"] for image in figure.all("img"))


def admin_address(label, page, *args):
    """The address of a page of the admin about a model, or about a row of it."""
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def download_addresses():
    """Every list in every format, and every feed."""
    changes = "findings:change_list"
    files = [(name, ending) for name in (*LISTS, changes) for ending in FORMATS]
    feeds = [(name, "atom") for name in (changes, "findings:finding_list", "findings:action_list")]
    return [f"{reverse(name)}?format={ending}" for name, ending in (*files, *feeds)]
