"""What is not public yet is in no page, count, search, download or chart (promise 13), address by
address.

The embargoed inspection is about bodies that everyone can look up, with a word of its own in
every field. The last tests are the control: once the moment has passed, every one of those words
can be read.
"""

import json
import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import CharField, TextField
from django.urls import reverse
from django.utils import timezone

from findings.choices import ActionStatus, FindingKind
from findings.models import Action, Finding, FindingCitation, Plan, Theme
from forces.models import Organisation, Region
from inspections.choices import Grade, SourceKind
from inspections.models import Inspection, Question, Source, Strand
from tests.embargoed import HIDDEN, RESTRICTED, cite, make_embargoed, word

from . import factories
from .addresses import LISTS, SLUGS, download_addresses, embeds, names, public_addresses
from .crawl import AT as TODAY
from .crawl import crawled, unpacked
from .pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LATER = TODAY + timedelta(days=30)
AFTERWARDS = LATER + timedelta(days=1)
STAFF = {"username": "unheard-of-sergeant", "first_name": "Zebedee", "last_name": "Quillfeather"}
NAMES_OF_STAFF = (b"unheard", b"sergeant", b"zebedee", b"quillfeather")


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


def make_undecided():
    """The same of whose day nobody has decided, as far as two may stand beside one another."""
    before = Inspection.objects.get(slug="soc-south-west-2025")
    wiltshire = Organisation.objects.get(slug="wiltshire")
    inspection = factories.inspection.make(
        programme=before.programme, region=before.region, title=word("undecided"), public_at=None
    )
    factories.grading.make(
        inspection=inspection,
        organisation=wiltshire,
        question=Question.objects.get(is_headline=True),
        grade=Grade.GOOD,
    )
    finding = factories.finding.make(
        inspection=inspection, reference=word("nobodysays"), summary=word("nobodysaid")
    )
    finding.organisations.add(wiltshire)
    finding.themes.add(Theme.objects.get(slug="workforce"))
    factories.response.make(
        inspection=inspection, organisation=wiltshire, summary=word("nobodyanswered")
    )
    plan = factories.plan.make(
        organisation=wiltshire, inspection=inspection, name=word("nobodysplan")
    )
    factories.action.make(plan=plan, summary=word("nobodysaction")).findings.add(finding)
    public_plan = Plan.objects.get(slug="gloucestershire-rapid-improvement-plan")
    factories.action.make(plan=public_plan, number=91).findings.add(finding)


def pages_and_charts(crawl):
    """What every page says, what each of its charts is drawn from, whatever its width, and one
    picture of each sort with all that it says of itself."""
    figures = [figure for figure in crawl.figures if "width=" not in figure]
    pictures = {figure.rpartition("/")[2]: figure.replace(".json", ".png") for figure in figures}
    return told_by(crawl.pages | crawl.all_of([*figures, *pictures.values()]))


def lists(crawl):
    """What every list says in every state that is one step away: each value of each facet, each
    order, page and format; and searches.

    Of each facet one value is read, for the others choose among rows that are read here too. The
    rows of a region are read as a page, with all its counts; of other choices, and in another
    order, as a file.
    """
    states, parameters = set(), set()
    for address in map(reverse, LISTS):
        links = {
            urljoin(address, link.attributes["href"])
            for link in elements(crawl.get(address), "a")
            if "not" not in link.classes
        }
        for link in sorted(link for link in links if link.startswith(f"{address}?")):
            parameter = link.partition("=")[0]
            is_page = parameter.endswith(("boxes", "format", "page", "region"))
            if parameter not in parameters or parameter.endswith(("format", "sort")):
                states.add(link if is_page else f"{link}&format=json")
            parameters.add(parameter)
    searches = [
        f"{page}?q={sought}"
        for page in ("/findings/", "/search/")
        for sought in ("dorset", "workforce", "Gloucestershire+investigators", "IT", "-unit")
    ]
    return told_by(crawl.all_of([*sorted(states), *searches]))


def lists_and_overviews():
    """The pages that are about no one row."""
    return [reverse(name) for name in names() if name not in SLUGS]


def answers(client, asked):
    return {address: readable(client.get(address)) for address in asked}


def told_by(answers):
    return {address: readable(answer) for address, answer in answers.items()}


def readable(answer):
    """What an answer says, a workbook's sheets unpacked; the moment that a workbook was written at
    is none of its rows."""
    content = unpacked(answer)
    if content.startswith(b"PK"):
        book = ZipFile(BytesIO(content))
        content = b"".join(
            book.read(name)
            for name in book.namelist()
            if "worksheets" in name or "sharedStrings" in name
        )
    return answer.status_code, content


@pytest.mark.parametrize("told", [pages_and_charts, lists], ids=["pages", "lists"])
def test_it_changes_nothing_that_anyone_can_see(client, told):
    before = told(crawled())
    assert len(before) > 50
    assert {status for status, _ in before.values()} == {200}
    make_embargoed(LATER)
    make_undecided()
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
    for number, sought in enumerate(sorted(held)):
        answer = client.get("/findings/", {"q": sought, "format": "json"})
        assert json.loads(answer.getvalue())["rows"] == [], sought
        if number % 3 == 0:
            everywhere = client.get("/search/", {"q": sought})
            assert "We found nothing" in text(everywhere), sought
            assert words(everywhere.content) == {sought}
        if number % 10 == 0:
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


