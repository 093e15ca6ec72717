import csv
import io
import json
from datetime import date

import pytest

from findings.choices import ActionStatus
from findings.models import Theme
from inspections.choices import Grade, MissingReason
from lib.feeds import MOST_ENTRIES
from tests import factories
from tests.atom import read_feed
from tests.pages import elements, hrefs, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = date(2025, 1, 15)


@pytest.fixture
def force():
    return factories.force.make(short_name="Northmarch", name="Northmarch Police")


@pytest.fixture
def report(force):
    return factories.inspection.make(title="The report", region=force.region, organisation=force)


def sheet(answer):
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_the_page_the_counts_and_the_files_have_the_same_changes(client, force, report):
    finding = factories.finding.make(inspection=report, reference="F1")
    finding.organisations.add(force)
    address = f"/changes/?since=2025-01-15&until=2025-01-15&organisation={force.slug}"
    page = client.get(address)
    counts = {
        element.attributes["href"]: element.attributes["data-count"]
        for element in elements(page, "a")
        if "data-count" in element.attributes
    }
    assert counts == {f"{address}&kind=inspection": "1", f"{address}&kind=finding": "1"}
    assert "Two changes from 15 January 2025 to 15 January 2025, the newest first." in text(page)
    assert "Force or unit: Northmarch." in text(page)  # on paper and where it is cited, too
    assert "Published: “The report”." in text(page)
    rows = sheet(client.get(f"{address}&format=csv"))
    names = [f"inspection/{report.pk}", f"finding/{finding.pk}"]
    assert [row["change"] for row in rows] == names
    assert (
        rows[1]
        | {
            "day": "2025-01-15",
            "counts_on": "2025-01-15",
            "kind": "finding",
            "organisations": force.slug,
            "finding": f"{report.slug}/F1",
            "is_made_up": "true",
            "sentence": "Weakness F1 about Northmarch: Nobody found this.",
        }
        == rows[1]
    )
    file = json.loads(client.get(f"{address}&kind=finding&format=json").getvalue())
    assert [row["change"] for row in file["rows"]] == [f"finding/{finding.pk}"]
    assert file["about"]["note"].startswith("1 of the rows is made up")
    assert client.get(f"{address}&format=xlsx").getvalue().startswith(b"PK")


def test_many_changes_have_pages_and_one_file(client, force, report, monkeypatch):
    monkeypatch.setattr("findings.summaries.change_rows.BATCH", 40)
    for number in range(60):
        factories.finding.make(inspection=report, reference=f"F{number}")
    address = f"/changes/?region={force.region.slug}"
    assert "Page 2 of 2" in text(client.get(f"{address}&page=2"))
    assert len({row["change"] for row in sheet(client.get(f"{address}&format=csv"))}) == 61
    assert client.get(f"{address}&page=3").status_code == 400
    feed = read_feed(client.get(f"{address}&format=atom"))
    assert len(feed.entries) == MOST_ENTRIES


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("since=2025-02-30", "“2025-02-30” is not a day. Write one as 2025-09-01."),
        ("until=10000-01-01", "“10000-01-01” is not a day."),
        ("since=2025-02-01&until=2025-01-01", "1 February 2025 comes after 1 January 2025."),
        ("since=2025-02-01&since=2025-03-01", "“since” is given more than once."),
        ("organisation=nobody&kind=none", "Force or unit: there is no “nobody”."),
        ("kind=none", "Kind: there is no “none”."),
        ("format=pdf", "There is no format “pdf”: take atom, csv, csvm, json or xlsx."),
    ],
)
def test_an_address_that_cannot_be_read_says_why(reader, query, error):
    answer = reader.get(f"/changes/?{query}")
    assert answer.status_code == 400
    assert error in text(answer)


def test_an_old_slug_leads_on_and_what_is_not_known_is_ignored(client, force):
    old, force.slug = force.slug, "renamed"
    force.save()
    answer = client.get(f"/changes/?organisation={old}&since=2025-01-01")
    assert answer.url == "/changes/?since=2025-01-01&organisation=renamed"
    page = client.get("/changes/?organisation=renamed&colour=red&utm_source=mail")
    assert "No changes. " in text(page)
    assert "We do not recognise “colour” in the address" in text(page)


