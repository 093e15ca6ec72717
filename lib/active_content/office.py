"""Office documents (OOXML): what their parts, relationships, fields and formulas do."""

import posixpath
import re
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from .archives import Archive
from .formulas import check_formula
from .markup import elements, is_svg, local, looks_like_xml
from .refusals import UNREADABLE, ActiveContentError, contains, is_plain_link

TYPES = "[Content_Types].xml"
# By a piece of a content type, a relationship's type, or a part's name.
REFUSED = [
    (re.compile(pattern, re.IGNORECASE), what)
    for pattern, what in (
        (r"vba|macro|dialogsheet|attachedToolbars|keyMapCustom|ui/extensib|customUI", "macros"),
        (r"activex|relationships/control$", "a control that runs code (ActiveX)"),
        (r"attachedTemplate", "an attached template"),
        (r"oleObject", "an embedded object (OLE)"),
        (r"aFChunk|subDocument", "another document that is read into it"),
        (r"externalLink", "links to another workbook, or DDE"),
        (r"connections|queryTable|mailMerge|recipientData|xmlMaps", "a data connection"),
        (r"webextension|/frame$", "an extension or frame that fetches a page"),
    )
]
PACKAGE = "an embedded object (package)"
FETCHED = "a picture, object or template that is fetched from elsewhere"
FIELDS = {
    "DDE": "a DDE field",
    "DDEAUTO": "a DDE field",
    "LINK": "a linked object (LINK field)",
    "EMBED": "an embedded object (EMBED field)",
    "INCLUDETEXT": "a field that reads another document (INCLUDETEXT)",
    "INCLUDE": "a field that reads another document (INCLUDE)",
    "INCLUDEPICTURE": "a picture that is fetched (INCLUDEPICTURE)",
    "IMPORT": "a picture that is fetched (IMPORT)",
    "RD": "a field that reads another document (RD)",
    "DATABASE": "a data connection (DATABASE field)",
    "MACROBUTTON": "a button for macros (MACROBUTTON)",
    "HTMLCONTROL": "a control that runs code (HTMLCONTROL)",
    "CONTROL": "a control that runs code (CONTROL)",
    "PRINT": "codes for a printer (PRINT field)",
    "ADDIN": None,  # reference managers keep their data in it; it does nothing
}
ELEMENTS = {
    "mailMerge": "a data connection (mail merge)",
    "altChunk": "another document that is read into it",
    "ddeLink": "a DDE link",
    "oleLink": "a linked object (OLE)",
    "control": "a control that runs code (ActiveX)",
    "dbPr": "a data connection",
    "webPr": "a data connection",
    "OLEObject": "an embedded object (OLE)",
    "oleObj": "an embedded object (OLE)",
    "oleObject": "an embedded object (OLE)",
    "DataMashup": "a data connection (Power Query)",
}
OUTSIDE = re.compile(r"\s*((?!data:image/)\w+:|\\\\|//)", re.IGNORECASE)
LINK_FIELD = re.compile(r"\s*HYPERLINK\s+\"?([^\"]*)", re.IGNORECASE)
PROGRAM_ACTIONS = re.compile(r"\s*ppaction://(macro|program|ole)", re.IGNORECASE)


def check_office(archive: Archive, inside: bool = False) -> None:
    """Raises `ActiveContentError` for anything that runs, or is fetched from elsewhere.

    The workbook behind a chart is checked in turn; it holds no further one (`inside`).
    """
    if TYPES not in archive.names:
        raise ActiveContentError(UNREADABLE)
    for name in archive.names:
        check_kind(name)
    check_types(archive)
    workbooks = chart_workbooks(archive) if not inside else frozenset()
    archive.check_parts(except_for=workbooks)
    for name in archive.names:
        if name in workbooks:
            check_office(Archive(archive.read(name)), inside=True)
        elif name.lower().endswith(".rels"):
            check_relationships(name, archive.read(name), bool(workbooks))
        elif name != TYPES and looks_like_xml(name, archive.head(name)):
            check_part(archive.read(name))


def check_kind(text: str) -> None:
    for pattern, what in REFUSED:
        if pattern.search(text):
            raise contains(what)


