"""A program of its own: reads a page as HTML, and writes it as a tagged PDF (PDF/UA-1).

It needs much memory for a moment, which a worker would keep. What the page has comes with it:
nothing is fetched.
"""

import io
import sys

import pikepdf
from pikepdf import Dictionary, Name
from weasyprint import HTML
from weasyprint.urls import URLFetcher


def typeset(html: str) -> bytes:
    """A page as a PDF; its pictures and sheets are within it as `data:` addresses."""
    fetcher = URLFetcher(allowed_protocols=("data",))
    document = HTML(string=html, media_type="print", url_fetcher=fetcher)
    # Without hints of presentation, lists that begin at another number would begin at one.
    return with_scopes(document.write_pdf(pdf_variant="pdf/ua-1", presentational_hints=True))


def with_scopes(pdf: bytes) -> bytes:
    """The PDF with the scope of every heading of a table, which WeasyPrint 70 leaves out."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root.get(Name.StructTreeRoot)
        if root is not None:
            set_scopes(root, "Row")
        written = io.BytesIO()
        document.save(written, deterministic_id=True)
    return written.getvalue()


def set_scopes(element: pikepdf.Object, scope: str) -> None:
    """Set the scope of the headings in an element: of a column in a head, else of a row."""
    kind = element.get(Name.S)
    if kind == Name.THead:
        scope = "Column"
    if kind == Name.TH:
        element[Name.A] = Dictionary(O=Name.Table, Scope=Name(f"/{scope}"))
    kids = element.get(Name.K)
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and Name.K in kid:
            set_scopes(kid, scope)


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read().decode()))
