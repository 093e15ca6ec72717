"""Each kind of active content, as a harmless file that is refused with a sentence naming it."""

from functools import partial
from io import BytesIO

import pikepdf
import pytest

from lib.active_content.__main__ import CHECKS
from lib.active_content.checking import check_document
from lib.active_content.refusals import ActiveContentError
from tests.evidence_files import DOCX, PDF, PNG, office, opendocument, packed, pdf

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
word = partial(office, "wordprocessingml.document")
excel = partial(office, "spreadsheetml.sheet")


def rel(kind, target="https://example.org/x", mode="External"):
    return (
        f'<Relationships><Relationship Id="r1" Type="{REL}{kind}" Target="{target}"'
        f' TargetMode="{mode}"/></Relationships>'
    )


def linked(*args, name="word/_rels/document.xml.rels"):
    return word(**{name: rel(*args)})


def field(*instructions):
    """A field of Word with its instruction in several runs."""
    runs = "".join(f"<instrText>{part}</instrText>" for part in instructions)
    return word(
        **{
            "word/document.xml": "<w><fldChar fldCharType='begin'/>"
            f"{runs}<fldChar fldCharType='end'/></w>"
        }
    )


def nested(inner):
    begin, end = "<fldChar fldCharType='begin'/>", "<fldChar fldCharType='end'/>"
    return word(
        **{
            "word/document.xml": f"<w>{begin}{begin}<instrText>{inner}</instrText>{end}"
            f"<instrText> x</instrText>{end}</w>"
        }
    )


def formula(text):
    return excel(**{"xl/a.xml": f"<s><f>{text}</f></s>"})


def drawing(inside):
    svg = "http://www.w3.org/2000/svg"
    return word(**{"word/media/a.svg": f'<svg xmlns="{svg}">{inside}</svg>'})


def odf(body):
    return opendocument("text", f'<o xmlns:x="x">{body}</o>')


def action(kind, rest=""):
    return pdf(f"<< /S /{kind} {rest} >>")


