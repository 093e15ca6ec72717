"""OpenDocument: scripts, event listeners, objects and what is fetched from elsewhere."""

import re

from .archives import Archive
from .formulas import check_formula
from .markup import elements, local, looks_like_xml
from .refusals import UNREADABLE, ActiveContentError, contains, is_plain_link

MACROS = "macros"
EVENTS = "scripts that start on an event (event listeners)"
FETCHED = "a picture, object or text that is fetched from elsewhere"
FOLDERS = re.compile(r"^(basic|scripts|dialogs)/", re.IGNORECASE)
LINKS = ("a", "hyperlink-behaviour", "template")  # what a reader follows; the rest is fetched
ELEMENTS = {
    "object-ole": "an embedded object (OLE)",
    "plugin": "a plug-in",
    "floating-frame": "a frame that shows another page",
    "dde-source": "a DDE connection",
    "dde-link": "a DDE connection",
    "dde-links": "a DDE connection",
    "dde-connection": "a DDE connection",
    "dde-connection-decl": "a DDE connection",
    "dde-connection-decls": "a DDE connection",
    "auto-reload": "an instruction to load another page",
    "connection-resource": "a connection to a database",
    "database-source-sql": "a connection to a database",
    "database-source-query": "a connection to a database",
    "database-source-table": "a connection to a database",
    "execute-macro": MACROS,
    "library": MACROS,
    "libraries": MACROS,
    "module": MACROS,
}
LISTENERS = ("event-listener", "event")
# What a click in slides may do without a script.
NAVIGATION = re.compile(
    r"none|(previous|next|first|last|last-visited)-(page|slide)|stop|show|hide|fade-out"
)
CALLS = re.compile(r"\s*(vnd\.sun\.star\.\w+|macro|service|javascript|vbscript):", re.IGNORECASE)
OUTSIDE = re.compile(r"""['"\[]\s*(\w[\w+.-]+:/|\\\\|//)[^'"]*['"\]]\s*#""")


def check_opendocument(archive: Archive) -> None:
    """Raises `ActiveContentError` for anything that runs, or is fetched from elsewhere."""
    archive.check_parts()
    if "content.xml" not in archive.names:
        raise ActiveContentError(UNREADABLE)
    if any(FOLDERS.search(name.removeprefix("/")) for name in archive.names):
        raise contains(MACROS)
    for name in archive.names:
        if looks_like_xml(name, archive.head(name)):
            check_part(archive.read(name))


def check_part(content: bytes) -> None:
    for event, element in elements(content):
        if event == "start":
            check_element(local(element.tag), {local(k): v for k, v in element.attrib.items()})


def check_element(name: str, attributes: dict[str, str]) -> None:
    """Refuse an element that runs something or fetches it."""
    if name in ELEMENTS:
        raise contains(ELEMENTS[name])
    if name in LISTENERS and not NAVIGATION.fullmatch(attributes.get("action", "")):
        raise contains(EVENTS)
    for attribute, value in attributes.items():
        if CALLS.match(value):
            raise contains(MACROS)
        if attribute == "media-type" and re.search("basic|script", value):
            raise contains(MACROS)
        is_formula = "formula" in attribute or attribute in ("condition", "expression")
        if is_formula:
            check_formula(value)
            if OUTSIDE.search(value):
                raise contains("a formula that fetches data")
    for attribute in ("href", "src", "image-data"):
        check_link(name, attributes.get(attribute, ""))
    if not is_plain_link(attributes.get("target-location", "")):  # of a button
        raise contains("a link to a file or a program")


def check_link(name: str, address: str) -> None:
    if name in LINKS:
        if not is_plain_link(address) and not (name == "template" and is_local_file(address)):
            raise contains("a link to a file or a program")
    elif re.match(r"\s*([a-z][a-z0-9+.-]*:|[\\/]|\.\.)", address, re.IGNORECASE):
        raise contains(FETCHED)


def is_local_file(address: str) -> bool:
    """Whether a template lies on the writer's own disk: it is named, and never fetched."""
    return bool(re.match(r"file:///[^/\\]", address))
