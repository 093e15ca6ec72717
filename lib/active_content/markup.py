"""XML in a document, read element by element, without document types and entities."""

import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from .refusals import TOO_COMPLEX, UNREADABLE, ActiveContentError, contains

DEEPEST = 500
# Programs read other encodings differently, so that one sees a word which another does not.
ENCODING = re.compile(
    rb"""<\?xml[^>]*encoding\s*=\s*["'](?!(utf-8|utf-16|us-ascii)["'])""", re.IGNORECASE
)
BEGINNINGS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<", b"<\x00", b"\x00<")


def looks_like_xml(name: str, head: bytes) -> bool:
    """Whether a part is XML, by its name or by its beginning."""
    return name.lower().endswith((".xml", ".rels", ".vml", ".svg", ".rdf")) or (
        head.lstrip().startswith(BEGINNINGS)
    )


# A style that reads a sheet or a picture from elsewhere.
FETCHING_STYLE = re.compile(r"@import|url\(\s*['\"]?\s*((?!data:image/)\w+:|//|\\)", re.IGNORECASE)


def is_svg(element: Element) -> bool:
    """Whether an element is one of a drawing."""
    return element.tag.startswith("{http://www.w3.org/2000/svg}")


def check_drawing(element: Element) -> None:
    """Refuse an element of a drawing that runs something, or whose style fetches something."""
    if any(local(name).lower().startswith("on") for name in element.attrib):
        raise contains("a script")
    if any(map(FETCHING_STYLE.search, [element.text or "", *element.attrib.values()])):
        raise contains("a style that is fetched from elsewhere")


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def elements(content: bytes) -> Iterator[tuple[str, Element]]:
    """Each element as it begins and as it ends, and none kept longer than its parent is open."""
    above = []
    if not content.strip():  # LibreOffice keeps a part empty where nothing is set
        return
    if ENCODING.search(content[:200].replace(b"\0", b"")):
        raise ActiveContentError(UNREADABLE)
    try:
        for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                above.append(element)
                if len(above) > DEEPEST:
                    raise ActiveContentError(TOO_COMPLEX)
                if local(element.tag).lower() in ("script", "applet", "iframe"):
                    raise contains("a script")
            yield event, element
            if event == "end":
                if is_svg(element):
                    check_drawing(element)
                above.pop()
                if above:
                    above[-1].remove(element)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        if isinstance(error, ActiveContentError):
            raise
        raise ActiveContentError(UNREADABLE) from error