def test_a_made_up_region_under_embargo_is_as_if_it_had_never_been(client):
    made = factories.made_up_region(public_at=LATER)
    organisations = {
        address
        for organisation in made.organisations
        for address in (
            organisation.get_absolute_url(),
            f"{organisation.get_absolute_url()}summary/",
        )
    }
    told = answers(client, [made.region.get_absolute_url(), *organisations])
    assert {status for status, _ in told.values()} == {404}
    # Of all else, the pages that count or list what is made up.
    told = answers(client, lists_and_overviews())
    assert {status for status, _ in told.values()} == {200}
    tells = re.compile(
        rb"made-up (inspection|plan)|A report on|made-up-northmarch/"
        rb"|made-up-northmarch-(\d|inspection|report)|put right what|nobody found"
    )
    assert [address for address, (_, content) in told.items() if tells.search(content)] == []
    for chart in ("findings_by_theme", "theme_by_organisation", "actions_by_status"):
        for ending in ("svg", "png", "json"):
            address = f"{made.region.get_absolute_url()}charts/{chart}.{ending}"
            assert client.get(address).status_code == 404


def test_all_of_it_shows_but_restricted_evidence_and_names_of_staff(client, monkeypatch):
    tied = make_embargoed(LATER).tied
    by = tied.updates.get().by
    get_user_model().objects.filter(pk=by.pk).update(**STAFF, email="unheard@example.org")
    be_at(monkeypatch, AFTERWARDS)
    told = answers(client, [*public_addresses(), *embeds(), *download_addresses()])
    assert {status for status, _ in told.values()} == {200}
    named = [
        address
        for address, (_, content) in told.items()
        if any(name in content.lower() for name in NAMES_OF_STAFF)
    ]
    assert named == []
    shown = set().union(*(words(content) for _, content in told.values()))
    restricted = {held for held in words_held() if held.startswith(RESTRICTED)}
    assert len(restricted) > 10
    assert words_held() - shown == restricted


def test_it_shows_at_the_very_moment_and_not_before(client, monkeypatch):
    address = make_embargoed(LATER).inspection.get_absolute_url()
    for moment, status in ((LATER - timedelta(microseconds=1), 404), (LATER, 200)):
        be_at(monkeypatch, moment)
        assert client.get(address).status_code == status


def test_what_only_hidden_facts_use_is_hidden_and_what_nothing_uses_is_not(client, monkeypatch):
    hidden = make_embargoed(LATER)
    region = factories.region.make(name=word("region"), slug=word("regionslug"))
    unit = factories.force.make(
        region=region,
        kind="unit",
        name=word("unitname"),
        short_name=word("unit"),
        slug=word("unitslug"),
        ons_code=None,
    )
    theme = factories.theme.make(name=word("theme"), slug=word("themeslug"))
    strand = factories.strand.make(name=word("strand"), slug=word("strandslug"))
    law = factories.source.make(
        slug=word("lawslug"), title=word("law"), kind=SourceKind.LEGISLATION
    )
    south_west = hidden.inspection.region
    ungraded, commented = (
        factories.force.make(
            region=south_west,
            name=word(name, "name"),
            short_name=word(name),
            slug=word(name, "slug"),
            ons_code=None,
        )
        for name in ("ungraded", "commented")
    )
    rows = {
        Region: region,
        Organisation: unit,
        Theme: theme,
        Strand: strand,
        Source: law,
    }
    pages = [row.get_absolute_url() for row in (region, unit, ungraded, commented, theme, strand)]
    programme_before = hidden.inspection.programme
    lists = [
        "/",
        "/sitemap.xml",
        reverse("findings:theme_list"),
        reverse("inspections:strand_list"),
        reverse("inspections:source_list"),
        reverse("forces:organisation_list"),
        reverse("forces:compare"),
        f"/search/?q={HIDDEN}",
        "/search/?q=dorset",
        south_west.get_absolute_url(),
        "/forces/dorset/",
        "/themes/workforce/",
        programme_before.get_absolute_url(),
        Inspection.objects.get(slug="soc-south-west-2025").get_absolute_url(),
    ]

    def are_shown(expected):
        for model, row in rows.items():
            assert model.objects.published(timezone.now()).filter(pk=row.pk).exists() == expected
        assert {client.get(page).status_code for page in pages} == {200 if expected else 404}
        for model, name in ((Theme, "theme"), (Organisation, "organisation"), (Region, "region")):
            asked = client.get(f"/findings/?{name}={rows[model].slug}")
            assert asked.status_code == (200 if expected else 400)

    are_shown(True)
    programme = factories.programme.make(
        name=word("programme"), short_name=word("cycle"), slug=word("programmeslug")
    )
    programme_before.follows = programme
    programme_before.save()
    Organisation.objects.filter(slug="dorset").update(
        valid_to=TODAY - timedelta(days=9), successor=ungraded
    )
    hidden.finding.organisations.add(ungraded)
    factories.policing_body_comment.make(
        inspection=hidden.inspection, organisation=commented, source=law
    )
    question = factories.question.make(programme=programme, strand=strand, is_headline=False)
    factories.inspection.make(programme=programme, region=region, public_at=LATER)
    factories.grading.make(inspection=hidden.inspection, organisation=unit, question=question)
    hidden.finding.themes.add(theme)
    hidden.finding.section = question
    hidden.finding.save()
    cite(FindingCitation, hidden.finding, law)
    are_shown(False)
    for address in lists:
        page = client.get(address)
        assert (page.status_code, words(page.content) - {HIDDEN}) == (200, set()), address
    be_at(monkeypatch, AFTERWARDS)
    are_shown(True)
