"""What is not public yet is in no page, count, search, download or chart (promise 13), address by address.

The embargoed inspection is about bodies that everyone can look up, with a word of its own in every field. The last tests
are the control: once the moment has passed, every one of those words can be read.
"""

import re
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db.models import CharField, TextField
from django.urls import reverse
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, DueSetBy, FindingKind, Stance
from findings.models import (
    Action,
    ActionCitation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    Plan,
    ResponseCitation,
    Theme,
)
from forces.models import Organisation
from inspections.choices import Attribution, Grade, MissingReason, SourceKind
from inspections.models import (
    FieldworkCitation,
    GradingCitation,
    Inspection,
    InspectionCitation,
    Question,
    Source,
)

from . import factories
from .addresses import LISTS, chart_addresses, download_addresses, public_addresses
from .pages import elements, text

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_default_timezone())
LATER = TODAY + timedelta(days=30)
AFTERWARDS = LATER + timedelta(days=1)
# Every word that is put under embargo begins with the one or, where it may never show, with the other.
HIDDEN, RESTRICTED = "quoll", "numbat"


@pytest.fixture(autouse=True)
def _at_a_known_time(monkeypatch):
    be_at(monkeypatch, TODAY)


def be_at(monkeypatch, moment):
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


class Embargoed(NamedTuple):
    """What is not public yet: an inspection, its finding, a plan that answers it, and the action of a public plan that does."""

    inspection: Inspection
    finding: Finding
    plan: Plan
    tied: Action


def word(*names):
    """A made-up word that tells where it was leaked from."""
    return HIDDEN + "".join(names)


def cite(model, fact, source):
    return model.objects.create(
        **{model.FACT: fact},
        source=source,
        locator=word(model.FACT, "locator"),
        attribution=Attribution.INSPECTORATE,
    )


def evidence(name, is_public, **of):
    start = HIDDEN if is_public else RESTRICTED
    factories.evidence.make(
        title=f"{start}{name}title",
        url=f"https://example.org/{start}{name}address",
        shows=f"{start}{name}shows",
        is_public=is_public,
        **of,
    )


def make_embargoed(public_at):
    """An inspection of the South West that follows the public one, and all that hangs on it."""
    before = Inspection.objects.get(slug="soc-south-west-2025")
    dorset, gloucestershire, unit = (
        Organisation.objects.get(slug=slug) for slug in ("dorset", "gloucestershire", "swrocu")
    )
    public_finding = Finding.objects.get(reference="F15")
    question = Question.objects.get(is_headline=True)
    staff = factories.staff.make()
    source = Source.objects.create(
        slug=word("sourceslug"),
        publisher=word("publisher"),
        title=word("sourcetitle"),
        url=f"https://example.org/{word('sourceaddress')}",
        read_note=word("readnote"),
        kind=SourceKind.INSPECTORATE,
        published_on=date(2026, 4, 1),
    )
    inspection = Inspection.objects.create(
        programme=before.programme,
        region=before.region,
        title=word("inspection"),
        slug=word("inspectionslug"),
        published_on=date(2026, 4, 1),
        public_at=public_at,
        supersedes=before,
        follow_up=word("followup"),
    )
    cite(InspectionCitation, inspection, source)
    for organisation, judgment in (
        (dorset, {"grade": Grade.OUTSTANDING}),
        (gloucestershire, {"grade": Grade.GOOD}),
        (unit, {"missing_reason": MissingReason.NOT_GRADED, "grade": None}),
    ):
        fieldwork = factories.fieldwork.make(
            inspection=inspection, organisation=organisation, caveat=word("caveat")
        )
        cite(FieldworkCitation, fieldwork, source)
        grading = factories.grading.make(
            inspection=inspection,
            organisation=organisation,
            question=question,
            not_comparable_because=word("notcomparable"),
            **judgment,
        )
        cite(GradingCitation, grading, source)

    finding = factories.finding.make(
        inspection=inspection,
        reference=word("reference"),
        kind=FindingKind.CAUSE_OF_CONCERN,
        is_region_wide=True,
        unnamed_organisations=word("unnamed"),
        summary=f"A {word('summary')} and what follows from it.",
        detail=word("detail"),
        repeats=public_finding,
    )
    recommendation = factories.finding.make(
        inspection=inspection,
        reference=word("recommendation"),
        kind=FindingKind.RECOMMENDATION,
        summary=word("recommended"),
        cause=finding,
    )
    practice = factories.finding.make(
        inspection=inspection,
        reference=word("practice"),
        kind=FindingKind.PROMISING_PRACTICE,
        summary=word("promising"),
    )
    for found in (finding, recommendation, practice):
        found.organisations.add(dorset, gloucestershire)
        found.themes.add(*Theme.objects.filter(slug__in=("workforce", "technology")))
        cite(FindingCitation, found, source)
    response = factories.response.make(
        inspection=inspection,
        organisation=dorset,
        stance=Stance.ACCEPTED_IN_PART,
        role=word("role"),
        summary=word("response"),
    )
    of_finding = factories.response.make(
        inspection=None,
        finding=finding,
        organisation=gloucestershire,
        role=word("otherrole"),
        summary=word("otherresponse"),
    )
    cite(ResponseCitation, response, source)
    cite(ResponseCitation, of_finding, source)
    confirmation = factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.CLOSED, confirmed_on=date(2026, 2, 1)
    )
    cite(ConfirmationCitation, confirmation, source)

    plan = factories.plan.make(
        organisation=dorset,
        inspection=inspection,
        name=word("plan"),
        slug=word("planslug"),
        period_note=word("periodnote"),
        note=word("plannote"),
    )
    own = factories.action.make(
        plan=plan, number=1, summary=word("own"), owner_role=word("ownowner")
    )
    cite(ActionCitation, own, source)
    own.findings.add(recommendation)
    public_plan = Plan.objects.get(slug="gloucestershire-rapid-improvement-plan")
    tied = factories.action.make(
        plan=public_plan,
        number=90,
        summary=word("tied"),
        owner_role=word("tiedowner"),
        due_on=date(2026, 2, 20),
        first_due_on=date(2026, 1, 20),
        due_set_by=DueSetBy.INSPECTORATE,
        due_moved_because=word("duemoved"),
    )
    cite(ActionCitation, tied, source)
    tied.findings.add(finding, public_finding)
    for name, action in (("own", own), ("tied", tied)):
        update = factories.reported(
            action, ActionStatus.IN_PROGRESS, word(name, "note"), staff, TODAY - timedelta(days=1)
        )
        for is_public in (True, False):
            evidence(f"{name}action", is_public, action=action)
            evidence(f"{name}update", is_public, action=None, update=update)
    return Embargoed(inspection, finding, plan, tied)


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
    """What every list says in every state that is one step away: each value of each facet, each order, page and format; and searches."""
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
    """What an answer says, a workbook's sheets unpacked; the moment that a workbook was written at is none of its rows."""
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
