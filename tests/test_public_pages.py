"""What holds for every public page, whoever wrote it: how it is sent, how it is built, and what it
never says."""

import re
from itertools import pairwise
from urllib.parse import urljoin

import pytest
from django.urls import resolve

from findings.models import Response
from forces.models import Organisation, Region
from inspections.choices import Grade
from inspections.models import Grading

from .addresses import south_west_organisations
from .crawl import crawled, unpacked
from .pages import read, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MADE_ON_DEMAND = (".pdf", ".png")
ERRORS = ("/nowhere/", "/findings/?theme=nowhere", "/compare/?organisation=nowhere")
# The inspectorate recommends and does not order, and bodies are not ranked: promises 7 and 15.
NEVER_SAID = (
    "breach",
    "must comply",
    "ranking",
    "ranked",
    "average grade",
    "mean grade",
    "league",
    "overall grade",
    "score",
)


@pytest.fixture
def pages(db):
    return crawled().pages


@pytest.fixture
def answers(pages):
    """The pages with all else that the public may get: charts, downloads, errors and the site's
    health."""
    crawl = crawled()
    return pages | crawl.downloads | crawl.all_of([*crawl.charts, *ERRORS, "/healthz"])


def wrong(pages, holds):
    """The addresses of the pages for which something does not hold."""
    return [address for address, page in pages.items() if not holds(page)]


def policy(answer):
    return dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )


def test_every_page_is_there(pages):
    assert len(pages) > 60
    assert wrong(pages, lambda page: page.status_code == 200) == []


def test_nothing_public_sets_a_cookie_or_differs_by_one(answers):
    assert (
        wrong(
            answers,
            lambda answer: not answer.cookies and "cookie" not in answer.get("Vary", "").lower(),
        )
        == []
    )


def test_nothing_public_holds_a_token(pages):
    assert wrong(pages, lambda page: b"csrf" not in unpacked(page).lower()) == []


def test_everything_public_has_a_strict_policy(answers):
    def strict(answer):
        said = policy(answer)
        return (
            said["default-src"] == "'none'"
            and "unsafe" not in str(said)
            and "http" not in str(said)
        )

    assert wrong(answers, strict) == []
    assert wrong(answers, lambda answer: answer["X-Content-Type-Options"] == "nosniff") == []
    assert wrong(answers, lambda answer: answer["X-Frame-Options"] == "DENY") == []
    assert wrong(answers, lambda answer: answer["Referrer-Policy"] == "same-origin") == []
    assert (
        wrong(answers, lambda answer: answer["Cross-Origin-Opener-Policy"] == "same-origin") == []
    )


def is_file(script):
    return "src" in script.attributes and not script.held


def is_data(script):
    """Whether no browser runs it, and no text in it can end it."""
    return script.attributes == {"type": "application/ld+json"} and not set("<>&") & set(
        script.held[0]
    )


def test_no_page_holds_script_or_style_of_its_own(pages):
    def bare(page):
        return all(
            not {name for name in element.attributes if name.startswith("on") or name == "style"}
            and element.tag != "style"
            and (element.tag != "script" or is_file(element) or is_data(element))
            for element in read(page).all()
        )

    assert wrong(pages, bare) == []


def test_nothing_is_fetched_from_elsewhere(pages):
    def own(page):
        fetched = [
            element.attributes.get("src") or element.attributes.get("srcset")
            for element in read(page).all()
        ]
        fetched += [
            link.attributes["href"]
            for link in read(page).all("link")
            if link.attributes["rel"] != "canonical"
        ]
        return all(
            address.startswith("/") and not address.startswith("//")
            for address in fetched
            if address
        )

    assert wrong(pages, own) == []


def test_every_page_has_one_main_heading_a_language_and_a_link_past_the_navigation(pages):
    def built(page):
        root = read(page)
        (html,), (heading,) = list(root.all("html")), list(root.all("h1"))
        skip = next(root.all("a")).attributes
        return (
            html.attributes["lang"] == "en-GB"
            and heading.text
            and skip["class"] == "skip"
            and skip["href"] == "#content"
        )

    assert wrong(pages, built) == []


def test_headings_never_leave_a_level_out(pages):
    def in_steps(page):
        levels = [
            int(element.tag[1])
            for element in read(page).all()
            if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6")
        ]
        return levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))

    assert wrong(pages, in_steps) == []


def test_every_page_has_a_title_of_its_own(pages):
    titles = {}
    for address, page in pages.items():
        (title,) = [title for title in read(page).all("title") if title.closest("svg") is None]
        titles.setdefault(title.text, []).append(address)
    assert [addresses for addresses in titles.values() if len(addresses) > 1] == []


def test_every_page_below_the_top_has_breadcrumbs_that_lead_up(pages):
    crumbs = {
        address: [
            link.attributes["href"]
            for nav in read(page).all("nav")
            if "breadcrumbs" in nav.classes
            for link in nav.all("a")
        ]
        for address, page in pages.items()
    }
    deep = {
        address: links
        for address, links in crumbs.items()
        if len(address.strip("/").split("/")) > 1
    }
    assert [address for address, links in deep.items() if not links] == []
    assert {link for links in crumbs.values() for link in links} <= set(pages)


