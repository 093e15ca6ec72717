import csv
import io
import json
import re
from datetime import datetime

import pytest
from django.http import QueryDict
from django.utils import timezone
from openpyxl import load_workbook

from findings.choices import ActionStatus, FindingKind, Stance
from findings.filters import ActionFilter, FindingFilter
from findings.models import Action, FindingCitation
from lib.api.collections import Collection
from lib.lists import downloads
from lib.lists.views import TableList
from tests import factories
from tests.pages import elements, text

pytestmark = pytest.mark.django_db
LISTS = ["/findings/", "/actions/"]


def get(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, address
    return response


def references(client, query=""):
    response = get(client, f"/findings/?{query}&format=json")
    return [row["reference"] for row in json.loads(b"".join(response.streaming_content))["rows"]]


def shown_references(response):
    return re.findall(
        r'<th role="rowheader" scope="row" class="reference"><a href="/findings/[^/"]+/([^/"]+)/"',
        response.content.decode(),
    )


def options(response, name):
    """The values of a facet on the page and their counts, those of zero included."""
    boxes = re.findall(
        rf'name="{name}"\s+value="([^"]+)"[^>]*>[^<]*</label>\s*<a\s+class="count"[^>]*\sdata-count="(\d+)"',
        response.content.decode(),
    )
    return {value: int(count) for value, count in boxes}


# What is listed


FINDINGS = {
    "": 25,
    "theme=workforce": 8,
    "theme=workforce&kind=strength": 3,
    "theme=-workforce": 17,
    "theme=workforce&theme=prevention": 11,
    "kind=innovative-practice": 1,
    "organisation=gloucestershire": 12,
    "organisation=wiltshire": 2,
    "organisation=region-wide": 7,
    "organisation=none": 5,
    "organisation=essex": 0,
    "region=south-west": 25,
    "region=london": 0,
    "inspection=soc-south-west-2025": 25,
    "response=disputed": 0,
    "response=accepted": 0,
    "response=accepted-in-part": 0,
    "response=none": 11,
    "response=-disputed": 25,
    "progress=no-action": 22,
    "progress=in-progress": 2,
    "progress=complete": 1,
    "progress=confirmed": 0,
    "overdue=yes": 0,
    "overdue=no": 1,
    "overdue=none": 24,
    "q=drones": 1,
    "q=workers&theme=": 0,
}


@pytest.mark.slow
def test_the_south_west_s_findings_by_each_choice(reader):
    at = timezone.now()
    assert {one: FindingFilter(QueryDict(one), at).count for one in FINDINGS} == FINDINGS
    for query in [one for one in FINDINGS if "&" in one]:  # so have the page and its files
        response = get(reader, f"/findings/?{query}")
        count = FINDINGS[query]
        assert f'data-rows="{count}"' in response.content.decode()
        assert len(references(reader, query)) == count
        assert len(shown_references(response)) == count
        assert ("Nothing matches" in text(response)) is (count == 0)


def test_table_counts_and_files_agree_on_a_theme(client):
    response = get(client, "/findings/?theme=workforce")
    assert "8 findings of 25" in text(response)
    assert options(response, "theme")["workforce"] == 8
    assert shown_references(response) == references(client, "theme=workforce")


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/findings/", "organisation=gloucestershire&sort=-progress"),
        ("/actions/", "organisation=-gloucestershire&sort=due"),
        ("/gradings/", "kind=force&sort=-published"),
        ("/forces/", "region=south-west&sort=grade"),
    ],
)
def test_csv_xlsx_and_json_agree_cell_by_cell(client, address, query):
    def file(file_format):
        return b"".join(get(client, f"{address}?{query}&format={file_format}").streaming_content)

    def plain(cell):
        if isinstance(cell, list):
            return "; ".join(cell)
        if isinstance(cell, datetime):
            return cell.date().isoformat()
        if isinstance(cell, bool):
            return str(cell).lower()
        return "" if cell is None else str(cell)

    of_json = json.loads(file("json"))
    names = [column["name"] for column in of_json["columns"]]
    rows = [[plain(row[name]) for name in names] for row in of_json["rows"]]
    assert (
        len(rows)
        == of_json["about"]["rows"]
        == get(client, f"{address}?{query}").context["filterset"].count
    )
    of_csv = list(csv.reader(io.StringIO(file("csv").decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(file("xlsx"))).active
    of_xlsx = [list(map(plain, row)) for row in sheet.iter_rows(values_only=True)]
    assert of_csv == of_xlsx == [names, *rows]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)


def test_a_file_s_head_tells_address_filters_and_moment(client):
    about = json.loads(
        b"".join(
            get(
                client, "/findings/?format=json&kind=strength&theme=-workforce&q=force"
            ).streaming_content
        )
    )["about"]
    assert about["address"] == "http://testserver/findings/?theme=-workforce&kind=strength&q=force"
    assert about["filters"] == "Theme: not People and skills; Kind: strength; “force”"
    assert about["as_at"].startswith(timezone.localdate().isoformat())
    assert about["title"] == "Findings"


def test_a_sheet_of_more_rows_than_programs_can_open_is_refused_with_a_way_on(client, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_XLSX_ROWS", 24)
    page = text(get(client, "/findings/?format=xlsx", 400))
    assert "A sheet cannot hold 25 rows: take csv or json, or filter them." in page
    assert get(client, "/findings/?format=xlsx&theme=workforce").getvalue()


def test_files_are_not_cut_at_a_page(client):
    factories.finding.make(_quantity=30, inspection=factories.inspection.make())
    assert len(references(client)) == 55
    assert len(shown_references(get(client, "/findings/"))) == 25
    assert shown_references(get(client, "/findings/?page=3")) == references(client)[50:]


# The order


@pytest.mark.parametrize(
    "sort",
    [
        "reference",
        "-reference",
        "kind",
        "-kind",
        "progress",
        "-progress",
        "published",
        "-published",
    ],
)
def test_page_and_files_have_the_same_order(reader, sort):
    response = get(reader, f"/findings/?sort={sort}")
    assert shown_references(response) == references(reader, f"sort={sort}")
    pattern = r'<th\s+scope="col"[^>]*aria-sort="(\w+)"\s*>\s*<a\s+href="[^"]*sort=-?([a-z]+)'
    states = {name: state for state, name in re.findall(pattern, response.content.decode())}
    assert states.pop(sort.removeprefix("-")) == (
        "descending" if sort.startswith("-") else "ascending"
    )
    assert set(states.values()) == {"none"}


def test_references_stand_in_the_order_of_their_numbers_and_progress_in_its_own(client):
    assert references(client)[:3] == ["F1", "F2", "F3"]
    assert references(client, "sort=-reference")[:3] == ["F25", "F24", "F23"]
    assert references(client, "sort=progress")[-3:] == ["F14", "F15", "F5"]
    assert references(client, "sort=kind")[:1] == [
        "F19"
    ]  # recommendations, had we any, would stand before


def test_sorting_and_choosing_keep_each_other(reader):
    page = get(reader, "/findings/?theme=workforce&sort=kind").content.decode()
    assert 'href="?theme=workforce&amp;sort=-kind"' in page
    assert '<input type="hidden" name="sort" value="kind">' in page
    assert 'href="?theme=workforce&amp;kind=strength&amp;sort=kind"' in page


# What cannot be read


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/findings/", "format=pdf"),
        ("/findings/", "sort=summary"),
        ("/findings/", "page=2"),
        ("/findings/", "organisation=nowhere"),
        ("/findings/", "region=%3Cscript%3E"),
        ("/findings/", "page=1&page=1"),
        ("/actions/", "sort=kind"),
        ("/actions/", "overdue=maybe"),
    ],
)
def test_what_cannot_be_read_is_named_with_a_way_on(reader, address, query):
    response = get(reader, f"{address}?{query}&organisation=gloucestershire", 400)
    page = response.content.decode()
    assert f'<a href="{address}?organisation=gloucestershire">Continue without it</a>' in page
    assert "<script>" not in page
    assert len(page) < 10_000


