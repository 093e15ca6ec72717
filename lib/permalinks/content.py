"""What a page shows in words: headings, sentences, rows of tables, and the sources they cite."""

import json
from html.parser import HTMLParser
from itertools import groupby, zip_longest
from typing import NamedTuple
from urllib.parse import urlsplit

# What leads elsewhere or is filled in, or changes with the clock alone.
SKIPPED = {"button", "form", "nav", "noscript", "script", "select", "style", "svg", "template"}
SKIPPED_CLASSES = {
    "citations",
    "downloads",
    "made-up",
    "onward",
    "pagination",
    "printed",
    "visually-hidden",
}
SOURCES = "/sources/"  # where a site has pages of them
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
LINES = {*HEADINGS, "caption", "dd", "dt", "figcaption", "li", "p", "summary", "tr"}
# Where one of these begins or ends, so does a word.
BLOCKS = {"article", "br", "dd", "div", "dl", "dt", "li", "p", "section", "small", "ul"}


class Line(NamedTuple):
    """A line of a page: a heading of a level, a row of a table by its cells, or a sentence."""

    cells: tuple[str, ...]
    level: int = 0
    is_row: bool = False
    is_head: bool = False

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


class Block(NamedTuple):
    """Lines that stand together: a heading, a sentence, or a table with its rows."""

    is_table: bool
    lines: list[Line]

    @property
    def head(self) -> tuple[str, ...]:
        """The headings of a table's columns, if its first line has nothing else."""
        return self.lines[0].cells if self.lines[0].is_head else ()

    @property
    def rows(self) -> list[list[tuple[str, str]]]:
        """The other lines of a table, each cell with the heading of its column."""
        rows = [line.cells for line in self.lines if not line.is_head]
        return [list(zip_longest(self.head[: len(row)], row, fillvalue="")) for row in rows]


class Source(NamedTuple):
    """What a page cites, and where that is."""

    name: str
    address: str


class PageContent(NamedTuple):
    """The title of a page, its lines and its sources."""

    title: str
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]

    @classmethod
    def of_page(cls, html: str) -> "PageContent":
        reader = Reader()
        reader.feed(html)
        reader.close()
        # A page names itself, then the site.
        title = " ".join("".join(reader.title).split()).rpartition(" – ")[0]
        names: dict[str, str] = {}  # by address, each the longest that the page gives it
        for name, address in reader.sources:
            names[address] = max(names.get(address, ""), name, key=len)
        sources = tuple(Source(name, address) for address, name in names.items())
        return cls(title, tuple(reader.lines), sources)

    @classmethod
    def from_json(cls, text: str) -> "PageContent":
        title, lines, sources = json.loads(text)
        return cls(
            title,
            tuple(Line(tuple(cells), *rest) for cells, *rest in lines),
            tuple(Source(*source) for source in sources),
        )

    def to_json(self) -> str:
        return json.dumps(self, ensure_ascii=False, separators=(",", ":"))

    @property
    def blocks(self) -> list[Block]:
        """Its lines, those of one table together; without the title."""
        groups = groupby(self.lines, lambda line: (line.is_row, line.level == 1))
        blocks = []
        for (is_row, is_title), lines in groups:
            if is_row:
                blocks.append(Block(True, list(lines)))
            elif not is_title:
                blocks += [Block(False, [line]) for line in lines]
        return blocks


class Reader(HTMLParser):
    """Reads the lines within `main`, and the sources that it cites."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.sources: list[Source] = []
        self.title: list[str] = []
        self.in_title = False
        self.open: list[str] = []
        self.inside = 0  # how deep within `main`
        self.skipping = 0  # how deep within what is left out
        self.in_citations = 0
        self.link: Source | None = None
        self.unseen: list[str] = []  # the words of a cell that shows only a sign
        self.in_unseen = False
        self.term = ""  # of a list of terms, until what is said of it
        self.begin("p")

    def begin(self, tag: str) -> None:
        self.tag, self.words, self.cells, self.heads = tag, [], [], 0

    def end(self) -> None:
        """Keep the line that has been read, unless it is empty."""
        if self.tag == "tr":
            cells, is_head = tuple(self.cells), self.heads == len(self.cells)
            if any(cells):
                self.lines.append(Line(cells, is_row=True, is_head=is_head))
        elif text := " ".join("".join(self.words).split()):
            if self.tag == "dt":
                text, self.term = self.term, text
            elif self.term and self.tag == "dd":
                text, self.term = f"{self.term}: {text}", ""
            if self.term and self.tag != "dt":
                self.lines.append(Line((self.term,)))
                self.term = ""
            if text:
                self.lines.append(Line((text,), HEADINGS.get(self.tag, 0)))
        self.begin("p")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.in_title = tag == "title" and not self.inside
        if tag == "main":
            self.inside = 1
            return
        if not self.inside:
            return
        if tag in VOID:
            self.words.append(" " if tag in BLOCKS else "")
            return
        self.open.append(tag)
        classes = set((found.get("class") or "").split())
        if "citations" in classes or self.in_citations:
            self.in_citations += 1
        if self.skipping or tag in SKIPPED or classes & SKIPPED_CLASSES or "hidden" in found:
            self.in_unseen |= not self.skipping and "visually-hidden" in classes
            self.skipping += 1
        if tag == "a":
            self.link = source_at(found.get("href") or "", bool(self.in_citations))
        if self.skipping:
            return
        if tag in LINES and self.tag != "tr":
            self.end()
            self.begin(tag)
        elif tag in ("td", "th"):
            self.words, self.unseen = [], []
        elif tag in BLOCKS:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.in_title = False
        if not self.inside:
            return
        if tag == "main":
            self.end()
            self.inside = 0
            return
        if tag not in self.open:
            return
        while self.open:
            closed = self.open.pop()
            was_skipped = bool(self.skipping)
            self.skipping -= was_skipped
            self.in_unseen = self.in_unseen and self.skipping > 0
            self.in_citations -= bool(self.in_citations)
            if not was_skipped:
                self.close_element(closed)
            elif closed == "a":
                self.keep_source()
            if closed == tag:
                return

    def close_element(self, tag: str) -> None:
        if tag == "a":
            self.keep_source()
        if tag in ("td", "th") and self.tag == "tr":
            words = " ".join("".join(self.words).split())
            self.cells.append(words or " ".join("".join(self.unseen).split()))
            self.heads += tag == "th"
            self.words = []
        elif tag == self.tag and tag in LINES:
            self.end()
        elif tag in BLOCKS:
            self.words.append(" ")

    def keep_source(self) -> None:
        if self.link and self.link.name.strip():
            name = " ".join(self.link.name.split())
            self.sources.append(self.link._replace(name=name))
        self.link = None

    def handle_data(self, text: str) -> None:
        if self.in_title:
            self.title.append(text)
        if self.link:
            self.link = self.link._replace(name=self.link.name + text)
        if self.inside and not self.skipping:
            self.words.append(text)
        elif self.in_unseen:
            self.unseen.append(text)


def source_at(address: str, is_cited: bool) -> Source | None:
    """What a link leads to, if that is a source: a page elsewhere, or one that is cited."""
    is_elsewhere = urlsplit(address).scheme in ("http", "https")
    is_source = is_cited or address.startswith(SOURCES)
    return Source("", address) if is_elsewhere or is_source else None
