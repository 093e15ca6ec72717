"""What axe finds on a page."""

from axe_playwright_python.base import AXE_SCRIPT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What may differ between light and dark, where all else on a page is the same.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Of all that axe tells, what is amiss alone comes out of the browser.
RUN = "async (rules) => (await axe.run(document, { resultTypes: ['violations'], runOnly: rules })).violations"


def violations(page, rules=RULES):
    """The rules that a page breaks, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [(problem["id"], [node["target"] for node in problem["nodes"][:3]]) for problem in page.evaluate(RUN, rules)]