def test_ids_are_given_once_and_what_points_at_them_finds_them(pages):
    def consistent(page):
        held = list(read(page).all())
        ids = [element.attributes["id"] for element in held if "id" in element.attributes]
        named = [
            name
            for e in held
            for name in (
                e.attributes.get("aria-labelledby") or e.attributes.get("for") or ""
            ).split()
        ]
        return len(ids) == len(set(ids)) and set(named) <= set(ids)

    assert wrong(pages, consistent) == []


def test_every_link_within_the_site_leads_somewhere(reader, pages):
    """The counted ones, with their parameters, are followed in test_numbers.py. Of what is set or
    drawn on demand, which takes a second each, one of a sort is."""
    opened = dict(pages)
    lost, sorts = [], set()
    for address, page in pages.items():
        for link in read(page).all("a"):
            target, _, anchor = urljoin(address, link.attributes["href"]).partition("#")
            if target.startswith("/admin/") or "?" in target or not target.startswith("/"):
                continue
            if target not in opened and target.endswith(MADE_ON_DEMAND):
                sort = resolve(target).view_name
                if sort in sorts:
                    continue
                sorts.add(sort)
            if target not in opened:
                opened[target] = reader.get(target)
            ids = (
                {element.attributes.get("id") for element in read(opened[target]).all()}
                if anchor
                else {anchor}
            )
            if opened[target].status_code != 200 or anchor not in ids:
                lost.append(f"{address}: {link.attributes['href']}")
    assert lost == []


def test_no_page_orders_ranks_or_averages(pages):
    said = {address: text(page).lower() for address, page in pages.items()}
    assert [
        (address, word) for address, words in said.items() for word in NEVER_SAID if word in words
    ] == []


# Grades


def marks(page):
    """The marks of bodies' grades on a page."""
    known = {f"grade-{grade.slug}" for grade in Grade}
    return [
        element
        for element in read(page).all("span")
        if "grade" in element.classes and known & set(element.classes)
    ]


def cells(row):
    return [part for part in row.held if not isinstance(part, str)]


def beside(mark):
    """What stands beside a mark by the heading of its column, or of its row where bodies stand in
    columns; else by nothing."""
    row = mark.closest("tr")
    if row is None:
        holder = mark.closest("li", "header", "section")
        return {"": holder.text}
    table, cell = row.closest("table"), mark.closest("td", "th")
    lines = [cells(line) for line in table.all("tr")]
    if "compare" in table.classes:
        place = cells(row).index(cell)
        return {line[0].text: line[place].text for line in lines}
    return dict(
        zip(
            (heading.text for heading in lines[0]),
            (other.text for other in cells(row)),
            strict=True,
        )
    )


def graded(pages):
    """Every mark with its address and what stands beside it; the page that says what grades mean
    grades nobody."""
    return [
        (address, mark, beside(mark))
        for address, page in pages.items()
        if address != "/about/grades/"
        for mark in marks(page)
    ]


def test_every_grade_has_the_dates_of_its_evidence(pages):
    found = graded(pages)
    bare = [
        f"{address}: {mark.text}"
        for address, mark, columns in found
        if not re.search(r"Fieldwork .+ · published \d+ \w+ \d{4}", mark.text)
        and not (columns.get("Fieldwork") and re.search(r"\d{4}", columns.get("Published", "")))
    ]
    assert len(found) > 100
    assert bare == []


def test_every_grade_is_a_link_to_what_it_means(pages):
    meant = {link.attributes["href"] for _, mark, _ in graded(pages) for link in mark.all("a")}
    assert meant <= {f"/about/grades/#{grade.slug}" for grade in Grade}


def test_every_grade_of_the_south_west_has_the_response_to_its_report_beside_it(
    pages, django_db_blocker
):
    with django_db_blocker.unblock():
        stances = dict.fromkeys(
            south_west_organisations().values_list("short_name", flat=True), "no response found"
        )
        stances |= {
            str(response.organisation): response.stance_in_words
            for response in Response.objects.all()
        }
    assert sorted(stances.values()) == [
        "accepts the report",
        "comments on the report",
        "disputes the report",
        *["no response found"] * 3,
    ]
    found, silent = 0, []
    for address, _, columns in graded(pages):
        if address.startswith("/findings/"):  # a finding's page says it once, below its heading
            continue
        said = " ".join(columns.values())
        for organisation in re.findall("|".join(stances), said)[:1]:
            found += 1
            if stances[organisation] not in said:
                silent.append(f"{address}: {said}")
    assert found > 30
    assert silent == []


def test_no_mark_of_a_grade_stands_with_a_region(pages, django_db_blocker):
    with django_db_blocker.unblock():
        organisations = {
            name
            for names in Organisation.objects.values_list("short_name", "name")
            for name in names
        }
    assert {
        field.name for field in Grading._meta.get_fields() if field.related_model is Region
    } == set()
    for address, mark, columns in graded(pages):
        around = " ".join(columns.values()) + next(mark.closest("main").all("h1")).text
        assert any(name in around for name in organisations), (address, mark.text)
