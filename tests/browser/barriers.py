"""What axe finds on a page."""

from axe_playwright_python.base import AXE_SCRIPT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What differs between light and dark, or in the columns of a wide table; all else that a wide page
# shows, a phone shows too.
OF_COLOURS = ["color-contrast", "link-in-text-block", "target-size"]
# Of all that axe tells, what is amiss alone comes out of the browser.
RUN = """async (rules) => {
    const found = await axe.run(document, { resultTypes: ['violations'], runOnly: rules });
    return found.violations;
}"""


def violations(page, rules=RULES):
    """The rules that a page breaks, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        (problem["id"], [node["target"] for node in problem["nodes"][:3]])
        for problem in page.evaluate(RUN, rules)
    ]


# A page is loaded once, and looked at on a desk and on a phone in the dark.
DESK, PHONE = (1280, "light", OF_COLOURS), (320, "dark", RULES)
ENDS = [DESK, PHONE]
# Django's admin fades from one colour to the next, for which nobody need wait.
SETTLED = "document.getAnimations().forEach((fading) => fading.finish())"


def errors(page, said, name):
    """What the console said of a page, what axe finds there, and whether it scrolls sideways; by
    its name and width, where there is any."""
    page.wait_for_load_state()
    heard, found = list(said), {}
    for width, scheme, rules in ENDS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        sideways = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        broken = violations(page, rules)
        if heard or broken or sideways:
            found[name, width] = heard, broken, sideways
    said.clear()  # axe itself breaks the content security policy
    return found
