"""What axe finds on a page, and which words are too small to read."""

from axe_playwright_python.base import AXE_SCRIPT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What differs between light and dark, or in the columns of a wide table; all else that a wide page
# shows, a phone shows too.
OF_COLOURS = ["color-contrast", "link-in-text-block", "target-size"]
# Of all that axe tells, what is amiss alone comes out of the browser.
RUN = """async ([rules, left]) => {
    // Style sheets are fetched anew only for rules about film and sound, of which we have none.
    const settings = { resultTypes: ['violations'], runOnly: rules, rules: {}, preload: false };
    for (const rule of left) settings.rules[rule] = { enabled: false };
    return (await axe.run(document, settings)).violations;
}"""


def violations(page, rules=RULES, left=()):
    """The rules that a page breaks, but for those that are left out, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        (problem["id"], [node["target"] for node in problem["nodes"][:3]])
        for problem in page.evaluate(RUN, [rules, list(left)])
    ]


SMALLEST = 14  # pixels
WORDS_BELOW = """
(smallest) => {
    const small = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const look = (element, words) => {
        if (!words || element.closest("script, style, option, .visually-hidden")) return;
        const size = parseFloat(getComputedStyle(element).fontSize);
        if (element.checkVisibility() && size < smallest) small.add(`${words} ${size}`);
    };
    for (let text; (text = texts.nextNode()); ) look(text.parentElement, text.data.trim());
    for (const field of document.querySelectorAll("input, select, textarea"))
        look(field, `${field.tagName} ${field.name}`);
    return [...small];
}
"""


def small_words(page):
    """Whatever is shown, or typed, in letters that are too small."""
    return page.evaluate(WORDS_BELOW, SMALLEST)


# A page is loaded once, and looked at on a desk and on a phone in the dark.
DESK, PHONE = (1280, "light", OF_COLOURS), (320, "dark", RULES)
ENDS = [DESK, PHONE]
# Django's admin fades from one colour to the next, for which nobody need wait.
SETTLED = "document.getAnimations().forEach((fading) => fading.finish())"


def errors(page, said, name, *, of_colours=False):
    """What the console said of a page, what axe finds there, which words are small, and whether it
    scrolls sideways; by its name and width, where there is any.

    Light and dark are the same few tokens: axe looks at colours, which takes it longer than all
    else, where it is asked to, at one page of a sort.
    """
    page.wait_for_load_state()
    heard, found = list(said), {}
    for width, scheme, rules in ENDS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        sideways = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        broken = []
        if scheme == "dark" or of_colours:
            broken = violations(page, rules, () if of_colours else OF_COLOURS)
        small = small_words(page)
        if heard or broken or small or sideways:
            found[name, width] = heard, broken, small, sideways
    said.clear()  # axe itself breaks the content security policy
    return found
