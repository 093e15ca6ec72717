"""Every sort of page, light and dark, on a phone and on a desk: axe finds nothing, nothing scrolls
sideways, letters are large enough, no word of the menu stands alone, nothing is amiss."""

import pytest
from django.template.loader import render_to_string
from django.urls import resolve

from ..addresses import COMPARISON, charts, names
from .barriers import ENDS, OF_COLOURS, PHONE, small_words, violations
from .letters import LOOK, OPEN, WIDTHS

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/regions/south-west/",
    "/regions/southern-wales/",
    "/forces/",
    "/forces/gloucestershire/",
    "/forces/cumbria/",
    "/forces/avon-and-somerset/summary/?since=2025-06-01",
    "/compare/",
    f"/compare/{COMPARISON}",
    "/inspections/",
    "/inspections/soc-south-west-2025/",
    "/questions/",
    "/questions/serious-and-organised-crime/",
    "/gradings/",
    "/inspections/soc/",
    "/inspections/soc/?sort=-tackling-soc",
    "/sources/",
    "/sources/police-act-1996/",
    "/about/",
    "/about/accessibility/",
    "/about/privacy/",
    "/about/grades/",
    "/about/glossary/",
    "/changes/",
    "/changes/?since=2025-06-01&organisation=gloucestershire&kind=finding",
    "/corrections/",
    "/search/",
    "/search/?q=WMP",
    "/search/?q=gloucestershire",
    "/search/?q=nothing+of+the+kind",
    "/findings/",
    "/findings/?theme=workforce&response=-disputed&q=force",
    "/findings/?organisation=essex",
    "/findings/soc-south-west-2025/F15/",
    "/themes/",
    "/themes/workforce/",
    "/plans/",
    "/plans/gloucestershire-reported-steps/",
    "/plans/gloucestershire-reported-steps/due-dates/",
    "/actions/",
    "/api/",
    "/api/organisations/",
    "/data/",
]
# Of charts, and of what other sites show, one of each sort.
CHARTS_AND_EMBEDS = [
    "/regions/south-west/charts/theme_by_organisation/",
    "/embed/forces/gloucestershire/",
    "/embed/regions/south-west/charts/findings_by_theme/",
]
# A page that refuses is asked for; one of what broke is made here, as the site makes it.
REFUSALS = {"/findings/?theme=nowhere&page=99": 400, "/nowhere/": 404}
BREAKAGES = {"403.html": 403, "500.html": 500, "503.html": 503}
# Colours are few tokens, whose contrasts tests/config/test_look.py reads in light and dark. axe,
# which looks longer at colours than at all else, sees them in both on a page of each sort.
SEEN_FOR_COLOURS = {
    "/",
    "/findings/",
    "/forces/gloucestershire/",
    f"/compare/{COMPARISON}",
    "/inspections/soc/",
    "/plans/gloucestershire-reported-steps/",
}
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
    refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
# As the page has it last; before that as readers may set it who need more room (WCAG 1.4.12), or
# whose letters are broader than ours.
SPACINGS = [("0.12em", "0.16em"), ("", "")]


class Watched:
    """A window in which one page after another is opened, and whatever they do that no page of ours
    should."""

    def __init__(self, page, site):
        self.page, self.site, self.amiss = page, site, []
        page.add_init_script(WATCH)
        page.on("console", lambda message: self.amiss.append(message.text))
        page.on("pageerror", lambda error: self.amiss.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(f"{site}/") or self.amiss.append(f"asks {request.url}")
            ),
        )

    def begin(self):
        """Forget what the pages before did."""
        self.amiss.clear()
        self.page.unroute_all()
        self.page.context.clear_cookies()

    def open(self, address, status=200):
        assert self.page.goto(f"{self.site}{address}").status == status
        if status != 200:
            # The browser itself says so.
            self.amiss = [said for said in self.amiss if "Failed to load resource" not in said]

    def be(self, scheme, width):
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 900})

    def look(self):
        """What is amiss in any state, before axe, which the page's policy would refuse too, comes
        in: at either end, and with all open that can be, at every width."""
        for width, scheme, _ in reversed(ENDS):
            self.be(scheme, width)
            self.see(f"{scheme}, {width}", SPACINGS)
        self.page.evaluate(OPEN)
        for width in reversed(WIDTHS):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.see(f"open, {width}", SPACINGS[-1:])
        return [
            *self.amiss,
            *self.page.evaluate("refused"),
            *(cookie["name"] for cookie in self.page.context.cookies()),
        ]

    def see(self, state, spacings):
        seen = [*self.page.evaluate(LOOK, spacings), *small_words(self.page)]
        self.amiss += [f"{state}: {what}" for what in seen]

    def barriers(self, of_colours=True):
        """What axe finds, with all open; on a desk of colours alone."""
        found, left = [], () if of_colours else OF_COLOURS
        for width, scheme, rules in reversed(ENDS) if of_colours else [PHONE]:
            self.be(scheme, width)
            found += [(scheme, width, *problem) for problem in violations(self.page, rules, left)]
        return found


@pytest.fixture(scope="module")
def window(browser, running_site):
    """Opened once: a browser that starts anew for each page takes longer than looking at it."""
    context = browser.new_context()
    yield Watched(context.new_page(), running_site.url)
    context.close()


@pytest.fixture
def watched(window, db):
    window.begin()
    return window


def test_every_sort_of_page_is_among_them():
    assert set(PAGES) >= SEEN_FOR_COLOURS | set(charts())
    assert {resolve(address.partition("?")[0]).view_name for address in PAGES} == set(names())


@pytest.mark.parametrize("address", [*PAGES, *CHARTS_AND_EMBEDS])
def test_a_page_has_no_barrier_and_nothing_amiss(watched, address):
    watched.open(address)
    assert watched.look() == []
    assert watched.barriers(of_colours=address in SEEN_FOR_COLOURS) == []


@pytest.mark.parametrize("address", REFUSALS)
def test_a_refusal_has_no_barrier_and_nothing_amiss(watched, address):
    watched.open(address, REFUSALS[address])
    assert watched.look() == []
    assert watched.barriers() == []


@pytest.mark.parametrize("template", BREAKAGES)
def test_what_says_that_something_broke_has_no_barrier_and_nothing_amiss(watched, template):
    status, html = BREAKAGES[template], render_to_string(template)
    watched.page.route(
        "**/broken/",
        lambda route: route.fulfill(status=status, content_type="text/html", body=html),
    )
    watched.open("/broken/", status)
    assert watched.look() == []
    assert watched.barriers() == []
