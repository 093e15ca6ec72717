"""Posting lists stay true whatever changes: only what the audit trail names is read anew."""

import random
from contextlib import closing
from datetime import date, timedelta
from itertools import zip_longest

import psycopg2
import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, FindingKind, Stance
from findings.filters import FindingFilter
from findings.models import Action, Finding, Plan, Theme
from findings.views import ActionList, FindingList
from forces.models import Organisation
from inspections.models import Inspection
from lib.audit.data_version import versions
from lib.lists import filtersets, freshness
from lib.lists.postings import Postings
from tests import factories
from tests.factories import action_in, made_up_region, reported

pytestmark = pytest.mark.django_db


def content(kept):
    """What postings hold, by keys instead of places."""
    return (
        list(kept.ids),
        {
            (name, value): (posting.text, kept.keys(posting.whole))
            for name, values in kept.values.items()
            for value, posting in values.items()
        },
    )


def shown_by(client, path):
    """The rows of a list in HTML, and its postings."""
    page = client.get(path)
    return page.context["table"].body, content(page.context["filterset"].postings)


class Changes:
    """What people do to findings and actions; each change picks its rows at random."""

    def __init__(self, seed):
        self.pick = random.Random(seed)  # noqa: S311
        region = made_up_region("Hidden", organisations=3, findings=6, plans=1).region
        later = timezone.now() + timedelta(days=30)
        self.hidden = factories.inspection.make(public_at=later, region=region)

    def one(self, rows):
        return self.pick.choice(list(rows.order_by("pk")))

    @property
    def finding(self):
        return self.one(Finding.objects.all())

    @property
    def action(self):
        return self.one(Action.objects.all())

    def kind(self):
        kinds = [FindingKind.WEAKNESS, FindingKind.STRENGTH]
        Finding.objects.filter(pk=self.finding.pk, cause=None).update(kind=self.pick.choice(kinds))

    def themes(self):
        self.finding.themes.set([self.one(Theme.objects.all())])

    def no_theme(self):
        self.finding.themes.clear()

    def organisations(self):
        finding = self.finding
        named = Organisation.objects.filter(region=finding.inspection.region_id)
        finding.organisations.set(named.order_by("?")[:2] if named else [])

    def reference(self):
        Finding.objects.filter(pk=self.finding.pk).update(
            reference=f"Z{self.pick.randrange(10**6)}"
        )

    def new_finding(self):
        factories.finding.make(inspection=self.one(Inspection.objects.all()))

    def status(self):
        action = action_in(ActionStatus.NOT_STARTED)
        action.findings.add(self.finding)
        reported(action, ActionStatus.IN_PROGRESS)

    def due(self):
        due_on = date(2020, 1, 1) + timedelta(days=self.pick.randrange(4000))
        action = action_in(due_on=due_on)
        action.findings.add(self.finding)

    def answered(self):
        self.action.findings.add(self.finding)

    def no_longer_answered(self):
        self.action.findings.clear()

    def hidden_finding(self):
        self.action.findings.add(factories.finding.make(inspection=self.hidden))

    def into_embargo(self):
        Finding.objects.filter(pk=self.finding.pk).update(inspection=self.hidden)

    def confirmation(self):
        factories.confirmation.make(
            finding=self.finding, closure_status=self.pick.choice(list(ClosureStatus))
        )

    def response(self):
        finding = self.one(Finding.objects.filter(kind=FindingKind.WEAKNESS))
        factories.response.make(
            inspection=None,
            finding=finding,
            organisation=self.one(Organisation.objects.all()),
            stance=self.pick.choice(list(Stance)),
        )

    def theme_name(self):
        Theme.objects.filter(pk=self.one(Theme.objects.all()).pk).update(
            name=f"Called {self.pick.random()}"
        )


CHANGES = [
    name
    for name, value in vars(Changes).items()
    if callable(value) and name not in ("__init__", "one")
]


@pytest.mark.slow
def test_after_any_changes_a_list_is_as_if_it_were_made_anew(client, monkeypatch):
    changes = Changes(seed=12)
    for view in (FindingList, ActionList):
        monkeypatch.setattr(view, "per_page", 1_000)
    order = changes.pick.sample(CHANGES, len(CHANGES))
    for names in zip_longest(order[::3], order[1::3], order[2::3], fillvalue=order[0]):
        for name in names:
            getattr(changes, name)()
        for path in ("/findings/", "/actions/"):
            kept = shown_by(client, path)
            freshness.forget()
            assert kept == shown_by(client, path), f"{names} {path}"


def test_an_edit_has_only_the_rows_read_anew_that_it_touches(client, monkeypatch):
    changes = Changes(seed=1)
    for path in ("/findings/", "/actions/"):
        client.get(path)
    monkeypatch.setattr(Postings, "__init__", None)  # which would read all rows
    for edit in (changes.kind, changes.new_finding, changes.confirmation, changes.response):
        before = Finding.objects.published(timezone.now()).count()
        edit()
        page = client.get("/findings/")
        assert page.context["filterset"].total - before == (edit == changes.new_finding)
    factories.action.make(plan=Plan.objects.first(), number=999)
    assert client.get("/actions/").status_code == 200


def test_a_reader_of_older_data_leaves_nothing_in_a_list_of_newer_data():
    filterset = FindingFilter(QueryDict(), timezone.now())
    reading = versions.read()
    newer = reading.version._replace(writer=None)
    older = newer._replace(changes=newer.changes - 1)
    kept = freshness.Kept()
    ours, theirs = (
        kept.read(freshness.PostingsSource(filterset), reading._replace(version=version))
        for version in (newer, older)
    )
    theirs.keep_rows({1: "as it was"})
    theirs.find("force", Finding.objects.none)
    theirs.ordered_keys("kind", lambda: filterset.rows, theirs.all, 0, 1)
    assert theirs.ids == ours.ids
    assert (ours.rows, ours.searches, ours.orders) == ({}, {}, {})


def test_a_page_leaves_out_a_row_that_is_newer_than_what_it_reads(client, monkeypatch):
    unseen = factories.finding.make()
    address = f"/findings/?inspection={unseen.inspection.slug}"
    kept = client.get(address).context["filterset"].postings.for_older_reader()
    monkeypatch.setattr(filtersets, "postings_of", lambda *_: kept)
    later = timezone.now() + timedelta(days=30)
    Inspection.objects.filter(pk=unseen.inspection_id).update(public_at=later)
    page = client.get(address)
    assert page.status_code == 200
    assert unseen.summary not in page.content.decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_is_committed_late_is_listed_though_later_changes_were_seen(client):
    late, early = Finding.objects.filter(kind=FindingKind.STRENGTH).order_by("pk")[:2]

    def strengths():
        page = client.get("/findings/?kind=strength")
        return set(page.context["filterset"].postings.keys(page.context["filterset"].bits))

    assert {late.pk, early.pk} <= strengths()
    params = connection.get_connection_params()
    params.pop("cursor_factory", None)
    change = "UPDATE findings_finding SET kind = 'weakness' WHERE id = %s"
    with closing(psycopg2.connect(**params)) as other:
        other.cursor().execute(change, [late.pk])
        Finding.objects.filter(pk=early.pk).update(kind=FindingKind.WEAKNESS)
        assert late.pk in strengths()
        assert early.pk not in strengths()
        other.commit()
    assert late.pk not in strengths()
