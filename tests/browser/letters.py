"""What the eye needs of a page at any width: all of it without scrolling sideways, every picture,
no word of the menu on a line of its own, and letters of pictures as large as they are drawn."""

WIDTHS = (320, 700, 768, 1024, 1280)
# Two frames on, a page has chosen its pictures anew; those that nobody has scrolled to are still to
# come. Nothing is waited for without end: a picture that does not come is amiss.
LOOK = """
async (spacings) => {
    const late = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
    for (const frame of [1, 2]) await Promise.race([new Promise(requestAnimationFrame), late(1)]);
    const awaited = [...document.images].filter((i) => i.loading !== "lazy" && !i.complete);
    const ended = (image, done) =>
        ["load", "error"].forEach((end) => image.addEventListener(end, done));
    const all = Promise.all(awaited.map((image) => new Promise((done) => ended(image, done))));
    await Promise.race([all, late(20)]);

    const amiss = [];
    for (const image of document.images)
        if ((image.complete || image.loading !== "lazy") && !image.naturalWidth)
            amiss.push(`does not show ${image.currentSrc}`);
    // The letters of a picture are of the smallest size: none may be shown smaller than drawn.
    for (const image of document.querySelectorAll(".chart img")) {
        const { width } = image.getBoundingClientRect();
        if (width && width < image.naturalWidth - 1) amiss.push(`shrinks ${image.currentSrc}`);
    }
    const lines = {};
    for (const word of document.querySelectorAll(".masthead nav li"))
        (lines[word.getBoundingClientRect().top] ??= []).push(word.textContent.trim());
    for (const line of Object.values(lines)) if (line.length === 1) amiss.push(`alone: ${line}`);
    const root = document.documentElement;
    for (const [letterSpacing, wordSpacing] of spacings) {
        Object.assign(root.style, { letterSpacing, wordSpacing });
        if (root.scrollWidth > innerWidth)
            amiss.push(`scrolls sideways to ${root.scrollWidth}, spaced by "${letterSpacing}"`);
    }
    return amiss;
}
"""
OPEN = """
() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    for (const image of document.images) image.loading = "eager";
}
"""