def check_types(archive: Archive) -> None:
    """Refuse by the kinds that the parts are said to have."""
    endings = {name.rpartition(".")[2].lower() for name in archive.names}
    for event, element in elements(archive.read(TYPES)):
        is_used = element.get("Extension", "").lower() in endings or element.get("PartName")
        if event == "start" and is_used:
            check_kind(element.get("ContentType", ""))


def chart_workbooks(archive: Archive) -> frozenset[str]:
    """The workbooks that hold the numbers of charts, which Office embeds for every chart."""
    found, names = set(), {name.lower(): name for name in archive.names}
    for name in archive.names:
        folder = posixpath.dirname(posixpath.dirname(name))
        if name.lower().endswith(".rels") and posixpath.basename(folder).lower() == "charts":
            for event, element in elements(archive.read(name)):
                if event == "start" and is_package(element):
                    target = posixpath.normpath(posixpath.join(folder, element.get("Target", "")))
                    if target.lower().endswith(".xlsx") and target.lower() in names:
                        found.add(names[target.lower()])
    return frozenset(found)


def is_package(element: Element) -> bool:
    return element.get("Type", "").endswith("/package") and (
        element.get("TargetMode", "").lower() != "external"
    )


def check_relationships(name: str, content: bytes, has_workbooks: bool) -> None:
    for event, element in elements(content):
        if event != "start" or local(element.tag) != "Relationship":
            continue
        kind, target = element.get("Type", ""), unquote(element.get("Target", ""))
        check_kind(kind)
        is_external = element.get("TargetMode", "").lower() == "external"
        if is_package(element) and not (has_workbooks and "/charts/_rels/" in name.lower()):
            raise contains(PACKAGE)
        if kind.endswith("/hyperlink"):
            if not is_plain_link(target):
                raise contains("a link to a file or a program")
        elif is_external or re.match(r"\s*([a-z][a-z0-9+.-]*:|\\\\|//)", target, re.IGNORECASE):
            raise contains(FETCHED)


def check_part(content: bytes) -> None:
    """Refuse what a part's elements, fields and formulas do."""
    fields = []  # the instructions of open fields, the innermost last
    for event, element in elements(content):
        name = local(element.tag)
        if event == "start":
            check_element(element, name)
            if name == "fldChar":
                kind = attribute(element, "fldCharType")
                if kind == "begin":
                    if fields:
                        fields[-1] += "\0"
                    fields.append("")
                elif fields:
                    check_field(fields[-1])
                    if kind == "end":
                        fields.pop()
            elif name == "fldSimple":
                check_field(attribute(element, "instr"))
        elif name in ("instrText", "delInstrText"):
            if fields:
                fields[-1] += element.text or ""
            else:
                check_field(element.text or "")
        elif name in ("f", "formula", "formula1", "formula2", "definedName"):
            check_formula(element.text or "")


def attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if local(key) == name), "")


def check_element(element: Element, name: str) -> None:
    if name in ELEMENTS:
        raise contains(ELEMENTS[name])
    if name == "cacheSource" and element.get("type") == "external":
        raise contains("a data connection")
    for key, value in element.attrib.items():
        key = local(key)
        if key == "action" and PROGRAM_ACTIONS.match(value):
            raise contains("a button that starts a program or a macro")
        if key == "macro" and value.strip():
            raise contains("macros")
        # Drawings of comments and old shapes (VML), and pictures that are drawings (SVG).
        leads_out = key in ("src", "href") and OUTSIDE.match(value)
        is_followed = key == "href" and not (is_svg(element) and name != "a")
        if leads_out and not (is_followed and is_plain_link(value)):
            raise contains(FETCHED)


def check_field(instruction: str) -> None:
    """Refuse a field by its name, and one whose name is only computed when it is opened."""
    words = instruction.split()
    if words and "\0" in words[0]:
        raise contains("a field whose name is hidden in another field")
    if words and FIELDS.get(words[0].upper()):
        raise contains(FIELDS[words[0].upper()])
    link = LINK_FIELD.match(instruction)
    if link and not is_plain_link(link[1]):
        raise contains("a link to a file or a program")
