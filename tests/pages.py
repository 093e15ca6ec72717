"""What a test reads in a page."""

from html.parser import HTMLParser
from typing import NamedTuple


class Element(NamedTuple):
    """A start tag with its attributes."""

    tag: str
    attributes: dict


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements, self.texts, self.inside = [], [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append(Element(tag, dict(attributes)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.texts.append(data)


def read(response):
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader


def elements(response, tag=None):
    """All start tags, or those of one name."""
    return [element for element in read(response).elements if tag in (None, element.tag)]


def text(response):
    """What a page says, white space folded."""
    return " ".join("".join(read(response).texts).split())