@pytest.mark.parametrize(
    "empty", ["q=", "theme=", "page=", "sort=", "format=", "theme=&kind=&q=&sort="]
)
def test_a_form_that_was_sent_empty_lists_everything(reader, empty):
    page = get(reader, f"/findings/?{empty}").content.decode()
    assert 'data-rows="25"' in page
    assert not re.search(r'href="[^"]*=(&amp;|")', page)


def test_a_search_that_cannot_be_made_is_named(reader):
    page = text(get(reader, "/findings/?q=the&theme=workforce", 400))
    assert "“the” holds no word that can be searched for" in page


# Nothing that is not public


def test_what_is_under_embargo_is_neither_listed_counted_found_nor_known(client):
    hidden = factories.made_up_region("Hiddenmarch", 2, 2, 1, public_at=None)
    pages = [get(client, address).content.decode() for address in LISTS]
    assert [page.count("<tr") for page in pages] == [26, 15]
    for page in pages:
        assert "Hiddenmarch" not in page
        assert hidden.inspection.slug not in page
    get(client, f"/findings/?inspection={hidden.inspection.slug}", 400)
    get(client, f"/actions/?plan={hidden.plans[0].slug}", 400)
    get(client, f"/findings/?region={hidden.region.slug}", 400)
    assert references(client, f"q={hidden.findings[0].reference}") == []


# Made-up rows


def test_made_up_rows_are_labelled_on_the_page_and_in_the_file(client):
    region = factories.finding.make(inspection__region=factories.region.make()).inspection.region
    for query, label in ((f"region={region.slug}", True), ("region=south-west", False)):
        assert ("Made-up data" in text(get(client, f"/findings/?{query}"))) is label
        about = json.loads(
            b"".join(get(client, f"/findings/?{query}&format=json").streaming_content)
        )["about"]
        assert ("made up" in about["note"]) is label