def test_every_page_that_can_be_followed_leads_to_its_valid_feed(client, force, report):
    theme = Theme.objects.first()
    finding = factories.finding_on(theme, inspection=report, summary="Odd: <b>&\x0b")
    plan = factories.plan.make(organisation=force, inspection=report)
    action = factories.action.make(plan=plan)
    factories.update.make(action=action, status=ActionStatus.IN_PROGRESS)
    pages = {
        "/": None,
        "/changes/": None,
        "/corrections/": None,
        force.get_absolute_url(): 2,
        force.region.get_absolute_url(): 3,
        theme.get_absolute_url(): None,
        plan.get_absolute_url(): 1,
        f"/findings/?inspection={report.slug}": 1,
        f"/actions/?plan={plan.slug}": 1,
        "/actions/?undated=no&overdue=no&status=superseded": 0,
    }
    for address, count in pages.items():
        page = client.get(address)
        (head,) = [
            element.attributes["href"]
            for element in elements(page, "link")
            if element.attributes.get("type") == "application/atom+xml"
        ]
        (shown,) = [a for a in elements(page, "a") if a.text == "Follow by feed"]
        assert shown.attributes["href"] == head
        answer = client.get(head)
        feed = read_feed(answer)
        assert count is None or len(feed.entries) == count, address
    assert client.get(head, headers={"if-none-match": answer["ETag"]}).status_code == 304
    found = read_feed(client.get(f"/findings/?inspection={report.slug}&format=atom")).entries[0]
    assert found.link == f"http://testserver{finding.get_absolute_url()}"
    assert "Odd: &lt;b&gt;&amp;\ufffd" in found.content[0].value
    assert (found.updated, found.id) == (
        "2025-01-15T00:00:00+00:00",
        f"tag:testserver,2026:finding/{finding.pk}",
    )


def test_the_summary_says_what_changed_since_the_last_meeting(client, force, report):
    address = f"{force.get_absolute_url()}summary/"
    assert "What changed since" not in text(client.get(address))
    page = client.get(f"{address}?since=2025-01-15")
    assert "What changed since 15 January 2025 1 change." in text(page)
    assert "15 January 2025. Published: “The report”." in text(page)
    assert f"/changes/?organisation={force.slug}&since=2025-01-15" in hrefs(page)
    later = client.get(f"{address}?since=2025-01-16")
    assert "Nothing with a known day was published or reported since then." in text(later)
    assert client.get(f"{address}?since=soon").status_code == 400
    for number in range(6):
        finding = factories.finding.make(inspection=report, reference=f"F{number}")
        finding.organisations.add(force)
    more = text(client.get(f"{address}?since=2025-01-15"))
    assert "7 changes: inspection published 1, finding published 6. These are the newest:" in more


def test_what_was_replaced_is_marked_and_leads_to_what_replaced_it(client, force, report):
    of = {"inspection": report, "organisation": force}
    why = {"first_grade": Grade.GOOD, "correction_reason": "It was wrong."}
    withdrawn = factories.grading.make(
        **of, **why, grade=None, missing_reason=MissingReason.WITHDRAWN, corrected_on=DAY
    )
    finding = factories.finding.make(inspection=report)
    newer = factories.inspection.make(title="The better report", supersedes=report)
    for address in (
        report.get_absolute_url(),
        finding.get_absolute_url(),
        f"/findings/?inspection={report.slug}",
        f"/gradings/?inspection={report.slug}",
    ):
        page = client.get(address)
        assert "eplaced" in text(page)
        assert newer.get_absolute_url() in hrefs(page)
    said = "First published as good, withdrawn on 15 January 2025: It was wrong."
    assert said in text(client.get(f"/gradings/?inspection={report.slug}"))
    (row,) = sheet(client.get(f"/findings/?inspection={report.slug}&format=csv"))
    assert row["replaced_by"] == newer.slug
    (row,) = sheet(client.get(f"/gradings/?inspection={report.slug}&format=csv"))
    assert (row["replaced_by"], row["first_grade"]) == (newer.slug, "good")
    page = text(client.get("/corrections/"))
    assert "“The report” was replaced by “The better report”." in page
    assert f"on “{withdrawn.question}” ({withdrawn.question.programme}) withdrawn; it was" in page
