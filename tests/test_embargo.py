"""What is not public yet is in no page, count, search, download or chart (promise 13), address by
address.

The embargoed inspection is about bodies that everyone can look up, with a word of its own in
every field. The last tests
are the control: once the moment has passed, every one of those words can be read.
"""

import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db.models import CharField, TextField
from django.urls import reverse

from findings.choices import ActionStatus, FindingKind
from findings.models import (
    Action,
    Finding,
)
from inspections.models import (
    Inspection,
)
from tests.embargoed import HIDDEN, RESTRICTED, TODAY, make_embargoed

from . import factories
from .addresses import LISTS, chart_addresses, download_addresses, public_addresses
from .pages import elements, text

pytestmark = pytest.mark.django_db

LATER = TODAY + timedelta(days=30)
AFTERWARDS = LATER + timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_a_known_time(monkeypatch):
    be_at(monkeypatch, TODAY)


def be_at(monkeypatch, moment):
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


@pytest.fixture(params=[LATER, None], ids=["until a date", "until somebody decides"])
def embargoed(request):
    return make_embargoed(request.param)


def words_held():
    """Every word that the database keeps under embargo or restricted."""
    held = set()
    for model in (
        model
        for app in ("inspections", "findings")
        for model in apps.get_app_config(app).get_models()
    ):
        names = [
            field.name for field in model._meta.fields if isinstance(field, CharField | TextField)
        ]
        held |= words(repr(list(model.objects.values_list(*names))).encode())
    return held


def words(content):
    return set(
        re.findall(f"(?:{HIDDEN}|{RESTRICTED})[a-z]+", content.decode(errors="replace").lower())
    )


def pages_and_charts(client):
    """What every page says, and what each of its charts is drawn from."""
    pages = {address: client.get(address) for address in public_addresses()}
    charts = {
        urljoin(address, chart)
        for address, page in pages.items()
        for chart in chart_addresses(page)
    }
    drawn = answers(client, sorted(chart for chart in charts if ".json" in chart))
    return {address: readable(page) for address, page in pages.items()} | drawn


def lists(client):
    """What every list says in every state that is one step away: each value of each facet, each
    order, page and format; and searches."""
    states = set()
    for address in map(reverse, LISTS):
        links = {
            urljoin(address, link.attributes["href"])
            for link in elements(client.get(address), "a")
            if "not" not in link.classes
        }
        states |= {link for link in links if link.startswith(f"{address}?")}
    searches = [
        f"/findings/?q={sought}"
        for sought in ("dorset", "workforce", "Gloucestershire+investigators", "IT", "-unit")
    ]
    return answers(client, [*sorted(states), *searches])


def answers(client, asked):
    return {address: readable(client.get(address)) for address in asked}


def readable(answer):
    """What an answer says, a workbook's sheets unpacked; the moment that a workbook was written at
    is none of its rows."""
    content = answer.getvalue()
    if content.startswith(b"PK"):
        book = ZipFile(BytesIO(content))
        content = b"".join(
            book.read(name)
            for name in book.namelist()
            if "worksheets" in name or "sharedStrings" in name
        )
    return answer.status_code, content


@pytest.mark.parametrize(
    ("told", "moments"),
    [(pages_and_charts, [LATER, None]), (lists, [LATER])],
    ids=["pages", "lists"],
)
def test_it_changes_nothing_that_anyone_can_see(client, told, moments):
    before = told(client)
    assert len(before) > 100
    assert {status for status, _ in before.values()} == {200}
    inspection = make_embargoed(LATER).inspection
    for public_at in moments:
        Inspection.objects.filter(pk=inspection.pk).update(public_at=public_at)
        now = answers(client, before)
        assert [address for address in before if now[address] != before[address]] == []


def test_its_own_addresses_are_as_if_they_had_never_been(client, embargoed):
    pages = [
        embargoed.inspection,
        embargoed.plan,
        *Finding.objects.filter(inspection=embargoed.inspection),
    ]
    for address in (page.get_absolute_url() for page in pages):
        page = client.get(address)
        assert page.status_code == 404
        never = client.get(f"/{address.split('/')[1]}/never/")
        assert page.content == never.content.replace(
            never.wsgi_request.path.encode(), address.encode()
        )
    assert client.get(f"/findings/{embargoed.finding.reference.upper()}/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/findings/?inspection={}", "/actions/?plan={}", "/findings/?inspection=-{}&format=csv"],
)
def test_asking_a_list_for_it_is_asking_for_what_does_not_exist(client, embargoed, address):
    slug = embargoed.plan.slug if "plan" in address else embargoed.inspection.slug
    asked, never = client.get(address.format(slug)), client.get(address.format("never"))
    assert asked.status_code == never.status_code == 400
    assert asked.content == never.content.replace(b"never", slug.encode())


def test_no_search_finds_it(client):
    make_embargoed(LATER)
    held = words_held()
    assert len(held) > 40
    for sought in held:
        page = client.get("/findings/", {"q": sought})
        assert "Nothing matches" in text(page), sought
        assert words(page.content) == {sought}


def test_what_is_public_does_not_point_at_it(client, embargoed):
    public = Inspection.objects.get(slug="soc-south-west-2025")
    recommendation = factories.finding.make(
        inspection=public,
        reference="public-one",
        kind=FindingKind.RECOMMENDATION,
        cause=embargoed.finding,
        repeats=embargoed.finding,
    )
    action = Action.objects.exclude(pk=embargoed.tied.pk).first()
    factories.reported(
        action,
        ActionStatus.SUPERSEDED,
        "Another takes its place.",
        factories.staff.make(),
        TODAY,
        superseded_by=embargoed.tied,
    )
    for row in (recommendation, action.plan):
        page = client.get(row.get_absolute_url())
        assert page.status_code == 200
        assert words(page.content) == set()


def test_a_made_up_region_under_embargo_is_a_region_of_which_nothing_is_known(client):
    public = list(public_addresses())
    made = factories.made_up_region(public_at=LATER)
    organisations = {
        address
        for organisation in made.organisations
        for address in (
            organisation.get_absolute_url(),
            f"{organisation.get_absolute_url()}summary/",
        )
    }
    told = answers(client, [made.region.get_absolute_url(), *organisations, *public])
    assert {status for status, _ in told.values()} == {200}
    tells = re.compile(
        rb"made-up (inspection|plan)|A report on|made-up-northmarch-(\d|inspection|report)|put right what|nobody found"
    )
    assert [address for address, (_, content) in told.items() if tells.search(content)] == []
    for chart in ("findings_by_theme", "theme_by_organisation", "actions_by_status"):
        assert client.get(f"{made.region.get_absolute_url()}charts/{chart}.svg").status_code == 404


def test_all_of_it_shows_once_it_is_public_but_for_restricted_evidence(client, monkeypatch):
    make_embargoed(LATER)
    be_at(monkeypatch, AFTERWARDS)
    told = answers(client, [*public_addresses(), *download_addresses()])
    assert {status for status, _ in told.values()} == {200}
    shown = set().union(*(words(content) for _, content in told.values()))
    restricted = {held for held in words_held() if held.startswith(RESTRICTED)}
    assert len(restricted) > 10
    assert words_held() - shown == restricted


def test_it_shows_at_the_very_moment_and_not_before(client, monkeypatch):
    address = make_embargoed(LATER).inspection.get_absolute_url()
    for moment, status in ((LATER - timedelta(microseconds=1), 404), (LATER, 200)):
        be_at(monkeypatch, moment)
        assert client.get(address).status_code == status