def test_lists_answer_head(client):
    for address in LISTS:
        assert client.head(address).status_code == 200
        head = client.head(f"{address}?format=xlsx")
        assert head["Content-Type"] == downloads.FORMATS["xlsx"].content_type
        assert client.head(f"{address}?sort=nope").status_code == 400


def test_every_box_and_link_of_the_filters_has_a_name(reader):
    page = get(reader, "/findings/?theme=-workforce")
    assert [
        e
        for e in elements(page, "a")
        if e.attributes.get("class") == "count" and not e.attributes.get("aria-label")
    ] == []
    boxes = [
        e.attributes for e in elements(page, "input") if e.attributes.get("type") == "checkbox"
    ]
    assert len({box["id"] for box in boxes if "id" in box}) == len(
        [box for box in boxes if "disabled" not in box]
    )
    excluded = [box for box in boxes if box.get("value", "").startswith("-")]
    assert [box["value"] for box in excluded if "checked" in box] == ["-workforce"]
    assert len(excluded) == 1, "no box and no link excludes until a reader asks for it"


# Actions


ACTIONS = {
    "": 14,
    "organisation=avon-and-somerset": 6,
    "organisation=gloucestershire&status=complete": 3,
    "status=-complete": 10,
    "plan=-avon-and-somerset-improvement-plan": 8,
    "region=south-west&organisation=wiltshire": 0,
    "overdue=yes": 0,
    "overdue=no": 4,
    "overdue=none": 10,
    "undated=yes": 10,
    "undated=yes&unowned=yes": 10,
    "unconfirmed=yes": 4,
    "unconfirmed=no&status=complete": 0,
}


def test_the_south_west_s_actions_by_each_choice(reader):
    at = timezone.now()
    assert {one: ActionFilter(QueryDict(one), at).count for one in ACTIONS} == ACTIONS
    for query in [one for one in ACTIONS if "&" in one]:
        page = get(reader, f"/actions/?{query}").content.decode()
        assert f'data-rows="{ACTIONS[query]}"' in page


def test_an_action_leads_to_its_place_in_its_plan_and_to_what_it_answers(reader):
    page = get(reader, "/actions/?organisation=swrocu").content.decode()
    action = Action.objects.get(plan__organisation__slug="swrocu", number=1)
    assert f'<a href="/plans/{action.plan.slug}/#action-1">' in page
    assert '<a href="/findings/soc-south-west-2025/F5/">F5</a>' in page


def test_every_list_names_its_page_and_its_kind_of_row():
    for view in set(TableList.__subclasses__()) - {Collection}:
        assert view.title
        assert len(view.nouns) == 2
        assert view.filter_class
        assert view.table_class


@pytest.mark.slow
def test_every_kind_stance_and_status_can_be_asked_for():
    for filter_class, name, choices in (
        (FindingFilter, "kind", FindingKind),
        (FindingFilter, "response", Stance),
        (ActionFilter, "status", ActionStatus),
    ):
        for choice in choices:
            asked = filter_class(QueryDict(f"{name}={choice.slug}"), timezone.now())
            assert (asked.errors, asked.is_filtered) == ([], True), choice


def test_a_replaced_theme_leads_on_to_the_one_in_use_with_all_else_kept(client):
    new = factories.theme.make(slug="new")
    between = factories.theme.make(slug="between", replaced_by=new)
    factories.theme.make(slug="old", replaced_by=between)
    factories.finding_on(new)
    for old, renewed in (
        ("theme=old", "theme=new"),
        ("theme=-old&theme=workforce&theme=-new", "theme=-new&theme=workforce"),
        ("kind=weakness&theme=old&sort=-kind&page=1", "kind=weakness&theme=new&sort=-kind&page=1"),
        ("theme=between&format=csv", "theme=new&format=csv"),
    ):
        response = get(client, f"/findings/?{old}", 301)
        assert response["Location"] == f"/findings/?{renewed}"
        get(client, response["Location"])


def test_themes_that_replace_each_other_in_a_circle_lead_nowhere(client):
    one, other = factories.theme.make(slug="one"), factories.theme.make(slug="other")
    one.replaced_by, other.replaced_by = other, one
    one.save()
    other.save()
    get(client, "/findings/?theme=one")


def test_a_finding_of_an_undated_inspection_shows_its_source_all_the_same(client):
    inspection = factories.inspection.make(published_on=None)
    finding = factories.finding.make(inspection=inspection)
    source = factories.source.make(title="A report on quolls")
    FindingCitation.objects.create(finding=finding, source=source, attribution="press")
    page = client.get(f"/findings/?inspection={inspection.slug}")
    assert source.publisher in text(page)
