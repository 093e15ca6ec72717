"""What a test reads in a page."""

import gzip
from html.parser import HTMLParser

from lib.audit.models import Change

VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}


class Element:
    """An element of a page, with what it holds: elements and texts in their order."""

    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent, self.held = tag, attributes, parent, []

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()

    @property
    def text(self):
        """What it says, white space folded."""
        return " ".join("".join(self._texts()).split())

    def _texts(self):
        for part in self.held:
            if isinstance(part, str):
                yield part
            elif part.tag not in ("script", "style"):
                yield from part._texts()

    def all(self, tag=None):
        """The elements in it at any depth, in their order: all, or those of one name."""
        ahead = [iter(self.held)]
        while ahead:
            for part in ahead[-1]:
                if isinstance(part, Element):
                    if tag in (None, part.tag):
                        yield part
                    ahead.append(iter(part.held))
                    break
            else:
                ahead.pop()

    def closest(self, *tags):
        """The nearest element around it that has one of these names, or None."""
        element = self.parent
        while element is not None and element.tag not in tags:
            element = element.parent
        return element


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.at = Element("", {})

    def handle_starttag(self, tag, attributes):
        element = Element(tag, dict(attributes), self.at)
        self.at.held.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attributes):
        self.at.held.append(Element(tag, dict(attributes), self.at))

    def handle_endtag(self, tag):
        element = self.at
        while element.tag not in ("", tag):
            element = element.parent
        if element.tag:
            self.at = element.parent

    def handle_data(self, data):
        self.at.held.append(data)


def read(response):
    """A page as one element that holds it all, unpacked where it was sent compressed; each answer
    is read once, however many tests look into it."""
    if hasattr(response, "root"):
        return response.root
    content = (
        gzip.decompress(response.content)
        if response.get("Content-Encoding") == "gzip"
        else response.content
    )
    reader = _Reader()
    reader.feed(content.decode())
    response.root = reader.root
    return reader.root


def elements(response, tag=None):
    """All elements, or those of one name."""
    return list(read(response).all(tag))


def hrefs(response):
    """Where the links of a page lead."""
    return {link.attributes.get("href") for link in elements(response, "a")}


def tiles(response):
    """The tiles of the map of forces, by where they lead."""
    return {
        tile.attributes["href"]: tile for tile in elements(response, "a") if "tile" in tile.classes
    }


def version_now():
    """The version of a page of the admin that is opened now."""
    return str(Change.objects.version())


def last_change():
    """The number of the last change that anybody made, whoever is at work meanwhile."""
    return Change.objects.version().last


def version_in(response):
    """The version that a page of the admin carries: what it has seen of all that was changed."""
    (box,) = (box for box in elements(response, "input") if box.attributes.get("name") == "version")
    return box.attributes["value"]


def text(response):
    """What a page says, white space folded."""
    return read(response).text
