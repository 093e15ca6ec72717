"""What is read of a page, and how two readings compare."""

from lib.permalinks.comparison import LineChange, Status, compare
from lib.permalinks.content import Line, PageContent, Source

PAGE = """
<html><head><title>Made-up  Police, all – Made-up site</title></head>
<body><header>Masthead</header><main id="content">
<nav aria-label="Breadcrumb"><a href="/">England</a></nav>
<h1>Made-up  <b>Police</b></h1><p class="lede">Two of <a href="/findings/">three</a> findings.</p>
<form><label>Filter</label></form><p class="visually-hidden">Loading</p>
<dl><div><dt>Kind</dt><dd>force<ul class="citations"><li>
<a href="https://example.org/a">A report</a>, p. 8</li>
<li><a href="/sources/b/">B</a>, <a href="/sources/b/">B: a speech</a></li></ul></dd></div></dl>
<table><caption>Grades</caption><thead><tr><th>Question</th><th>Grade</th></tr></thead>
<tbody><tr><th scope="row">One</th><td><span>good</span><span>2025</span></td></tr>
<tr><th scope="row">Two</th><td></td></tr>
<tr><th scope="row">Three</th><td><i><span class="visually-hidden">not found</span></i></td></tr>
<tr><th scope="row">Four</th><td><span class="visually-hidden">Grade:</span>fair</td></tr></tbody>
</table>
<p class="onward"><a href="/changes/">What changed</a></p>
Stray words<br>on two lines
</main><footer>As at now</footer></body></html>
"""


def test_a_page_is_read_as_its_title_lines_tables_and_sources_and_comes_back_the_same():
    content = PageContent.of_page(PAGE)
    assert content.title == "Made-up Police, all"
    assert content.lines == (
        Line(("Made-up Police",), level=1),
        Line(("Two of three findings.",)),
        Line(("Kind: force",)),
        Line(("Grades",)),
        Line(("Question", "Grade"), is_row=True, is_head=True),
        Line(("One", "good2025"), is_row=True),
        Line(("Two", ""), is_row=True),
        Line(("Three", "not found"), is_row=True),
        Line(("Four", "fair"), is_row=True),
        Line(("Stray words on two lines",)),
    )
    assert content.sources == (
        Source("A report", "https://example.org/a"),
        Source("B: a speech", "/sources/b/"),
    )
    assert PageContent.from_json(content.to_json()) == content
    table = content.blocks[3]
    assert table.rows[0] == [("Question", "One"), ("Grade", "good2025")]
    assert [block.is_table for block in content.blocks] == [False] * 3 + [True, False]


def test_a_page_is_current_changed_corrected_or_withdrawn():
    cited = PageContent.of_page(PAGE)
    assert compare(cited, cited).status is Status.CURRENT
    assert compare(cited, None).status is Status.WITHDRAWN

    changed = compare(cited, PageContent.of_page(PAGE.replace("Two of", "Three of")))
    assert changed.status is Status.CHANGED
    assert changed.changes == [LineChange("Two of three findings.", "Three of three findings.")]

    corrected = PAGE.replace("<span>2025</span>", " corrected on 1 August 2025")
    assert compare(cited, PageContent.of_page(corrected)).status is Status.CORRECTED

    longer = PAGE.replace("</tbody>", "<tr><td>Three</td><td>poor</td></tr></tbody>")
    assert compare(cited, PageContent.of_page(longer)).changes == [LineChange("", "Three | poor")]