def compressed(thing):
    """A PDF that keeps an object in a compressed stream of objects."""
    plain = pdf(thing, catalog="/X 4 0 R")
    held = BytesIO()
    with pikepdf.open(BytesIO(plain)) as document:
        document.save(held, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return held.getvalue()


def encrypted(thing, user=""):
    held = BytesIO()
    with pikepdf.open(BytesIO(pdf(thing, catalog="/X 4 0 R"))) as document:
        document.save(held, encryption=pikepdf.Encryption(owner="owner", user=user, R=6))
    return held.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED = {
    "a macro by a relationship": ("office", linked("vbaProject", "a.bin", ""), "macros"),
    "a macro by its content": ("office", word(**{"word/media/a.png": OLE}), "embedded object"),
    "a remote template": ("office", linked("attachedTemplate"), "attached template"),
    "a strict template": (
        "office",
        word(**{"word/_rels/x.rels": rel("x").replace(f"{REL}x", "urn:x/attachedTemplate")}),
        "attached template",
    ),
    "a remote picture": ("office", linked("image"), "fetched from elsewhere"),
    "a link to a share": ("office", linked("hyperlink", "file://host/x"), "a link to a file"),
    "a link that runs": ("office", linked("hyperlink", "ms-msdt:/id"), "a link to a file"),
    "an OLE object": ("office", linked("oleObject", "a.bin", ""), "OLE"),
    "an embedded package": ("office", linked("package", "a.xlsx", ""), "package"),
    "another document": ("office", linked("aFChunk", "a.html", ""), "read into it"),
    "ActiveX": ("office", word(**{"word/activeX/a.xml": "<x/>"}), "ActiveX"),
    "a DDE field in pieces": ("office", field("DD", "EAUTO c:\\x"), "DDE"),
    "a field in a field": ("office", nested("QUOTE 68 68 69"), "hidden in another field"),
    "a picture's field": ("office", field(" INCLUDEPICTURE x"), "INCLUDEPICTURE"),
    "a data connection": ("office", excel(**{"xl/connections.xml": "<x/>"}), "data connection"),
    "another workbook": ("office", excel(**{"xl/externalLinks/a.xml": "<x/>"}), "workbook"),
    "a formula": ("office", excel(**{"xl/a.xml": "<s><f>WEBSERVICE(A1)</f></s>"}), "formula"),
    "a command": ("office", excel(**{"xl/a.xml": "<s><f>cmd|' /C x'!A0</f></s>"}), "formula"),
    "another command": ("office", formula("rundll32|'x'!A0"), "formula"),
    "a cell elsewhere": ("office", formula("'\\\\host\\[a.xlsx]b'!A1"), "formula"),
    "a picture by a cell": ("office", formula("_xlfn.IMAGE(A1)"), "formula"),
    "a file to import": ("office", formula('IMPORTCSV("a")'), "formula"),
    "a linking formula": ("office", formula('HYPERLINK("file://host/a")'), "a link to a file"),
    "a linking field": ("office", field(' HYPERLINK "file://host/a"'), "a link to a file"),
    "a printer's field": ("office", field(" PRINT 27"), "printer"),
    "a drawing's picture": ("office", drawing('<image href="https://e.org/a"/>'), "elsewhere"),
    "a drawing's style": ("office", drawing("<style>@import 'a'</style>"), "elsewhere"),
    "a drawing's event": ("office", drawing('<g onload="a()"/>'), "a script"),
    "a button": ("office", word(**{"a.xml": "<s action='ppaction://program'/>"}), "program"),
    "a script in a drawing": ("office", word(**{"a.svg": "<svg><script/></svg>"}), "a script"),
    "a type of document": ("office", word(**{"a.xml": "<!DOCTYPE a><a/>"}), "cannot be read"),
    "Basic": ("opendocument", opendocument("text", **{"Basic/a.xml": "<x/>"}), "macros"),
    "a script": ("opendocument", odf("<x:script/>"), "a script"),
    "an event listener": ("opendocument", odf("<x:event-listener/>"), "event listeners"),
    "a remote object": ("opendocument", odf("<x:object x:href='https://e.org'/>"), "elsewhere"),
    "a parent folder": ("opendocument", odf("<x:image x:href='../../a'/>"), "elsewhere"),
    "a macro's address": ("opendocument", odf("<x:a x:href='macro:///a'/>"), "macros"),
    "OLE": ("opendocument", odf("<x:object-ole/>"), "OLE"),
    "DDE": ("opendocument", odf("<x:dde-source/>"), "DDE"),
    "a formula that fetches": ("opendocument", odf("<x:c x:formula='of:=DDE(1)'/>"), "formula"),
    "a command of Excel": ("opendocument", odf("<x:c x:formula=\"a:=b|'c'!A0\"/>"), "formula"),
    "a button's link": ("opendocument", odf("<x:b x:target-location='file:///a'/>"), "a link"),
    "a button's picture": ("opendocument", odf("<x:b x:image-data='https://e.org'/>"), "elsewhere"),
    "a macro to run": ("opendocument", odf("<x:execute-macro/>"), "macros"),
    "JavaScript": ("pdf", action("JavaScript", "/JS (1)"), "JavaScript"),
    "a name in other letters": ("pdf", action("J#61vaScript"), "JavaScript"),
    "an open action": ("pdf", pdf(catalog="/OpenAction << /JS (1) >>"), "JavaScript"),
    "an address that opens by itself": (
        "pdf",
        pdf(catalog="/OpenAction << /S /URI /URI (https://example.org/) >>"),
        "an action that opens an address by itself",
    ),
    "launch": ("pdf", action("Launch"), "launch"),
    "submit": ("pdf", action("SubmitForm"), "submit"),
    "import": ("pdf", action("ImportData"), "import"),
    "another file": ("pdf", action("GoToE"), "opens another file"),
    "a link to a file": ("pdf", action("URI", "/URI (file://host/x)"), "a link to a file"),
    "an embedded file": ("pdf", pdf("<< /Type /Filespec /EF << >> >>"), "embedded file"),
    "XFA": ("pdf", pdf(catalog="/AcroForm << /XFA [] >>"), "XFA"),
    "media": ("pdf", pdf("<< /Subtype /RichMedia >>"), "media"),
    "in a stream of objects": ("pdf", compressed("<< /S /Launch >>"), "launch"),
    "encrypted for all": ("pdf", encrypted("<< /S /Launch >>"), "launch"),
    "encrypted": ("pdf", encrypted("<< >>", "secret"), "password"),
    "broken": ("pdf", PDF[:-60], "cannot be read"),
    "a PDF with an archive behind": ("pdf", PDF + packed(a="b"), "two kinds"),
    "an archive with a PDF in front": ("office", packed(**{"%PDF-1.7": "x"}), "two kinds"),
    "an archive with a tail": ("office", DOCX + b"<html>", "two kinds"),
    "a bomb": ("office", word(**{"a.xml": bytes(200_000_001)}), "too large"),
    "deep": ("office", word(**{"a.xml": "<a>" * 600 + "</a>" * 600}), "too complex"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_active_content_is_refused_with_a_sentence_that_names_it(name):
    kind, content, words = REFUSED[name]
    with pytest.raises(ActiveContentError, match=words):
        CHECKS[kind](content)


def test_ordinary_documents_are_kept():
    chart = {
        "word/charts/chart1.xml": "<c/>",
        "word/charts/_rels/chart1.xml.rels": rel("package", "../embeddings/a.xlsx", ""),
        "word/embeddings/a.xlsx": excel(),
    }
    CHECKS["office"](linked("hyperlink"))
    CHECKS["office"](field(" PAGE "))
    CHECKS["office"](word(**chart, **{"word/media/image1.png": PNG}))
    CHECKS["office"](field(' HYPERLINK "https://e.org"'))
    CHECKS["office"](formula('HYPERLINK("https://e.org")'))
    CHECKS["office"](formula("\"a|'b'!c\"&amp;'My sheet'!A1"))
    CHECKS["office"](drawing('<style>a{fill:url(#b)}</style><a href="https://e.org"/>'))
    CHECKS["opendocument"](odf("<x:a x:href='https://e.org'/><x:image x:href='Pictures/a.png'/>"))
    CHECKS["opendocument"](opendocument("text", **{"Configurations2/current.xml": ""}))
    CHECKS["pdf"](action("URI", "/URI (https://example.org/)"))
    CHECKS["pdf"](encrypted("<< /S /GoTo >>"))
    with pytest.raises(ActiveContentError):
        CHECKS["office"](word(**chart | {"word/embeddings/a.xlsx": excel(**{"a.bin": OLE})}))


def test_a_check_that_takes_too_long_or_breaks_is_a_refusal(monkeypatch):
    check_document("pdf", PDF)
    with pytest.raises(ActiveContentError, match="too complex"):
        check_document("no such kind", PDF)
    monkeypatch.setattr("lib.active_content.checking.SECONDS", 0.001)
    with pytest.raises(ActiveContentError, match="too complex"):
        check_document("pdf", PDF)
