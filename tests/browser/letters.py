"""What the eye needs of a page at any width: no word of the menu on a line of its own, and letters
of pictures as large as they are drawn."""

WIDTHS = (320, 700, 768, 1024, 1280)
LOOK = """
() => {
    const small = [];
    // The letters of a picture are of the smallest size: none may be shown smaller than drawn.
    for (const image of document.querySelectorAll(".chart img")) {
        const { width } = image.getBoundingClientRect();
        if (width && width < image.naturalWidth - 1) small.push(image.currentSrc);
    }
    const lines = {};
    for (const word of document.querySelectorAll(".masthead nav li"))
        (lines[word.getBoundingClientRect().top] ??= []).push(word.textContent.trim());
    const alone = Object.values(lines).filter((line) => line.length === 1);
    return [small, alone, document.documentElement.scrollWidth > innerWidth];
}
"""
OPEN = """
() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    for (const image of document.images) image.loading = "eager";
}
"""
