"""Pages on paper: PDFs as programs and people read them."""

import io

import pikepdf
import pypdfium2
import pytest
from pikepdf import Name

from lib.charts.turns import DrawingBusy
from lib.paper import pages, views
from tests.pages import hrefs

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><html lang="en-GB"><head><title>Made-up report</title></head><body>
<main><h1>Made-up report</h1><form><label>Search</label></form>
<details><summary>More</summary><p>Closed words</p></details>
<h2>Part</h2><ol start="3"><li>Third</li></ol>
<figure><picture><source srcset="/a.svg"><img src="/a.svg?x=1&amp;y=2" alt="A chart"></picture>
</figure>
<table><thead><tr><th scope="col">Question</th><th scope="col">Grade</th></tr></thead>
<tbody><tr><th scope="row">One</th><td>good<ul class="citations">
<li><a href="https://example.org/a">source</a></li></ul></td></tr>
<tr><th scope="row">Two</th><td>LONG</td></tr></tbody></table></main></body></html>"""
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40" viewBox="0 0 90 40">'
    '<title>A chart</title><rect width="90" height="40" fill="#a04020"/></svg>'
)


@pytest.fixture(scope="module")
def pdf():
    # A row that runs over a page and a half must not lose the headings above it.
    page = PAGE.replace("LONG", "words " * 2_500)
    return pages.pdf(pages.for_paper(page, {"/a.svg?x=1&y=2": DRAWING}))


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return texts


def elements(element):
    """Every element of the structure of a PDF."""
    if isinstance(element, pikepdf.Dictionary) and Name.K in element:
        yield element
        kids = element[Name.K]
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            yield from elements(kid)


def test_a_pdf_is_tagged_in_its_language_with_outline_scopes_and_words_for_pictures(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        assert root.Lang == "en-GB"
        assert root.MarkInfo.Marked
        assert b"pdfuaid:part" in root.Metadata.read_bytes()
        assert document.docinfo.Title == "Made-up report"
        with document.open_outline() as outline:
            (top,) = outline.root
            assert (top.title, [one.title for one in top.children]) == ("Made-up report", ["Part"])
        tagged = list(elements(root.StructTreeRoot))
        headings = [str(one.A.Scope) for one in tagged if one.get(Name.S) == Name.TH]
        assert sorted(set(headings)) == ["/Column", "/Row"]
        (figure,) = [one for one in tagged if one.get(Name.S) == Name.Figure]
        assert "A chart" in str(figure.Alt)


def test_it_says_what_the_page_says_and_nothing_that_is_for_screens(pdf):
    first, *others = text_of(pdf)
    assert "Made-up report" in first
    assert "Question" in first
    assert "https://example.org/a" in "".join(first.split())
    assert "3." in first
    assert "Closed words" not in first
    assert "Search" not in first
    assert len(others) >= 1
    assert all("Question" in text for text in others)
    assert f"Page 2 of {len(others) + 1}" in others[0]


def test_the_chart_is_there_to_see(pdf):
    document = pypdfium2.PdfDocument(pdf)
    colours = document[0].render(scale=1).to_pil().convert("RGB").getcolors(1_000_000)
    document.close()
    assert {colour: count for count, colour in colours}[(160, 64, 32)] > 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "paper", "most"),
    [
        ("/forces/gloucestershire/summary/", "/forces/gloucestershire/summary/summary.pdf", 2),
        ("/regions/south-west/", "/regions/south-west/region.pdf", 4),
        (
            "/plans/gloucestershire-reported-steps/",
            "/plans/gloucestershire-reported-steps/plan.pdf",
            4,
        ),
    ],
)
def test_pages_lead_to_pdfs_of_few_pages_with_their_address_and_their_rows_beside(
    address, paper, most, reader
):
    found = hrefs(reader.get(address))
    assert paper in found
    rows = [href for href in found if href.endswith("&format=csv")]
    assert reader.get(rows[0]).getvalue().count(b"\n") > 1
    answer = reader.get(paper)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    texts = text_of(answer.content)
    assert 1 <= len(texts) <= most
    assert "Inspection findings" in texts[0]
    assert address in "".join("".join(texts).split())


@pytest.mark.django_db
def test_a_pdf_is_of_the_page_with_its_parameters(reader):
    said = reader.get("/forces/dorset/summary/?since=2025-01-01&nonsense=1")
    assert "/forces/dorset/summary/summary.pdf?since=2025-01-01" in hrefs(said)


@pytest.mark.django_db
def test_a_pdf_that_cannot_be_made_now_is_told(reader, client, monkeypatch):
    def busy(*_):
        raise DrawingBusy

    address = "/forces/dorset/summary/summary.pdf"
    for pdf in (busy, lambda html: b""):
        monkeypatch.setattr(views, "pdf", pdf)
        answer = client.get(address)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    monkeypatch.setattr(views, "is_available", lambda: False)
    assert client.get(address).status_code == 404
    assert address not in hrefs(client.get("/forces/dorset/summary/"))
